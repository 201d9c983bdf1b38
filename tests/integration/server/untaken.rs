//! Clients of HTTP/2 that ask for more answers than they take.

use std::sync::Arc;
use std::time::Duration;

use reelgraph::http::{Backend, Requests, Settings};
use reelgraph::metrics::Format;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::support::binary::PATIENCE;
use crate::support::http::{Listening, MAX_WAITING_BYTES, backend, settings};
use crate::support::http2::{Http2, PREFACE, frame, post};
use crate::support::openmetrics::{self, Exposition};
use crate::support::watched_store::WatchedStore;

const JSON: &str = "application/json";

/// How many requests a client sends of whose answers it takes nothing.
const REQUESTS: u8 = 20;

/// Opens a connection whose client has room for hardly any answer.
fn beginning() -> Vec<u8> {
    const WINDOW: &[u8] = &[0, 4, 0, 0, 0, 10];
    [PREFACE, &frame(4, 0, 0, WINDOW)].concat()
}

/// Has a long answer.
fn request() -> Value {
    let fields = "fields { name description args { name description } }";
    let schema = format!("__schema {{ types {{ name description {fields} }} }}");
    json!({ "query": format!("{{ a: {schema} b: {schema} }}") })
}

/// Makes room for so much of the answer on a stream.
fn window(stream: u8, bytes: u32) -> Vec<u8> {
    frame(8, 0, stream, &bytes.to_be_bytes())
}

/// Settings with room for answers of this length.
fn with_room(max_answer_bytes: usize) -> Settings {
    let mut settings = settings();
    settings.limits.max_answer_bytes = max_answer_bytes;
    settings
}

/// How many answers the server has refused because others were not read.
async fn refused(backend: &Backend) -> f64 {
    let metrics = Exposition::read(&backend.metrics.text(Format::Plain).await, PLAIN);
    metrics.value("reelgraph_errors_total", &[("code", "ANSWERS_NOT_READ")])
}

const PLAIN: openmetrics::Format = openmetrics::Format::Plain;

#[tokio::test]
async fn the_answers_that_a_client_does_not_take_are_bounded() {
    let store = Arc::new(WatchedStore::default());
    let (settings, requests) = (with_room(MAX_WAITING_BYTES), Requests::new(100));
    let backend = Backend { settings: Arc::new(settings), requests, ..backend(&store) };
    let server = Listening::start(backend.clone()).await;
    let answer = Http2::to(server.address).await.ask(request()["query"].as_str().unwrap()).await.1;
    let length = answer.to_string().len();
    assert!((50_000..MAX_WAITING_BYTES).contains(&length), "{length}");

    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&beginning()).await.unwrap();
    for at in 0..REQUESTS {
        stream.write_all(&post(2 * at + 1, JSON, &request())).await.unwrap();
    }
    // No more answers wait than there is room for; each counts as a little less than its length.
    let most = MAX_WAITING_BYTES / (length - 16 * 1024);
    let expected = f64::from(REQUESTS) - f64::from(u32::try_from(most).unwrap());
    let wait = async {
        let mut looks = interval(Duration::from_millis(5));
        while refused(&backend).await < expected {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, wait).await.expect("refused answers");
    // Nor is there room for a long event.
    let last = 2 * REQUESTS + 1;
    let events = [post(last, "text/event-stream", &request()), window(last, 60_000)].concat();
    stream.write_all(&events).await.unwrap();
    read_until(&mut stream, "read them first").await;
    // Once the client takes the answers, there is room again.
    for at in 0..REQUESTS {
        stream.write_all(&window(2 * at + 1, 1_000_000)).await.unwrap();
    }
    stream.write_all(&window(0, 100_000_000)).await.unwrap();
    let again = [post(last + 2, JSON, &json!({ "query": "{ last: __typename }" }))];
    stream.write_all(&[again.concat(), window(last + 2, 1_000)].concat()).await.unwrap();
    read_until(&mut stream, r#"{"last":"Query"}"#).await;
}

/// Reads up to this part.
async fn read_until(stream: &mut TcpStream, part: &str) {
    let mut bytes = Vec::new();
    while !bytes.windows(part.len()).any(|it| it == part.as_bytes()) {
        let more = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.expect("more").unwrap();
        assert_ne!(more, 0, "the connection ended");
    }
}
