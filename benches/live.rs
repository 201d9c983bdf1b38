//! What many idle subscriptions to `libraryChanged` cost a server.
//!
//! `cargo bench --bench live` starts the program with the sample library, and opens 100 sockets with
//! 100 subscriptions each. It prints a table in Markdown, and fails if they take more than 200 MB.

#[path = "support/server.rs"]
mod starting;

use std::fs;
use std::net::TcpStream;
use std::process::{Child, ExitCode};
use std::time::Instant;

use serde_json::{Value, json};
use starting::listening;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

const SOCKETS: usize = 100;
const SUBSCRIPTIONS: usize = 100;
const MAX_MEGABYTES: u64 = 200;

/// A filter of its own for each subscription of a socket.
const QUERY: &str = "subscription ($filter: VideoFilter) {
    libraryChanged(filter: $filter) { cursor videoIds membershipChanged } }";

type Socket = WebSocket<TcpStream>;

/// The memory of a process in megabytes; none where there is no `/proc`.
fn memory(process: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024 / 1_000_000)
}

fn open(address: &str) -> Socket {
    let url = format!("ws://{address}/graphql");
    let mut request = url.into_client_request().expect("a valid URL");
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let stream = TcpStream::connect(address).expect("the server listens");
    let (mut socket, _) = tungstenite::client(request, stream).expect("the server upgrades");
    send(&mut socket, &json!({ "type": "connection_init" }));
    assert_eq!(receive(&mut socket)["type"], "connection_ack");
    socket
}

fn send(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).expect("the server reads");
}

fn receive(socket: &mut Socket) -> Value {
    loop {
        let message = socket.read().expect("the server answers");
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).expect("messages are JSON");
        }
    }
}

/// A socket with all of its subscriptions, each past its first event.
fn follow(address: &str, is_same: bool) -> Socket {
    let mut socket = open(address);
    for number in 0..SUBSCRIPTIONS {
        let width = if is_same { 1 } else { number + 1 };
        let variables = json!({ "filter": { "width": { "eq": width } } });
        let payload = json!({ "query": QUERY, "variables": variables });
        let id = number.to_string();
        send(&mut socket, &json!({ "type": "subscribe", "id": id, "payload": payload }));
        assert_eq!(receive(&mut socket)["type"], "next");
    }
    socket
}

fn measure(is_same: bool) -> Option<u64> {
    let (mut process, address, lines) = listening(&["--sample", "--max-subscriptions=20000"]);
    std::thread::spawn(move || lines.for_each(drop));
    // What one socket needs is there before.
    drop(follow(&address, is_same));
    let (before, begin) = (memory(&process), Instant::now());
    let sockets: Vec<Socket> = (0..SOCKETS).map(|_| follow(&address, is_same)).collect();
    let (after, took) = (memory(&process), begin.elapsed());
    drop(sockets);
    // It may have ended already.
    let _ = process.kill();
    let _ = process.wait();
    let megabytes = after?.saturating_sub(before?);
    let filters = if is_same { 1 } else { SUBSCRIPTIONS };
    println!(
        "| {} subscriptions, {SOCKETS} sockets, distinct filters: {filters} | {megabytes} MB | {:.1} s |",
        SOCKETS * SUBSCRIPTIONS,
        took.as_secs_f64()
    );
    Some(megabytes)
}

fn main() -> ExitCode {
    println!("| Idle | Memory | Begun in |");
    println!("|---|---:|---:|");
    let most = [true, false].map(measure).into_iter().flatten().max();
    if most.is_some_and(|most| most >= MAX_MEGABYTES) {
        eprintln!("error: they may take {MAX_MEGABYTES} MB");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
