//! Clients that go away or close their sending side while they are answered, over a store that has
//! changes and counts wait.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::future::join;
use reelgraph::domain::VideoFilter;
use reelgraph::http::{Backend, Requests, Settings};
use reelgraph::metrics::Format;
use reelgraph::repository::VideoReader;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::support::binary::PATIENCE;
use crate::support::http::{CLOSED_TIMEOUT, Listening, backend, settings};
use crate::support::http2::Http2;
use crate::support::socket::{SUBPROTOCOL, Socket};
use crate::support::watched_store::WatchedStore;

/// How many changes a request asks for.
const CHANGES: u64 = 20;

const JSON: &str = "application/json";

/// A server, and what it answers with.
struct Fixture {
    store: Arc<WatchedStore>,
    backend: Backend,
    server: Listening,
}

impl Fixture {
    /// A server for as many requests at a time, whose store has changes and counts wait.
    async fn held(places: usize) -> Self {
        let store = Arc::new(WatchedStore::default());
        let settings =
            Settings { max_batch: 100, max_subscriptions_per_connection: 5, ..settings() };
        let (settings, requests) = (Arc::new(settings), Requests::new(places));
        let backend = Backend { settings, requests, ..backend(&store) };
        store.hold();
        Self { server: Listening::start(backend.clone()).await, store, backend }
    }

    /// Waits until the first change waits in the store.
    async fn changing(&self) {
        until("a change has begun", async || self.store.take_calls().contains_key("write")).await;
    }

    /// Waits until the server knows that nobody waits for an answer any more.
    async fn abandoned(&self) {
        let line = "reelgraph_http_requests_in_flight 0\n";
        until("the request has ended", async || self.metrics().await.contains(line)).await;
    }

    async fn metrics(&self) -> String {
        self.backend.metrics.text(Format::Plain).await
    }

    /// Lets the store go on, and waits until all changes are made.
    async fn completed(&self) {
        self.store.release();
        let everything = VideoFilter::everything();
        let has_all = async || self.store.count(&everything).await.unwrap() == CHANGES;
        until("all changes are made", has_all).await;
        let counted = |line: &str| {
            line.starts_with("reelgraph_operation_duration_seconds_count")
                && line.contains("mutation")
        };
        let is_counted = async || self.metrics().await.lines().any(counted);
        until("the mutation is counted", is_counted).await;
    }
}

