//! Clients that send what has to be answered, again and again, and read nothing: the server keeps
//! little for them, and cuts them off.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::runtime::Builder;
use ureq::http::Request;

use crate::support::binary::{PATIENCE, Server, read_until, reelgraph};

/// What a client sends at the beginning, and what it sends then, with a number from zero on.
struct Flood {
    name: &'static str,
    /// How much the server may grow, in bytes. It is a small part of what is sent.
    growth: u64,
    begin: fn() -> Vec<u8>,
    bit: fn(u32) -> Vec<u8>,
}

/// How much the server may grow for messages that are long, for a hundred streams, or for thousands of
/// requests, of which the allocator keeps some room.
const MUCH: u64 = 24_000_000;

/// How much it may grow for a hundred streams that are compressed.
const COMPRESSING: u64 = 30_000_000;

/// How many bytes a flood has that nothing cuts off.
const ENOUGH: usize = 4_000_000;

/// How much it may grow for several of these, after others: half of one that it keeps.
const NOTHING: u64 = 2_000_000;

/// How much it may grow for anything else.
const LITTLE: u64 = 6_000_000;

/// A connection of whose answers the system keeps little, so that the server soon has to.
fn connect(server: &Server) -> TcpStream {
    let connected = async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.connect(server.address()).await.unwrap().into_std().unwrap()
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(connected);
    stream.set_nonblocking(false).unwrap();
    stream
}

/// A frame of a WebSocket, with a mask that changes nothing.
fn socket_frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind];
    match u8::try_from(payload.len()) {
        Ok(length @ ..126) => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&u64::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

fn message(message: &Value) -> Vec<u8> {
    socket_frame(1, message.to_string().as_bytes())
}

fn open_socket() -> Vec<u8> {
    b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
      sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
      sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
        .to_vec()
}

fn begin_socket() -> Vec<u8> {
    [open_socket(), message(&json!({ "type": "connection_init" }))].concat()
}

fn subscribe(id: u32, query: &str) -> Vec<u8> {
    message(&json!({ "type": "subscribe", "id": id.to_string(), "payload": { "query": query } }))
}

fn complete(id: u32) -> Value {
    json!({ "type": "complete", "id": id.to_string() })
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn begin_2() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &[])].concat()
}

/// The beginning of HTTP/2, in which each answer may have one byte before the client reads on.
fn begin_narrow_2() -> Vec<u8> {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    [preface, frame(4, 0, 0, &[0, 4, 0, 0, 0, 1])].concat()
}

/// The headers of a GET in HTTP/2, with these ones more.
fn get_2(flags: u8, number: u32, path: &str, more: &[u8]) -> Vec<u8> {
    let length = [u8::try_from(path.len()).unwrap()];
    let fields = [b"\x82\x86\x04", &length[..], path.as_bytes(), b"\x01\x09localhost", more];
    frame(1, flags, 2 * number + 1, &fields.concat())
}

/// The headers of a request for the schema in HTTP/2.
fn headers(flags: u8, number: u32) -> Vec<u8> {
    get_2(flags, number, "/schema.graphql", &[])
}

/// The explorer's page, compressed in this way.
fn page_2(number: u32, encoding: &str) -> Vec<u8> {
    let length = [u8::try_from(encoding.len()).unwrap()];
    let more = [b"\x0f\x04\x09text/html\x0f\x01", &length[..], encoding.as_bytes()];
    get_2(5, number, "/graphql", &more.concat())
}

