//! The client whose times count, and those that mean harm.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use ureq::Agent;

use super::server::Server;
use super::{Acknowledged, p99_ms, timed};

/// How long a request may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A GraphQL client with a connection of its own.
struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    fn new(server: &Server) -> Self {
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(PATIENCE)).build().new_agent();
        Self { agent, url: format!("http://{}/graphql", server.address()) }
    }

    /// What the server answers; none where it does not.
    fn ask(&self, body: &str) -> Option<Value> {
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        request.send(body).ok()?.body_mut().read_json().ok()
    }
}

/// The client that asks for the first page.
pub struct Page;

impl Page {
    /// The p99 of a first page that is asked for again and again.
    pub fn p99_ms(server: &Server, time: Duration) -> f64 {
        let client = Client::new(server);
        let query = "{ videos(first: 50) { nodes { id path filename fileSize createdAt } } }";
        let body = json!({ "query": query }).to_string();
        p99_ms(timed(time, || {
            let answer = client.ask(&body).expect("the page is answered");
            assert!(answer["data"]["videos"]["nodes"][49].is_object(), "{answer}");
        }))
    }
}

/// Sends pings on a WebSocket and never reads; opens another one where the server closes it.
pub fn ping_without_reading(server: &Server, is_over: &AtomicBool) {
    // Final, a ping, masked with zeros, of the greatest length that control frames can have.
    let mut ping = vec![0x89, 0x80 | 125, 0, 0, 0, 0];
    ping.resize(ping.len() + 125, b'!');
    let pings = ping.repeat(100);
    while !is_over.load(Ordering::Relaxed) {
        let Some(mut stream) = open_socket(server) else { continue };
        while !is_over.load(Ordering::Relaxed) && stream.write_all(&pings).is_ok() {}
    }
}

fn open_socket(server: &Server) -> Option<TcpStream> {
    let stream = TcpStream::connect(server.address()).ok()?;
    stream.set_write_timeout(Some(Duration::from_secs(1))).ok()?;
    let mut request = format!("ws://{}/graphql", server.address()).into_client_request().ok()?;
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (socket, _) = tungstenite::client(request, stream).ok()?;
    socket.get_ref().try_clone().ok()
}

/// Repeats a query with 30 scans, each of which has 199 conditions that no video meets.
pub fn scan(server: &Server, is_over: &AtomicBool) {
    let client = Client::new(server);
    let alias = |number| format!("a{number}: videos(first: 1, filter: $f) {{ totalCount }}");
    let fields: Vec<String> = (0..30).map(alias).collect();
    let query = format!("query ($f: VideoFilter) {{ {} }}", fields.join(" "));
    let condition = |number| json!({ "path": { "contains": format!("nowhere {number}") } });
    let conditions: Vec<Value> = (0..199).map(condition).collect();
    let body = json!({ "query": query, "variables": { "f": { "or": conditions } } }).to_string();
    while !is_over.load(Ordering::Relaxed) {
        // Whatever the answer is, the client goes on.
        client.ask(&body);
    }
}

const ADD: &str = "mutation ($path: String!) { addVideo(input: {
    path: $path, durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1,
    videoCodec: \"h264\", fileSize: 1
}) { video { id version } } }";

const UPDATE: &str = "mutation ($id: ID!, $width: Int!) {
    updateVideo(input: { id: $id, width: $width }) { video { id version } } }";

/// How many videos were added, so that each has a path of its own.
static ADDED: AtomicUsize = AtomicUsize::new(0);

/// Adds a video and changes it, again and again, and notes what was acknowledged.
pub fn write(server: &Server, number: usize, is_over: &AtomicBool, acknowledged: &Acknowledged) {
    let client = Client::new(server);
    let change = |query: &str, variables: Value| -> Option<String> {
        let answer = client.ask(&json!({ "query": query, "variables": variables }).to_string())?;
        let video = answer["data"].as_object()?.values().next()?["video"].clone();
        let (id, version) = (video["id"].as_str()?.to_owned(), video["version"].as_i64()?);
        let version = i32::try_from(version).ok()?;
        acknowledged.lock().ok()?.insert(id.parse().ok()?, version);
        Some(id)
    };
    while !is_over.load(Ordering::Relaxed) {
        let path = format!("/written/{number}/{}", ADDED.fetch_add(1, Ordering::Relaxed));
        let Some(id) = change(ADD, json!({ "path": path })) else { continue };
        for width in 2..5 {
            change(UPDATE, json!({ "id": id, "width": width }));
        }
    }
}
