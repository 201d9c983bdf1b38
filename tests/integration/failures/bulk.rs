//! `kill -9` in the middle of changes of thousands of videos, and of their undo: all of it was done, or nothing.
//!
//! `REELGRAPH_TEST_KILLS=10 cargo test failures::bulk` kills more often than the usual test does.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use super::fleet::{Fleet, wait_until_ready};
use super::kills;
use crate::scanning::holds::{Change, Flood};
use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::folder::Folder;
use crate::support::postgres::{Session, block_on, new_database, wait_for_number};

const VIDEOS: usize = 2000;

/// A library of many videos at this URL.
fn fill(folder: &Folder, url: &str) {
    let record = |number: usize| {
        json!({
            "path": format!("/media/{number}.mkv"), "durationFrames": 1,
            "frameRate": { "numerator": 25 }, "width": 1, "height": 1, "videoCodec": "x264",
            "fileSize": 1,
        })
    };
    let records: String = (0..VIDEOS).map(|number| format!("{}\n", record(number))).collect();
    let file = folder.path("records");
    fs::write(&file, records).unwrap();
    let arguments = ["import", file.to_str().unwrap(), "--database-url", url];
    Finished::run(reelgraph(&arguments)).with_code(0);
}

/// A change of all videos: the one with this plan, or a dry run. To undo the import deletes them.
fn document(server: &Server, name: &str, plan: Option<&str>) -> String {
    const ALL: &str = "select: { filter: { path: { startsWith: \"/media/\" } } }";
    let what = match name {
        "updateVideos" => format!("{ALL} set: {{ videoCodec: \"h264\" }}"),
        "deleteVideos" => ALL.to_owned(),
        _ => format!("requestId: {} onConflict: OVERWRITE", import_of(server)),
    };
    let plan = plan.map(|plan| format!("dryRun: false plan: \"{plan}\"")).unwrap_or_default();
    format!(
        "mutation {{ {name}(input: {{ {what} {plan} }}) {{ applied count plan userErrors {{ code }} }} }}"
    )
}

/// The ID of the request that added the videos.
fn import_of(server: &Server) -> Value {
    let document = "{ auditRequests(last: 1) { nodes { requestId } } }";
    server.ask(document).json()["data"]["auditRequests"]["nodes"][0]["requestId"].take()
}

/// The answer to a change of all videos.
#[track_caller]
fn change(server: &Server, name: &str, plan: Option<&str>) -> Value {
    let answer = server.ask(&document(server, name, plan)).json()["data"][name].take();
    assert_eq!((&answer["count"], &answer["userErrors"]), (&json!(VIDEOS), &json!([])), "{answer}");
    answer
}

fn plan_of(server: &Server, name: &str) -> String {
    change(server, name, None)["plan"].as_str().unwrap().to_owned()
}

/// Sends a request, and does not wait for its answer.
fn begin(server: &Server, document: &str) -> TcpStream {
    let body = json!({ "query": document }).to_string();
    let mut stream = server.connect();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    stream
}

/// How many videos there are, how many have changed, and how long the log is.
fn state(server: &Server) -> [u64; 3] {
    let document = "{ all: videos { totalCount } log: auditEntries { totalCount }
        changed: videos(filter: { videoCodec: { eq: \"h264\" } }) { totalCount } }";
    let data = server.ask(document).json()["data"].take();
    ["all", "changed", "log"].map(|name| data[name]["totalCount"].as_u64().unwrap())
}

/// Kills a server in the middle of changes, each of which is held somewhere else by what `hold` returns once it is
/// held. Nothing of them is done, so their plans can be carried out at the end.
fn kill_in_changes<H>(url: &str, hold: impl Fn(usize) -> H, wait: impl Fn(&H)) {
    let count = VIDEOS as u64;
    let mut fleet = Fleet::running(url, 1);
    wait_until_ready(fleet.server(0));
    let names = ["updateVideos", "deleteVideos", "undoRequest"];
    let plans = names.map(|name| plan_of(fleet.server(0), name));
    for round in 0..kills() {
        let kind = round % names.len();
        fleet.kill(0);
        let held = hold(round);
        fleet.start(0);
        wait_until_ready(fleet.server(0));
        let document = document(fleet.server(0), names[kind], Some(&plans[kind]));
        let request = begin(fleet.server(0), &document);
        wait(&held);
        fleet.kill(0);
        drop((request, held));
        fleet.check();
        fleet.start(0);
        wait_until_ready(fleet.server(0));
        assert_eq!(state(fleet.server(0)), [count, 0, count]);
    }
    change(fleet.server(0), names[0], Some(&plans[0]));
    assert_eq!(state(fleet.server(0)), [count, count, 2 * count]);
    let plan = plan_of(fleet.server(0), names[2]);
    change(fleet.server(0), names[2], Some(&plan));
    fleet.kill(0);
    fleet.check();
    fleet.start(0);
    wait_until_ready(fleet.server(0));
    assert_eq!(state(fleet.server(0)), [0, 0, 3 * count]);
}

#[test]
fn a_bulk_change_in_a_file_that_is_killed_is_done_or_not() {
    let folder = Folder::new();
    let url = folder.url("killed.db");
    fill(&folder, &url);
    let at = |round: usize| VIDEOS + 1 + (round * 331 + 700) % (VIDEOS - 1);
    let hold = |round| Flood::at(folder.path("killed.db"), Change::Any, at(round));
    kill_in_changes(&url, hold, Flood::wait);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_bulk_change_in_a_database_that_is_killed_is_done_or_not() {
    let (folder, url) = (Folder::new(), new_database(""));
    fill(&folder, &url);
    // In the middle of what is written, and between that and its log.
    let locks = [
        "SELECT FROM videos WHERE path = '/media/1000.mkv' FOR UPDATE",
        "LOCK TABLE audit_log IN SHARE MODE",
    ];
    let hold = |round: usize| Session::begin(&url, locks[round % locks.len()]);
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    kill_in_changes(&url, hold, |_| block_on(wait_for_number(&url, waiting, 1)));
}
