//! `kill -9` in the middle of many writers: what was acknowledged is there afterwards.
//!
//! `REELGRAPH_TEST_KILLS=20 cargo test killing` kills more often than the usual test does.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use ureq::Agent;

use crate::support::binary::{Finished, PATIENCE, Server, reelgraph};

const WRITERS: usize = 16;

/// How many changes are acknowledged before the next kill.
const CHANGES: usize = 400;

const ADD: &str = "mutation($path: String!) { addVideo(input: {
    path: $path, durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1,
    videoCodec: \"h264\", fileSize: 1
}) { video { id version width } userErrors { message } } }";

const UPDATE: &str = "mutation($id: ID!, $width: Int!) {
    updateVideo(input: { id: $id, width: $width }) { video { id version width } userErrors { message } }
}";

/// A video's version and width as they were last acknowledged, by its ID.
type Acknowledged = Arc<Mutex<HashMap<String, (i64, i64)>>>;

/// Adds a video and widens it, again and again, until the server does not answer any more.
struct Writer {
    url: String,
    name: String,
    agent: Agent,
    acknowledged: Acknowledged,
    changes: Arc<AtomicUsize>,
}

impl Writer {
    fn write(self) {
        for number in 0.. {
            let path = format!("/{}/{number}", self.name);
            let Some(id) = self.change(ADD, &json!({ "path": path })) else { return };
            for width in 2..5 {
                let update = json!({ "id": id, "width": width });
                if self.change(UPDATE, &update).is_none() {
                    return;
                }
            }
        }
    }

    /// Makes a change and notes that it was acknowledged; none where there was no answer.
    fn change(&self, query: &str, variables: &Value) -> Option<String> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        let answer = request.send(body).ok()?.body_mut().read_to_string().ok()?;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let payload = answer["data"].as_object().and_then(|data| data.values().next());
        let video = payload.map(|payload| &payload["video"]).filter(|video| video.is_object());
        let video = video.unwrap_or_else(|| panic!("a change was refused: {answer}"));
        let id = video["id"].as_str().unwrap().to_owned();
        let state = (video["version"].as_i64().unwrap(), video["width"].as_i64().unwrap());
        self.acknowledged.lock().unwrap().insert(id.clone(), state);
        self.changes.fetch_add(1, Ordering::Release);
        Some(id)
    }
}

fn serve(url: &str) -> Server {
    Server::start(&["--database-url", url])
}

/// Kills the server while all writers write.
fn write_and_kill(url: &str, round: usize, acknowledged: &Acknowledged) {
    let server = serve(url);
    let changes = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let writer = Writer {
                url: server.url("/graphql"),
                name: format!("{round}/{number}"),
                agent: Agent::config_builder().timeout_global(Some(PATIENCE)).build().into(),
                acknowledged: Arc::clone(acknowledged),
                changes: Arc::clone(&changes),
            };
            thread::spawn(move || writer.write())
        })
        .collect();
    while changes.load(Ordering::Acquire) < CHANGES {
        assert!(writers.iter().any(|writer| !writer.is_finished()), "no writer is left\n{server}");
        thread::yield_now();
    }
    server.signal("KILL");
    for writer in writers {
        writer.join().unwrap();
    }
}

/// Holds the library to what was acknowledged.
#[track_caller]
fn verify(url: &str, acknowledged: &Acknowledged) {
    let server = serve(url);
    let acknowledged = acknowledged.lock().unwrap();
    let all: Vec<(&String, &(i64, i64))> = acknowledged.iter().collect();
    for some in all.chunks(100) {
        let ids: Vec<&String> = some.iter().map(|(id, _)| *id).collect();
        let answer = server
            .ask(&format!("{{ nodes(ids: {ids:?}) {{ ... on Video {{ version width }} }} }}"));
        for ((id, (version, width)), video) in
            some.iter().zip(answer.json()["data"]["nodes"].as_array().unwrap())
        {
            // The change after the last acknowledged one may have been on its way.
            let is_kept = video["version"] == *version && video["width"] == *width;
            let is_one_further = video["version"] == version + 1;
            assert!(is_kept || is_one_further, "{id}: version {version}, width {width}: {video}");
        }
    }
}

#[test]
fn no_acknowledged_change_is_lost_when_the_server_is_killed() {
    let kills = std::env::var("REELGRAPH_TEST_KILLS").map_or(3, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("killed.db");
    let url = format!("sqlite:{}", Path::display(&file));
    let acknowledged = Acknowledged::default();
    for round in 0..kills {
        write_and_kill(&url, round, &acknowledged);
        Finished::run(reelgraph(&["check", "--database-url", &url])).with_code(0);
        verify(&url, &acknowledged);
    }
    assert!(acknowledged.lock().unwrap().len() >= kills * CHANGES / 4);
}
