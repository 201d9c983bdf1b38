//! Scans that take very long: nobody who asks for little waits for them.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::binary::{PATIENCE, Server, reelgraph};
use crate::support::folder::Folder;
use crate::support::openmetrics::{Exposition, Format};

/// Videos whose paths have a part of what is looked for at every place, so that SQLite compares as much
/// as it can.
fn monotonous(count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        let record = json!({
            "path": format!("{}/{number}", "a".repeat(4000)), "durationFrames": 1, "width": 1,
            "height": 1, "frameRate": { "numerator": 25, "denominator": 1 }, "videoCodec": "av1",
            "fileSize": 1,
        });
        writeln!(lines, "{record}").unwrap();
    }
    lines
}

/// Thirty counts of what passes one of two hundred conditions.
fn attack() -> String {
    let fields: String = (0..30)
        .map(|at| format!("a{at}: videos(first: 1, filter: $f) {{ totalCount }} "))
        .collect();
    let part = |at: usize| format!("{}b{at}", "a".repeat(2000));
    let conditions: Vec<Value> =
        (0..199).map(|at| json!({ "path": { "contains": part(at) } })).collect();
    let query = format!("query($f: VideoFilter) {{ {fields} }}");
    json!({ "query": query, "variables": { "f": { "or": conditions } } }).to_string()
}

/// A client that has sent this body and waits for the answer.
fn sent(server: &Server, body: &str) -> TcpStream {
    let mut stream = server.connect();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    stream
}

#[track_caller]
fn assert_unanswered(stream: &TcpStream) {
    stream.set_nonblocking(true).unwrap();
    let error = stream.peek(&mut [0]).expect_err("it is not answered yet");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

/// Waits until a scan is under way and so many wait.
fn wait_for_scans(server: &Server, waiting: f64) {
    let begin = Instant::now();
    loop {
        let metrics = Exposition::read(&server.get("/metrics").body, Format::Plain);
        let value = |name| metrics.value(name, &[]);
        if value("reelgraph_store_scans_busy") >= 1.0
            && value("reelgraph_store_scans_waiting") >= waiting
        {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "nothing is scanned\n{server}");
    }
}

#[test]
fn a_plain_page_is_answered_and_the_server_ready_while_others_scan() {
    let folder = Folder::new();
    let file = folder.path("library.ndjson");
    fs::write(&file, monotonous(1000)).unwrap();
    folder.run("library.db", &["import", file.to_str().unwrap()]).with_code(0);
    // Nothing but a client that goes away ends an attack.
    let limits = ["--read-timeout-seconds", "3600", "--request-timeout-seconds", "3600"];
    let mut command = reelgraph(&["--metrics", "main"]);
    command.args(limits).env("REELGRAPH_LISTEN", "127.0.0.1:0");
    command.env("REELGRAPH_DATABASE_URL", folder.url("library.db"));
    let server = Server::spawn(command);

    let attack = attack();
    let attackers: Vec<TcpStream> = (0..8).map(|_| sent(&server, &attack)).collect();
    wait_for_scans(&server, 1.0);
    for document in [
        "{ videos(first: 10) { totalCount nodes { id } pageInfo { hasNextPage } } }",
        "{ changesCursor videos(first: 10) { nodes { id } } }",
        "{ videoStats { count totalFileSize } }",
        "{ auditEntries(first: 10) { nodes { id } } }",
    ] {
        let answer = server.ask(document);
        assert_eq!(answer.status, 200, "{answer}\n{server}");
        assert!(answer.json().get("errors").is_none(), "{answer}\n{server}");
    }
    let ready = server.get("/health/ready");
    assert_eq!(ready.status, 200, "{ready}\n{server}");
    attackers.iter().for_each(assert_unanswered);
}
