//! HTTP/2 without encryption, on the port of HTTP/1.1.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::future::join_all;
use futures_util::stream;
use tokio::sync::Mutex;
use tokio::task::block_in_place;

use crate::support::binary::Server;
use crate::support::http2::{Http2, whole};
use crate::support::socket::Socket;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// Headers that go on in the next frame.
const HEADERS: &[u8] = &[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82];
/// More of them, and no end.
const CONTINUATION: &[u8] = &[0, 0, 1, 9, 0, 0, 0, 0, 1, 0x84];

#[tokio::test]
async fn requests_share_a_connection_beside_a_socket_of_http_1() {
    let server = Server::start(&["--sample"]);
    let mut socket = Socket::ready(&server);
    let mut client = Http2::connect(&server).await;
    for _ in 0..3 {
        let (status, answer) = client.ask("{ videos { totalCount } }").await;
        assert_eq!((status, &answer["data"]["videos"]["totalCount"]), (200, &1000.into()));
    }
    socket.subscribe("1", "{ __typename }");
    assert_eq!(socket.receive_next("1")["data"]["__typename"], "Query");
}

#[tokio::test]
async fn many_requests_run_at_once() {
    let server = Server::start(&["--sample"]);
    let client = Mutex::new(Http2::connect(&server).await);
    let asked = (0..150).map(|_| async {
        let json = [("content-type", "application/json")];
        let body = Body::from(r#"{"query":"{ videos(first: 1) { nodes { id } } }"}"#);
        let response = client.lock().await.send(&json, body).await;
        whole(response).await.0
    });
    assert_eq!(join_all(asked).await, [200; 150]);
}

#[test]
fn headers_without_an_end_end_the_connection() {
    let server = Server::start(&["--header-timeout-seconds=1"]);
    let mut stream = server.connect();
    stream.write_all(&[PREFACE, SETTINGS, HEADERS].concat()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut answer = [0; 1024];
    loop {
        match stream.read(&mut answer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if stream.write_all(CONTINUATION).is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
}

#[tokio::test]
async fn an_idle_connection_is_ended() {
    let server = Server::start(&["--idle-timeout-seconds=1"]);
    let mut client = Http2::connect(&server).await;
    assert_eq!(client.ask("{ __typename }").await.0, 200);
    client.wait_for_end().await;
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_refused() {
    let server = Server::start(&["--body-timeout-seconds=1"]);
    let mut client = Http2::connect(&server).await;
    let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let response = client.send(&[("content-type", "application/json")], endless).await;
    let (status, answer) = whole(response).await;
    assert_eq!(status, 408);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "REQUEST_TIMEOUT", "{answer}");
    // Others on the same connection are not concerned.
    assert_eq!(client.ask("{ __typename }").await.0, 200);
}

#[tokio::test]
async fn a_header_that_is_too_long_is_refused() {
    let server = Server::start(&["--max-header-bytes=2000"]);
    let mut client = Http2::connect(&server).await;
    let response = client.send(&[("x-long", &"x".repeat(2000))], Body::empty()).await;
    let (status, answer) = whole(response).await;
    assert_eq!(status, 431);
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("2000 bytes"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "no program of FFmpeg is started here")]
async fn a_client_that_takes_nothing_of_a_stream_loses_its_connection() {
    let server = Server::start(&["--write-timeout-seconds=1"]);
    let mut client = Http2::connect(&server).await;
    let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
    let entries: String =
        (0..50).map(|at| format!("e{at}: auditEntry {{ changes {{ new }} }} ")).collect();
    let query = format!("subscription {{ videoChanges {{ {entries} }} }}");
    let body = Body::from(serde_json::json!({ "query": query }).to_string());
    // The response is kept, and nothing of it read.
    let _unread = client.send(&headers, body).await;
    let server = &server;
    let writing = (0..200).map(|at| {
        let path = format!("/{at}{}", "x".repeat(3_000));
        server.ask(&format!(
            "mutation {{ addVideo(input: {{ path: {path:?}, durationFrames: 1, width: 1,
                frameRate: {{ numerator: 25 }}, height: 1, videoCodec: \"av1\", fileSize: 1 }})
                {{ video {{ id }} }} }}"
        ))
    });
    block_in_place(|| writing.for_each(|answer| assert_eq!(answer.status, 200, "{answer}")));
    client.wait_for_end().await;
}
