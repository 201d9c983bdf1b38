//! Clients that follow the log from a cursor on, with one connection after another: over WebSockets and
//! Server-Sent Events, as the examples in docs/subscriptions.md do.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};
use ureq::{Agent, BodyReader};

use super::Change;
use crate::support::binary::PATIENCE;
use crate::support::socket::SUBPROTOCOL;

const CHANGES: &str = "subscription($after: String) { videoChanges(after: $after, marks: true) {
    kind cursor auditEntry { id requestId } } }";

/// How long a subscriber waits before it connects again.
const PAUSE: Duration = Duration::from_millis(50);

/// After how many events, at most, it leaves a connection that works.
const MANY: u64 = 200;

/// A client that knows where it is.
pub struct Subscriber {
    entrances: Vec<SocketAddr>,
    uses_sockets: bool,
    random: u64,
    cursor: String,
    told: Vec<Change>,
}

impl Subscriber {
    /// The one with this number, which follows the log from this cursor on.
    pub fn new(number: usize, entrances: &[SocketAddr], cursor: &str) -> Self {
        Self {
            entrances: entrances.to_vec(),
            uses_sockets: number.is_multiple_of(2),
            random: number as u64,
            cursor: cursor.to_owned(),
            told: Vec::new(),
        }
    }

    /// Everything that it is told up to the change by the first request with this in its ID.
    pub fn follow(mut self, end: &str) -> Vec<Change> {
        let (mut deadline, mut count) = (Instant::now() + PATIENCE, 0);
        loop {
            let is_at_end = self.follow_once(end);
            if is_at_end {
                return self.told;
            }
            if self.told.len() > count {
                (deadline, count) = (Instant::now() + PATIENCE, self.told.len());
            }
            assert!(Instant::now() < deadline, "nothing after {:?}", self.told.last());
            thread::sleep(PAUSE);
        }
    }

    /// Follows on one connection until it ends or has been used enough; true at the end of the log.
    fn follow_once(&mut self, end: &str) -> bool {
        let events = 1 + self.below(MANY);
        let turn = usize::try_from(self.below(64)).unwrap();
        let entrance = self.entrances[turn % self.entrances.len()];
        let stream = match self.uses_sockets {
            true => Stream::socket(entrance, &self.cursor),
            false => Stream::events(entrance, &self.cursor),
        };
        let Some(mut stream) = stream else { return false };
        for _ in 0..events {
            // An error is the last result.
            let result = stream.next().filter(|result| !is_passing_error(result));
            let Some(result) = result else { return false };
            if self.take(&result).is_some_and(|change| change.request.contains(end)) {
                return true;
            }
        }
        false
    }

    /// Notes what a result says, and returns the change that it is about.
    fn take(&mut self, result: &Value) -> Option<Change> {
        let event = &result["data"]["videoChanges"];
        event["cursor"].as_str().unwrap_or_else(|| panic!("{result}")).clone_into(&mut self.cursor);
        let change = event["auditEntry"].is_object().then(|| Change::of(&event["auditEntry"]))?;
        self.told.push(change.clone());
        Some(change)
    }

    /// Numbers without much order, the same in every run.
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % limit
    }
}

/// Whether this is an error after which a client connects again.
fn is_passing_error(result: &Value) -> bool {
    let code = result["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
    ["SERVICE_UNAVAILABLE", "SERVER_STOPPING"].contains(&code)
}

/// A connection with a subscription, on which nothing is waited for any longer than usual.
pub enum Stream {
    Socket(Box<WebSocket<TcpStream>>, Instant),
    Events(Box<BufReader<BodyReader<'static>>>),
}

impl Stream {
    /// The log from a cursor on, over a WebSocket; none if that fails at once.
    pub fn socket(server: SocketAddr, cursor: &str) -> Option<Self> {
        Self::socket_with(server, CHANGES, cursor)
    }

    /// The same with another subscription.
    pub fn socket_with(server: SocketAddr, query: &str, cursor: &str) -> Option<Self> {
        let mut request = format!("ws://{server}/graphql").into_client_request().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        let stream = TcpStream::connect(server).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut socket, _) = tungstenite::client(request, stream).ok()?;
        let payload = json!({ "query": query, "variables": { "after": cursor } });
        for message in [
            json!({ "type": "connection_init" }),
            json!({ "type": "subscribe", "id": "1", "payload": payload }),
        ] {
            socket.send(Message::text(message.to_string())).ok()?;
        }
        Some(Self::Socket(Box::new(socket), Instant::now() + PATIENCE))
    }

    /// The log from a cursor on, as Server-Sent Events; none if that fails at once.
    pub fn events(server: SocketAddr, cursor: &str) -> Option<Self> {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let body = json!({ "query": CHANGES, "variables": { "after": cursor } }).to_string();
        let request = config.build().new_agent().post(format!("http://{server}/graphql"));
        let request = request.header("accept", "text/event-stream");
        let answer = request.header("content-type", "application/json").send(body).ok()?;
        let has_begun = answer.status() == 200;
        has_begun.then(|| {
            let events = BufReader::new(answer.into_body().into_reader());
            Self::Events(Box::new(events))
        })
    }

    /// The next result; none at the end.
    pub fn next(&mut self) -> Option<Value> {
        match self {
            Self::Socket(socket, deadline) => next_message(socket, *deadline),
            Self::Events(events) => next_event(events),
        }
    }
}

fn next_message(socket: &mut WebSocket<TcpStream>, deadline: Instant) -> Option<Value> {
    // There are pings even where there is nothing else.
    while Instant::now() < deadline {
        let Message::Text(text) = socket.read().ok()? else { continue };
        let mut message: Value = serde_json::from_str(&text).unwrap();
        match message["type"].as_str().unwrap() {
            "next" => return Some(message["payload"].take()),
            // The request itself was refused.
            "error" => return Some(json!({ "errors": message["payload"].take() })),
            "complete" => return None,
            _ => {}
        }
    }
    None
}

fn next_event(events: &mut BufReader<BodyReader<'static>>) -> Option<Value> {
    loop {
        let mut line = String::new();
        // A stream that is cut ends in the middle of a line, or with an error.
        events.read_line(&mut line).ok().filter(|_| line.ends_with('\n'))?;
        match line.trim_end().strip_prefix("data:").map(str::trim) {
            Some("") => return None,
            Some(data) => return Some(serde_json::from_str(data).unwrap()),
            None => {}
        }
    }
}
