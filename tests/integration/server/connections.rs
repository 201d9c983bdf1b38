//! Connections: how slow and how idle a client may be, and how many there may be.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::support::binary::{Server, half_a_request, read_until};
use crate::support::socket::Socket;

const BODY: &str = r#"{"query":"{ __typename }"}"#;

/// Sends this again and again until the server ends the connection, and gives what it said.
fn trickle(stream: &mut TcpStream, bit: &[u8]) -> String {
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut said = Vec::new();
    let mut part = [0; 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return String::from_utf8(said).unwrap(),
            Ok(length) => said.extend_from_slice(&part[..length]),
            // The server reads no more than it takes for the client to hear what it said.
            Err(error) if error.kind() == ErrorKind::WouldBlock => _ = stream.write_all(bit),
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&said)),
        }
    }
}

/// Holds the whole of what was said to a status, a code and a part of the message.
#[track_caller]
fn check(said: &str, status: &str, code: &str, part: &str) {
    assert!(said.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{said}");
    assert!(said.contains(&format!(r#""extensions":{{"code":"{code}"}}"#)), "{said}");
    assert!(said.contains(part), "{said}");
    assert!(said.contains("x-content-type-options: nosniff\r\n"), "{said}");
}

#[test]
fn a_header_that_comes_too_slowly_is_refused() {
    let server = Server::start(&["--header-timeout-seconds=1"]);
    for begin in ["", "GET /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: "] {
        let mut stream = server.connect();
        stream.write_all(begin.as_bytes()).unwrap();
        check(&trickle(&mut stream, b"G"), "408 Request Timeout", "REQUEST_TIMEOUT", "within 1 s");
    }
}

#[test]
fn a_later_header_that_comes_too_slowly_is_refused_too() {
    let server = Server::start(&["--header-timeout-seconds=1"]);
    let mut stream = server.connect();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    read_until(&mut stream, r#"{"status":"live"}"#);
    check(&trickle(&mut stream, b"G"), "408 Request Timeout", "REQUEST_TIMEOUT", "within 1 s");
}

#[test]
fn a_header_that_is_too_long_is_refused() {
    let server = Server::start(&["--max-header-bytes=2000"]);
    for length in [2_000, 100_000, 1_000_000] {
        let mut stream = server.connect();
        let long = "x".repeat(length);
        let head =
            format!("GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-long: {long}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let said = read_until(&mut stream, "}]}");
        let status = "431 Request Header Fields Too Large";
        check(&said, status, "HEADER_TOO_LARGE", "the limit of 2000 bytes");
    }
    let long = "x".repeat(1_900);
    let mut stream = server.connect();
    let head = format!("GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-long: {long}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    read_until(&mut stream, r#"{"status":"live"}"#);
}

#[test]
fn a_body_that_comes_too_slowly_is_refused() {
    let server = Server::start(&["--body-timeout-seconds=1"]);
    let mut stream = half_a_request(&server, &" ".repeat(1_000));
    check(&trickle(&mut stream, b" "), "408 Request Timeout", "REQUEST_TIMEOUT", "within 1 s");
}

#[test]
fn a_refusal_of_a_long_body_is_heard_by_who_is_still_sending() {
    let server = Server::start(&["--max-body-bytes=2000"]);
    let mut stream = server.connect();
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        content-length: 9000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(" ".repeat(9_000_000).as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    check(&said, "413 Payload Too Large", "PAYLOAD_TOO_LARGE", "the limit of 2000 bytes");
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let server = Server::start(&["--idle-timeout-seconds=1"]);
    let unused = server.connect();
    let mut used = half_a_request(&server, BODY);
    used.write_all(BODY.as_bytes()).unwrap();
    read_until(&mut used, "}}");
    for mut stream in [used, unused] {
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "{server}");
    }
}

#[test]
fn a_stream_is_no_connection_without_a_request() {
    let server = Server::start(&["--idle-timeout-seconds=1", "--keep-alive-seconds=2"]);
    let mut socket = Socket::ready(&server);
    let mut stream = server.connect();
    let query = r#"{"query":"subscription { videoChanges(marks: true) { kind } }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: text/event-stream\r\ncontent-length: {}\r\n\r\n{query}",
        query.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    for _ in 0..2 {
        // A sign of life, after longer than a connection may be idle.
        read_until(&mut stream, "\r\n:\n\n");
        socket.subscribe("1", "{ __typename }");
        socket.receive_next("1");
        assert_eq!(socket.receive()["type"], "complete");
    }
}

#[test]
fn who_comes_when_all_places_are_taken_is_served_when_one_is_left() {
    let server = Server::start(&["--max-connections=1"]);
    let first = Socket::ready(&server);
    let mut second = server.connect();
    second.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    server.wait_for_log("--max-connections");
    drop(first);
    read_until(&mut second, r#"{"status":"live"}"#);
}

#[test]
#[cfg(unix)]
fn a_server_out_of_files_waits_for_some() {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 32; exec \"$0\"", env!("CARGO_BIN_EXE_reelgraph")])
        .env("REELGRAPH_LISTEN", "127.0.0.1:0")
        .env("REELGRAPH_DATABASE_URL", "memory:");
    let server = Server::spawn(command);
    let connections: Vec<TcpStream> = (0..40).map(|_| server.connect()).collect();
    server.wait_for_log("could not accept a connection");
    drop(connections);
    assert_eq!(server.ask("{ __typename }").status, 200, "{server}");
    let told = server.to_string().matches("could not accept a connection").count();
    assert!(told < 10, "tried again {told} times\n{server}");
}
