//! Clients that add videos and widen them, and note what they were told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use super::ledger::{Ledger, Outcome};
use crate::support::binary::PATIENCE;

/// How long a writer waits after a failure, so that the others have the processors.
const PAUSE: Duration = Duration::from_millis(20);

const ADD: &str = "mutation($path: String!) { addVideo(input: {
    path: $path, durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1,
    videoCodec: \"h264\", fileSize: 1
}) { video { id width } userErrors { message } } }";

const UPDATE: &str = "mutation($id: ID!, $width: Int!) {
    updateVideo(input: { id: $id, width: $width }) { video { id width } userErrors { message } }
}";

/// A client of servers that share a library: where one does not answer, it turns to the next.
pub struct Writer {
    name: String,
    entrances: Vec<SocketAddr>,
    agent: Agent,
    ledger: Arc<Ledger>,
}

impl Writer {
    /// The one with this number, whose changes go to these addresses.
    pub fn new(number: usize, entrances: &[SocketAddr], ledger: &Arc<Ledger>) -> Self {
        let mut entrances = entrances.to_vec();
        let first = number % entrances.len();
        entrances.rotate_left(first);
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let (name, ledger) = (format!("writer-{number}"), Arc::clone(ledger));
        Self { name, entrances, agent: config.build().into(), ledger }
    }

    /// Adds a video and widens it, again and again, until it is over.
    pub fn write(mut self) {
        for number in 0.. {
            if self.add(number).is_none() {
                return;
            }
        }
    }

    /// Adds a video and widens it; none if it is over.
    fn add(&mut self, number: usize) -> Option<()> {
        let path = format!("/{}/{number}", self.name);
        let request = format!("{}-{number}", self.name);
        let Some(id) = self.change(&request, ADD, &json!({ "path": path }))? else {
            return Some(());
        };
        for width in 2..6 {
            let update = json!({ "id": id, "width": width });
            self.change(&format!("{request}-{width}"), UPDATE, &update)?;
        }
        Some(())
    }

    /// Makes a last change, of which the outcome is known, and returns its request.
    pub fn conclude(mut self) -> String {
        for number in 0.. {
            let request = format!("{}-end-{number}", self.name);
            let path = json!({ "path": format!("/{request}") });
            if self.attempt(&request, ADD, &path).is_some() {
                return request;
            }
        }
        unreachable!("there is always another number")
    }

    /// Makes a change, and returns the ID of the video if that was acknowledged; none if it is over.
    fn change(&mut self, request: &str, query: &str, variables: &Value) -> Option<Option<String>> {
        if self.ledger.is_over() {
            return None;
        }
        Some(self.attempt(request, query, variables))
    }

    fn attempt(&mut self, request: &str, query: &str, variables: &Value) -> Option<String> {
        let answer = self.ask(request, query, variables);
        let (outcome, video) = match &answer {
            Some(answer) => outcome_of(answer, &variables["width"]),
            None => (Outcome::Unknown, None),
        };
        self.ledger.note(request.to_owned(), outcome);
        if outcome != Outcome::Acknowledged {
            self.entrances.rotate_left(1);
            thread::sleep(PAUSE);
        }
        video
    }

    /// The server's answer; none if there was none, or only one by somebody in between.
    fn ask(&self, request: &str, query: &str, variables: &Value) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let sent = self.agent.post(format!("http://{}/graphql", self.entrances[0]));
        let sent = sent.header("content-type", "application/json").header("x-request-id", request);
        let answer = sent.send(body).ok()?.body_mut().read_to_string().ok()?;
        serde_json::from_str(&answer).ok()
    }
}

/// What an answer says about a change to this width, and the ID of the video.
fn outcome_of(answer: &Value, width: &Value) -> (Outcome, Option<String>) {
    if let Some(error) = answer["errors"].get(0) {
        return match error["extensions"]["code"].as_str() {
            Some("SERVICE_UNAVAILABLE") => (Outcome::Refused, None),
            Some("INTERNAL_SERVER_ERROR") => (Outcome::Unknown, None),
            _ => panic!("{answer}"),
        };
    }
    let payload = answer["data"].as_object().and_then(|data| data.values().next());
    let video = payload.map(|payload| &payload["video"]).filter(|video| video.is_object());
    let video = video.unwrap_or_else(|| panic!("a change was refused: {answer}"));
    assert_eq!(video["width"], width.as_u64().unwrap_or(1), "{answer}");
    (Outcome::Acknowledged, video["id"].as_str().map(str::to_owned))
}
