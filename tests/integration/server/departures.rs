//! Clients that go away or close their sending side while they are answered, over a store that has
//! changes and counts wait.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::future::join;
use reelgraph::domain::VideoFilter;
use reelgraph::http::{Backend, Requests};
use reelgraph::metrics::Format;
use reelgraph::repository::VideoReader;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::support::binary::PATIENCE;
use crate::support::http::{CLOSED_TIMEOUT, Listening, backend, settings};
use crate::support::http2::{Http2, PREFACE, frame, post};
use crate::support::socket::{SUBPROTOCOL, Socket};
use crate::support::watched_store::WatchedStore;

/// How many changes a request asks for.
const CHANGES: u64 = 20;

const JSON: &str = "application/json";

/// Waits in the store.
const COUNT: &str = "{ videos { totalCount } }";

/// A server, and what it answers with.
struct Fixture {
    store: Arc<WatchedStore>,
    backend: Backend,
    server: Listening,
}

impl Fixture {
    /// A server for as many requests at a time, whose store has changes and counts wait.
    async fn held(places: usize) -> Self {
        Self::held_with(places, CLOSED_TIMEOUT).await
    }

    /// The same, where a query may take this long whose client has closed its sending side.
    async fn held_with(places: usize, closed_timeout: Duration) -> Self {
        let store = Arc::new(WatchedStore::default());
        // No query ends by itself within a test.
        let request_timeout = PATIENCE * 10;
        let mut settings = settings();
        settings.requests.max_batch = 100;
        settings.limits.request_timeout = request_timeout;
        let (settings, requests) = (Arc::new(settings), Requests::new(places));
        let backend = Backend { settings, requests, ..backend(&store) };
        store.hold();
        let server = Listening::start_with(backend.clone(), closed_timeout).await;
        Self { server, store, backend }
    }

    /// Waits until the first change waits in the store.
    async fn changing(&self) {
        until("a change has begun", async || self.store.take_calls().contains_key("write")).await;
    }

    /// Waits until a count waits in the store.
    async fn counting(&self) {
        until("a count has begun", async || self.store.take_calls().contains_key("count")).await;
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

/// What the server says up to this part.
async fn read_until(stream: &mut TcpStream, part: &str) -> String {
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains(part) {
        let more = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.expect("more").unwrap();
        assert_ne!(more, 0, "{}", String::from_utf8_lossy(&bytes));
    }
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
        read(send_last(address, JSON, &request(COUNT)).await).await;
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
    for body in [request(COUNT), json!([request(COUNT), request(COUNT)])] {
        let answer = read(send_last(it.server.address, JSON, &body).await).await;
        assert!(answer.contains("\"TIMEOUT\""), "{answer}");
        assert!(answer.contains("timed out after 0.05 s"), "{answer}");
    }
}

#[tokio::test]
async fn the_queries_of_a_list_end_with_their_client_and_its_mutations_do_not() {
    let list = json!([request(COUNT), request(&mutation()), request(COUNT)]);
    let it = Fixture::held(1).await;
    let stream = send(it.server.address, JSON, &list).await;
    it.counting().await;
    reset(stream);
    it.changing().await;
    it.completed().await;

    let it = Fixture::held(1).await;
    let mut client = Http2::to(it.server.address).await;
    tokio::select! {
        _ = client.send(&[("content-type", JSON)], Body::from(list.to_string())) => {
            panic!("an answer of a store that waits")
        }
        () = it.counting() => {}
    }
    it.changing().await;
    it.completed().await;
}

#[tokio::test]
async fn a_list_with_a_mutation_is_not_held_up_by_queries_whose_client_may_be_gone() {
    // So many that they would take longer than this test waits, if each had a time of its own.
    const QUERIES: usize = 40;
    let patience = Duration::from_secs(2);
    assert!(patience * u32::try_from(QUERIES).unwrap() > PATIENCE);
    let it = Fixture::held_with(1, patience).await;
    let mut list = vec![request(COUNT); QUERIES];
    list.push(request(&mutation()));
    let answer = read(send_last(it.server.address, JSON, &json!(list)).await);
    let released = async {
        it.changing().await;
        it.store.release();
    };
    let (answer, ()) = join(answer, released).await;
    assert_eq!(answer.matches("\"TIMEOUT\"").count(), QUERIES, "{answer}");
    assert_eq!(answer.matches("\"video\":{\"id\":").count(), (0..CHANGES).count(), "{answer}");
}

#[tokio::test]
async fn a_reset_is_noticed_behind_bytes_of_the_next_request() {
    let it = Fixture::held(2).await;
    let mut stream = send(it.server.address, JSON, &request(COUNT)).await;
    it.counting().await;
    stream.write_all(b"G").await.unwrap();
    // The answer to another client shows that the server has had time to see these bytes.
    read(send_last(it.server.address, JSON, &request("{ __typename }")).await).await;
    reset(stream);
    it.abandoned().await;
}

#[tokio::test]
async fn an_end_is_noticed_behind_bytes_of_the_next_request() {
    let it = Fixture::held(1).await;
    let mut stream = send(it.server.address, JSON, &request(COUNT)).await;
    it.counting().await;
    stream.write_all(b"G").await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = read(stream).await;
    assert!(answer.contains("timed out after 0.05 s"), "{answer}");

    let subscription = request("subscription { videoChanges(marks: true) { kind } }");
    let mut stream = send(it.server.address, "text/event-stream", &subscription).await;
    let mut begin = [0; 15];
    stream.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    stream.write_all(b"G").await.unwrap();
    stream.shutdown().await.unwrap();
    read(stream).await;
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

#[tokio::test]
async fn who_has_closed_the_sending_side_is_answered_in_http_2_too() {
    let it = Fixture::held(2).await;
    let mut stream = TcpStream::connect(it.server.address).await.unwrap();
    let requests =
        [post(1, JSON, &request(&mutation())), post(3, JSON, &request("{ __typename }"))].concat();
    let sent = [PREFACE, &frame(4, 0, 0, &[]), &requests].concat();
    stream.write_all(&sent).await.unwrap();
    stream.shutdown().await.unwrap();
    it.changing().await;
    it.store.release();
    let answers = read(stream).await;
    assert!(answers.contains(r#"{"data":{"__typename":"Query"}}"#), "{answers:?}");
    assert_eq!(answers.matches("\"video\":{\"id\":").count(), (0..CHANGES).count(), "{answers:?}");
}

#[tokio::test]
async fn a_request_that_comes_together_with_the_end_is_answered_in_http_2_after_another_one() {
    let it = Fixture::held(1).await;
    let mut stream = TcpStream::connect(it.server.address).await.unwrap();
    let first =
        [PREFACE, &frame(4, 0, 0, &[]), &post(1, JSON, &request("{ a: __typename }"))].concat();
    stream.write_all(&first).await.unwrap();
    let mut answers = read_until(&mut stream, r#"{"data":{"a":"Query"}}"#).await;
    stream.write_all(&post(3, JSON, &request("{ b: __typename }"))).await.unwrap();
    stream.shutdown().await.unwrap();
    answers += &read(stream).await;
    assert!(answers.contains(r#"{"data":{"b":"Query"}}"#), "{answers:?}");
}