/// Floods of which the server answers each bit.
fn answered() -> Vec<Flood> {
    let pipelined = |_| b"GET /schema.graphql HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec();
    let continued = |_| {
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
          expect: 100-continue\r\ncontent-length: 26\r\n\r\n{\"query\":\"{ __typename }\"}"
            .to_vec()
    };
    let ping = |_| socket_frame(9, &[b'x'; 125]);
    let long_ping =
        |_| message(&json!({ "type": "ping", "payload": { "a": "x".repeat(900_000) } }));
    let begin_busy = || {
        let following = "subscription { videoChanges { kind } }";
        [begin_socket(), subscribe(0, following), subscribe(1, following)].concat()
    };
    let beyond_limit = |id| subscribe(id + 2, "{ __typename }");
    let query = |id| subscribe(id, "{ __typename }");
    vec![
        Flood { name: "WebSocket pings", growth: LITTLE, begin: open_socket, bit: ping },
        Flood { name: "pings with payloads", growth: MUCH, begin: open_socket, bit: long_ping },
        Flood {
            name: "wrong documents",
            growth: LITTLE,
            begin: begin_socket,
            bit: |id| subscribe(id, "{"),
        },
        Flood { name: "queries", growth: LITTLE, begin: begin_socket, bit: query },
        Flood {
            name: "operations beyond the limit",
            growth: LITTLE,
            begin: begin_busy,
            bit: beyond_limit,
        },
        Flood { name: "requests in a row", growth: MUCH, begin: Vec::new, bit: pipelined },
        Flood { name: "bodies to be asked for", growth: MUCH, begin: Vec::new, bit: continued },
    ]
}

/// The same in HTTP/2.
fn answered_2() -> Vec<Flood> {
    let ping_2 = |_| frame(6, 0, 0, &[b'x'; 8]);
    let settings_2 = |_| frame(4, 0, 0, &[0, 4, 0, 0, 255, 255]);
    vec![
        Flood {
            name: "pages in Brotli",
            growth: COMPRESSING,
            begin: begin_narrow_2,
            bit: |number| page_2(number, "br"),
        },
        Flood {
            name: "pages in zstd",
            growth: COMPRESSING,
            begin: begin_narrow_2,
            bit: |number| page_2(number, "zstd"),
        },
        Flood {
            name: "pages in gzip",
            growth: COMPRESSING,
            begin: begin_narrow_2,
            bit: |number| page_2(number, "gzip"),
        },
        Flood { name: "HTTP/2 pings", growth: LITTLE, begin: begin_2, bit: ping_2 },
        Flood { name: "HTTP/2 settings", growth: LITTLE, begin: begin_2, bit: settings_2 },
        Flood {
            name: "HTTP/2 requests",
            growth: MUCH,
            begin: begin_2,
            bit: |number| headers(5, number),
        },
    ]
}

/// Floods which the server need not answer.
fn unanswered() -> Vec<Flood> {
    let stopped = |id: u32| {
        let query = format!("subscription {{ videoChanges(marks: true) {{ kind }} }}{:1000}", "");
        [subscribe(id, &query), message(&complete(id))].concat()
    };
    let unknown = |id: u32| socket_frame(1, format!("{}{:1000}", complete(id), "").as_bytes());
    let reset = |number| [headers(4, number), frame(3, 0, 2 * number + 1, &[0, 0, 0, 8])].concat();
    vec![
        Flood { name: "stopped subscriptions", growth: NOTHING, begin: begin_socket, bit: stopped },
        Flood { name: "ends of nothing", growth: NOTHING, begin: begin_socket, bit: unknown },
        Flood {
            name: "pongs",
            growth: NOTHING,
            begin: open_socket,
            bit: |_| socket_frame(10, &[b'x'; 125]),
        },
        Flood { name: "HTTP/2 resets", growth: NOTHING, begin: begin_2, bit: reset },
    ]
}

/// What came of a flood.
#[cfg(target_os = "linux")]
struct Flooded {
    growth: u64,
    sent: usize,
    is_cut_off: bool,
}

/// Sends a flood until so many bytes are sent and read, or the server has cut off the connection, which it
/// has to do in time.
#[cfg(target_os = "linux")]
fn flood(server: &Server, Flood { name, begin, bit, .. }: &Flood, enough: usize) -> Flooded {
    server.ask("{ __typename }");
    let before = server.peak_memory();
    let mut stream = connect(server);
    let (mut sent, mut numbers) = (0, 0..);
    let mut chunk = begin();
    let (begun, mut is_cut_off) = (Instant::now(), false);
    while sent < enough && begun.elapsed() < PATIENCE {
        // Waits where the server reads no more, and fails once it has cut off the connection.
        is_cut_off = stream.write_all(&chunk).is_err();
        if is_cut_off {
            break;
        }
        sent += chunk.len();
        chunk.clear();
        while chunk.len() < 16_384 {
            chunk.extend(bit(numbers.next().unwrap()));
        }
    }
    if !is_cut_off && stream.shutdown(Shutdown::Write).is_ok() {
        // The server ends the connection when it has read all.
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    }
    // The system counts not quite exactly.
    let growth = server.peak_memory().saturating_sub(before);
    println!("{name}: {growth} bytes for {sent}");
    assert_eq!(server.ask("{ __typename }").status, 200, "{name}\n{server}");
    Flooded { growth, sent, is_cut_off }
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_asks_and_reads_nothing_fills_no_memory_and_is_cut_off() {
    let mut faults = Vec::new();
    for it in answered().into_iter().chain(answered_2()) {
        let limits = ["--write-timeout-seconds=4", "--max-subscriptions-per-connection=2"];
        let server = Server::start(&limits);
        let Flooded { growth, sent, is_cut_off } = flood(&server, &it, usize::MAX);
        if growth > it.growth || !is_cut_off {
            faults.push((it.name, growth, sent));
        }
    }
    assert_eq!(faults, [], "what grew, by how much, for how many bytes");
}

#[test]
#[cfg(target_os = "linux")]
fn what_need_not_be_answered_fills_no_memory() {
    for it in unanswered() {
        let mut command = reelgraph(&["--database-url=memory:", "--listen=127.0.0.1:0"]);
        // One huge page is as much as a flood that is kept.
        command.env("MIMALLOC_ALLOW_THP", "0");
        let server = Server::spawn(command);
        // Meanwhile the allocator of each thread takes its room.
        for _ in 0..4 {
            flood(&server, &it, ENOUGH);
        }
        let before = server.peak_memory();
        for _ in 0..4 {
            flood(&server, &it, ENOUGH);
        }
        let growth = server.peak_memory().saturating_sub(before);
        assert!(growth < it.growth, "{}: {growth} bytes", it.name);
    }
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(not(explorer), ignore = "needs GraphiQL, which was not built with this")]
fn files_of_the_explorer_that_nobody_takes_fill_no_memory() {
    let server = Server::start(&[]);
    let page = server
        .send(Request::get(server.url("/graphql")).header("accept", "text/html").body(()).unwrap());
    let (_, path) = page.body.split_once("src=\"").unwrap();
    let (path, _) = path.trim_start_matches('.').split_once('"').unwrap();
    let length = server.get(path).body.len() as u64;
    let before = server.peak_memory();
    let mut stream = connect(&server);
    let requests: Vec<u8> = (0..100).flat_map(|number| get_2(5, number, path, &[])).collect();
    stream.write_all(&[begin_narrow_2(), requests].concat()).unwrap();
    // The headers of all answers are there, each with a frame of its own.
    let mut heads = 0;
    while heads < 100 {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let [high, middle, low, kind, ..] = head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        std::io::copy(&mut (&mut stream).take(length.into()), &mut std::io::sink()).unwrap();
        heads += u32::from(kind == 1);
    }
    let growth = server.peak_memory().saturating_sub(before);
    println!("{growth} bytes for 100 files of {length}");
    assert!(growth < 10 * length + MUCH, "{growth} bytes for 100 files of {length}");
}

#[test]
fn a_client_of_http_2_that_takes_nothing_of_an_answer_loses_its_connection() {
    let server = Server::start(&["--write-timeout-seconds=1"]);
    let mut stream = server.connect();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    // Without any room for answers from the start.
    let begin = [preface, frame(4, 0, 0, &[0, 4, 0, 0, 0, 0])].concat();
    stream.write_all(&[begin, headers(5, 0)].concat()).unwrap();
    // Before the server asks whether the client is still there, which would end it as well.
    stream.set_read_timeout(Some(Duration::from_secs(25))).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

/// A change in 50 kB, so that what the system keeps for a connection is soon full.
fn large_changes() -> String {
    let entries: String = (0..60)
        .map(|number| format!("entry{number}: auditEntry {{ changes {{ field old new }} }} "))
        .collect();
    format!("subscription {{ videoChanges(marks: true) {{ kind {entries} }} }}")
}

#[test]
fn a_stream_that_nobody_reads_lasts_as_long_as_its_connection() {
    let server = Server::start(&[
        "--write-timeout-seconds=10",
        // Three times this long is less.
        "--keep-alive-seconds=1",
        "--log-level=debug",
    ]);
    let mut stream = connect(&server);
    let body = json!({ "query": large_changes() }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    read_until(&mut stream, "CAUGHT_UP");
    for path in 0..400 {
        server.ask(&format!(
            "mutation {{ addVideo(input: {{ path: \"/{path}\", durationFrames: 1, width: 1,
                frameRate: {{ numerator: 25 }}, height: 1, videoCodec: \"av1\", fileSize: 1 }})
                {{ userErrors {{ message }} }} }}"
        ));
    }
    server.wait_for_log("\"is_client_gone\":true");
    let log = server.to_string();
    let (cut_off, ended) = (log.find("does not read"), log.find("\"is_client_gone\":true"));
    assert!(cut_off.is_some() && cut_off < ended, "it ended before its connection\n{server}");
}
