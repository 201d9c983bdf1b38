//! Requests that are refused before their body is read, and the next request on the connection.

use std::io::{Read, Write};
use std::net::TcpStream;

use axum::body::Body;

use crate::support::binary::{Server, read_until};
use crate::support::http2::{Http2, whole};
use crate::support::issuers::Issuer;

/// More than the server reads at once.
const LENGTH: usize = 100_000;

const JSON: &str = "content-type: application/json\r\n";
const WRONG: &str = "content-type: application/json\r\nauthorization: Bearer x\r\n";

/// A server that asks for tokens.
fn closed(arguments: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, Issuer::hs256().key_file).unwrap();
    Server::start(&[&["--jwt-key-file", file.to_str().unwrap()], arguments].concat())
}

/// Reads the next response on a connection: its head, and its body of the announced length.
#[track_caller]
fn response(stream: &mut TcpStream) -> String {
    let head = read_until(stream, "\r\n\r\n");
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split_once("\r\n"));
    let mut body = vec![0; length.map_or(0, |(length, _)| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// A request with a body of this length, sent in two parts.
#[track_caller]
fn send(stream: &mut TcpStream, first_line: &str, headers: &str, length: usize) {
    let head = format!(
        "{first_line} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for part in [length / 2, length - length / 2] {
        stream.write_all(" ".repeat(part).as_bytes()).unwrap();
    }
}

#[track_caller]
fn assert_status(said: &str, status: &str) {
    assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "no {status}: {said}");
}

/// Holds the connection to be ready for another request.
#[track_caller]
fn assert_goes_on(mut stream: TcpStream, said: &str) {
    assert!(!said.contains("connection: close"), "{said}");
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert_status(&response(&mut stream), "200");
}

/// Holds the connection to end, and to have said so.
#[track_caller]
fn assert_ends(mut stream: TcpStream, said: &str) {
    assert!(said.contains("connection: close\r\n"), "{said}");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn a_connection_goes_on_after_a_refusal_whose_body_nobody_wanted() {
    let (open, closed) = (Server::start(&[]), closed(&[]));
    let by_get = "GET /graphql?query=%7B__typename%7D";
    for (server, first_line, headers, status) in [
        (&closed, "POST /graphql", WRONG, "401"),
        (&closed, "POST /graphql", JSON, "401"),
        (&closed, "GET /schema.graphql", WRONG, "401"),
        (&open, "POST /nowhere", JSON, "404"),
        (&open, "PUT /graphql", JSON, "405"),
        (&open, "POST /schema.graphql", JSON, "405"),
        (&open, "POST /graphql", &format!("{JSON}accept: image/png\r\n"), "406"),
        (&open, "POST /graphql", "content-type: text/plain\r\n", "415"),
        (&open, "POST /graphql", &format!("{JSON}content-encoding: gzip\r\n"), "415"),
        (&open, "POST /graphql", &format!("{JSON}host: localhost\r\n"), "400"),
        (&open, "POST http://evil.example/graphql", JSON, "421"),
        // What is answered has a body that nobody wants as well.
        (&open, by_get, JSON, "200"),
        (&open, "GET /", JSON, "307"),
        (&open, "GET /health/live", JSON, "200"),
    ] {
        let mut stream = server.connect();
        send(&mut stream, first_line, headers, LENGTH);
        let said = response(&mut stream);
        assert_status(&said, status);
        assert_goes_on(stream, &said);
    }
}

#[test]
fn a_connection_goes_on_after_a_body_in_chunks() {
    let server = closed(&[]);
    let mut stream = server.connect();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\n{WRONG}transfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for _ in 0..10 {
        stream.write_all(format!("2710\r\n{}\r\n", " ".repeat(10_000)).as_bytes()).unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let said = response(&mut stream);
    assert_status(&said, "401");
    assert_goes_on(stream, &said);
}

#[test]
fn a_connection_ends_with_a_refusal_whose_body_is_too_long() {
    let server = closed(&["--max-body-bytes=2000"]);
    for (headers, body) in [
        ("content-length: 2001\r\n", " ".repeat(2_001)),
        ("transfer-encoding: chunked\r\n", format!("7d1\r\n{}\r\n", " ".repeat(2_001))),
    ] {
        let mut stream = server.connect();
        let head = format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\n{WRONG}{headers}\r\n");
        stream.write_all((head + &body).as_bytes()).unwrap();
        let said = response(&mut stream);
        assert_status(&said, "401");
        assert_ends(stream, &said);
    }
}

#[test]
fn a_connection_ends_with_a_refusal_whose_body_does_not_come() {
    let server = closed(&["--body-timeout-seconds=1"]);
    let mut stream = server.connect();
    let head =
        format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\n{WRONG}content-length: 100\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let said = response(&mut stream);
    assert_status(&said, "401");
    assert_ends(stream, &said);
}

#[test]
fn a_client_that_waits_to_be_asked_for_its_body_is_not_asked_in_vain() {
    let (open, closed) = (Server::start(&["--max-body-bytes=2000"]), closed(&[]));
    for (server, headers, status) in [
        (&open, JSON, "413"),
        (&open, "content-type: text/plain\r\n", "415"),
        (&closed, WRONG, "401"),
    ] {
        let mut stream = server.connect();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: 2001\r\n\
             expect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let said = response(&mut stream);
        assert_status(&said, status);
        assert_ends(stream, &said);
    }
}

#[test]
fn a_refusal_that_waits_for_its_body_takes_no_place_among_the_requests() {
    let server = Server::start(&["--max-requests=1"]);
    let mut stream = server.connect();
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n\
        content-length: 100\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    server.wait_for_log("\"status\":415");
    assert_eq!(server.ask("{ __typename }").status, 200, "{server}");
    stream.write_all(" ".repeat(100).as_bytes()).unwrap();
    assert_status(&response(&mut stream), "415");
}

#[tokio::test]
async fn a_connection_of_http_2_goes_on_after_a_refusal() {
    let server = closed(&["--max-body-bytes=200000"]);
    let mut client = Http2::connect(&server).await;
    let headers = [("content-type", "application/json"), ("authorization", "Bearer x")];
    for length in [LENGTH, 10 * LENGTH] {
        for _ in 0..20 {
            let response = client.send(&headers, Body::from(" ".repeat(length))).await;
            assert!(!response.headers().contains_key("connection"));
            assert_eq!(whole(response).await.0, 401);
        }
    }
}
