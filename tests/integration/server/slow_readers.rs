//! Clients that stop reading: nobody else waits for them, and no memory grows.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Server, read_until};
use crate::support::socket::Socket;

/// A change in a few bytes.
const CHANGES: &str = "subscription($after: String) {
    videoChanges(after: $after, marks: true) { kind cursor } }";

const BATCHES: usize = 4;
const BATCH: usize = 250;

/// How much the server may grow while others do not read, which is a small part of what they miss.
const GROWTH: u64 = 40_000_000;

/// A change in 50 kB, so that what the system keeps for a connection is soon full.
fn large_changes() -> String {
    let entries: String = (0..60)
        .map(|number| format!("entry{number}: auditEntry {{ changes {{ field old new }} }} "))
        .collect();
    format!("subscription {{ videoChanges(marks: true) {{ kind cursor {entries} }} }}")
}

/// Adds as many videos as a batch has.
fn add_batch(server: &Server, batch: usize) {
    let video = |number: usize| {
        json!({
            "path": format!("/{batch}/{number}"), "durationFrames": 1, "width": 1, "height": 1,
            "frameRate": { "numerator": 25 }, "videoCodec": "av1", "fileSize": 1,
        })
    };
    let query = "mutation($input: AddVideosInput!) {
        addVideos(input: $input) { userErrors { message } } }";
    let videos: Vec<Value> = (0..BATCH).map(video).collect();
    let body = json!({ "query": query, "variables": { "input": { "videos": videos } } });
    let request = Request::post(server.url("/graphql")).header("content-type", "application/json");
    let answer = server.send(request.body(body.to_string()).unwrap());
    assert_eq!(answer.json()["data"]["addVideos"]["userErrors"], json!([]), "{answer}");
}

fn follow(server: &Server, query: &str) -> Socket {
    let mut socket = Socket::ready(server);
    socket.subscribe("1", query);
    assert_eq!(socket.receive_next("1")["data"]["videoChanges"]["kind"], "CAUGHT_UP");
    socket
}

fn follow_by_events(server: &Server, query: &str) -> TcpStream {
    let mut stream = server.connect();
    let body = json!({ "query": query }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    read_until(&mut stream, "CAUGHT_UP");
    stream
}

/// Reads changes until something else comes, and returns that.
fn read_changes(socket: &mut Socket, id: &str, cursor: &mut Value, count: &mut usize) -> Value {
    loop {
        let mut result = socket.receive_next(id);
        let event = &mut result["data"]["videoChanges"];
        if event["kind"] != "CHANGE" {
            return result;
        }
        *cursor = event["cursor"].take();
        *count += 1;
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_stops_reading_delays_nobody_and_fills_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let library = format!("--database-url=sqlite:{}", folder.path().join("r.db").display());
    // Nobody is cut off for being slow.
    let patient = ["--keep-alive-seconds=3600", "--write-timeout-seconds=3600"];
    let server = Server::start(&[&library, "--max-subscriber-lag=250", patient[0], patient[1]]);
    let large = large_changes();
    let mut stuck: Vec<Socket> = (0..4).map(|_| follow(&server, &large)).collect();
    let stuck_streams: Vec<_> = (0..4).map(|_| follow_by_events(&server, &large)).collect();
    let mut reading = follow(&server, CHANGES);
    let mut before = 0;
    for batch in 0..BATCHES {
        add_batch(&server, batch);
        for _ in 0..BATCH {
            assert_eq!(reading.receive_next("1")["data"]["videoChanges"]["kind"], "CHANGE");
        }
        if batch == 0 {
            before = server.memory();
        }
    }
    let growth = server.memory().saturating_sub(before);
    assert!(growth < GROWTH, "grown by {growth} bytes\n{server}");
    drop(stuck_streams);

    // One that reads again is told, and misses nothing.
    let mut slow = stuck.pop().unwrap();
    let (mut cursor, mut count) = (Value::Null, 0);
    let told = read_changes(&mut slow, "1", &mut cursor, &mut count);
    assert_eq!(told["errors"][0]["extensions"]["code"], "SLOW_CONSUMER", "{told}");
    assert!(count < BATCHES * BATCH, "all was kept for it");
    assert_eq!(slow.receive(), json!({ "type": "complete", "id": "1" }));
    slow.subscribe_with("2", CHANGES, &json!({ "after": cursor }));
    let told = read_changes(&mut slow, "2", &mut cursor, &mut count);
    assert_eq!(told["data"]["videoChanges"]["kind"], "CAUGHT_UP", "{told}");
    assert_eq!(count, BATCHES * BATCH);
}

#[test]
fn a_client_that_takes_no_events_loses_its_connection() {
    let server = Server::start(&["--write-timeout-seconds=1", "--log-level=debug"]);
    let mut stuck = follow_by_events(&server, &large_changes());
    add_batch(&server, 0);
    server.wait_for_log("disconnected a client that does not read");
    let mut rest = Vec::new();
    // What was on its way, and then the end or a reset.
    let _ = stuck.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"), "the stream came to its end");
}