/// Waits for a state.
async fn until(state: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut looks = interval(Duration::from_millis(5));
    let wait = async {
        while !holds().await {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {state}"));
}

fn adding(path: u64) -> String {
    format!(
        "a{path}: addVideo(input: {{ path: \"/{path}\", durationFrames: 1, width: 1, height: 1,
            frameRate: {{ numerator: 25 }}, videoCodec: \"av1\", fileSize: 1 }}) {{ video {{ id }} }} "
    )
}

/// All changes in one operation.
fn mutation() -> String {
    format!("mutation {{ {} }}", (0..CHANGES).map(adding).collect::<String>())
}

fn request(document: &str) -> Value {
    json!({ "query": document })
}

/// A connection on which this was sent.
async fn send(address: SocketAddr, accept: &str, request: &Value) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = request.to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    stream
}

/// A connection on which this was sent, and nothing more will be.
async fn send_last(address: SocketAddr, accept: &str, request: &Value) -> TcpStream {
    let mut stream = send(address, accept, request).await;
    stream.shutdown().await.unwrap();
    stream
}

/// All that the server says until it closes the connection.
async fn read(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an end").unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

#[tokio::test]
async fn a_mutation_is_completed_whose_connection_is_reset() {
    let one = request(&mutation());
    let list = (0..CHANGES).map(|path| request(&format!("mutation {{ {} }}", adding(path))));
    for (accept, body) in [(JSON, one.clone()), (JSON, list.collect()), ("text/event-stream", one)]
    {
        let it = Fixture::held(1).await;
        let stream = send(it.server.address, accept, &body).await;
        it.changing().await;
        reset(stream);
        it.abandoned().await;
        // It still has its place among the requests in flight, which is the only one.
        let other = send_last(it.server.address, JSON, &request("{ __typename }")).await;
        let answer = read(other).await;
        assert!(answer.contains("OVERLOADED"), "{accept}: {answer}");
        it.completed().await;
    }
}

#[tokio::test]
async fn a_mutation_is_completed_whose_stream_of_http_2_is_reset() {
    let it = Fixture::held(1).await;
    let mut client = Http2::to(it.server.address).await;
    let body = Body::from(request(&mutation()).to_string());
    tokio::select! {
        _ = client.send(&[("content-type", JSON)], body) => panic!("an answer of a store that waits"),
        () = it.changing() => {}
    }
    it.abandoned().await;
    it.completed().await;
    let free = async || client.ask("{ __typename }").await.0 == 200;
    until("its place is free", free).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_is_completed_which_its_client_wants_to_hear_nothing_of() {
    let it = Fixture::held(1).await;
    let protocol = [("sec-websocket-protocol", SUBPROTOCOL)];
    let mut socket = Socket::to(it.server.address, &protocol).unwrap().initialised();
    socket.subscribe("1", &mutation());
    it.changing().await;
    socket.send(&json!({ "type": "complete", "id": "1" }));
    // The answer shows that the completion was read.
    socket.send(&json!({ "type": "ping" }));
    assert_eq!(socket.receive(), json!({ "type": "pong" }));
    it.completed().await;
}

#[tokio::test]
async fn a_stop_waits_for_a_mutation_whose_client_is_gone() {
    let it = Fixture::held(1).await;
    let stream = send(it.server.address, JSON, &request(&mutation())).await;
    it.changing().await;
    reset(stream);
    it.abandoned().await;
    let Fixture { store, backend: _backend, server } = it;
    let mut stopped = server.stop();
    assert!(timeout(CLOSED_TIMEOUT, &mut stopped).await.is_err(), "stopped");
    store.release();
    timeout(PATIENCE, stopped).await.expect("an end").unwrap();
    assert_eq!(store.count(&VideoFilter::everything()).await.unwrap(), CHANGES);
}

#[tokio::test]
async fn who_has_closed_the_sending_side_is_answered() {
    let it = Fixture::held(2).await;
    let address = it.server.address;
    let quick = read(send_last(address, JSON, &request("{ __typename }")).await).await;
    assert!(quick.ends_with(r#"{"data":{"__typename":"Query"}}"#), "{quick}");

    // Two in a row.
    let mut both = send(address, JSON, &request("{ a: __typename }")).await;
    let body = request("{ b: __typename }").to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: {JSON}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    both.write_all((head + &body).as_bytes()).await.unwrap();
    both.shutdown().await.unwrap();
    let both = read(both).await;
    assert!(both.contains(r#"{"a":"Query"}"#) && both.contains(r#"{"b":"Query"}"#), "{both}");

    let mutation = request(&mutation());
    let changed = async { read(send_last(address, JSON, &mutation).await).await };
    let given_up = async {
        it.changing().await;
        let slow = request("{ videos { totalCount } }");
        read(send_last(address, JSON, &slow).await).await;
        // As long as this took, the mutation has been waiting as well.
        it.store.release();
    };
    let (answer, ()) = join(changed, given_up).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(answer.matches("\"video\":{\"id\":").count(), (0..CHANGES).count(), "{answer}");
}

#[tokio::test]
async fn a_slow_query_is_given_up_whose_client_has_closed_the_sending_side() {
    let it = Fixture::held(1).await;
    let slow = "{ videos { totalCount } }";
    for body in [request(slow), json!([request(slow), request(slow)])] {
        let answer = read(send_last(it.server.address, JSON, &body).await).await;
        assert!(answer.contains("\"TIMEOUT\""), "{answer}");
        assert!(answer.contains("longer than 0.05 s"), "{answer}");
    }
}

#[tokio::test]
async fn a_stream_of_events_ends_whose_client_has_closed_the_sending_side() {
    let it = Fixture::held(1).await;
    let subscription = request("subscription { videoChanges(marks: true) { kind } }");
    // There is room for one subscription.
    for _ in 0..2 {
        let stream = send_last(it.server.address, "text/event-stream", &subscription).await;
        let events = read(stream).await;
        assert!(events.starts_with("HTTP/1.1 200 OK"), "{events}");
        assert!(events.ends_with("\r\n0\r\n\r\n"), "{events}");
        assert!(!events.contains("event: complete"), "{events}");
    }
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A request in HTTP/2, as a whole.
fn request_2(stream: u8, document: &str) -> Vec<u8> {
    let mut headers = vec![0x83, 0x86];
    for (name, value) in [(&[0x04][..], "/graphql"), (&[0x01], "localhost"), (&[0x0f, 0x10], JSON)]
    {
        headers.extend_from_slice(name);
        headers.push(u8::try_from(value.len()).unwrap());
        headers.extend_from_slice(value.as_bytes());
    }
    let body = request(document).to_string();
    [frame(1, 4, stream, &headers), frame(0, 1, stream, body.as_bytes())].concat()
}

#[tokio::test]
async fn who_has_closed_the_sending_side_is_answered_in_http_2_too() {
    let it = Fixture::held(2).await;
    let mut stream = TcpStream::connect(it.server.address).await.unwrap();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let requests = [request_2(1, &mutation()), request_2(3, "{ __typename }")].concat();
    let sent = [&preface[..], &frame(4, 0, 0, &[]), &requests].concat();
    stream.write_all(&sent).await.unwrap();
    stream.shutdown().await.unwrap();
    it.changing().await;
    it.store.release();
    let answers = read(stream).await;
    assert!(answers.contains(r#"{"data":{"__typename":"Query"}}"#), "{answers:?}");
    assert_eq!(answers.matches("\"video\":{\"id\":").count(), (0..CHANGES).count(), "{answers:?}");
}
