//! How a scan proceeds, over WebSocket and Server-Sent Events.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::films::Films;
use super::holds::Hold;
use super::server::serve;
use crate::support::binary::{Server, read_until, reelgraph};
use crate::support::socket::Socket;

const FOLLOW: &str = "subscription ($jobId: ID) { scanProgress(jobId: $jobId) {
    id state phase counts { seen added } root { name } } }";

/// Two films, of which one is held, and a server that is reading it.
fn scanning() -> (Films, Hold, Server) {
    let films = Films::named(&["a.mkv"]);
    films.write("b.mkv", "320 held");
    let hold = Hold::of(&films);
    let server = serve(&films, "films", &[]);
    hold.wait();
    (films, hold, server)
}

/// The ID of the newest scan.
fn newest(server: &Server) -> String {
    let answer = server.ask("{ scanJobs(first: 1) { nodes { id } } }").json();
    answer["data"]["scanJobs"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

/// Asks for another scan of the root.
fn request_scan(server: &Server) -> String {
    let roots = server.ask("{ libraryRoots { id } }").json();
    let root = &roots["data"]["libraryRoots"][0]["id"];
    let answer = server.ask(&format!(
        "mutation {{ scanLibrary(input: {{ rootId: {root} }}) {{ job {{ id }} }} }}"
    ));
    let job = answer.json()["data"]["scanLibrary"]["job"]["id"].take();
    job.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Follows a scan that is reading until it ends, and lets it go on in between.
#[track_caller]
fn follow(job: &str, hold: Hold, mut next: impl FnMut() -> Value) {
    let mut event = || {
        let mut result = next();
        let event = result["data"]["scanProgress"].take();
        assert_eq!(
            (&event["id"], &event["root"]["name"]),
            (&job.into(), &"films".into()),
            "{result}"
        );
        event
    };
    let mut first = event();
    // As it is now, and what it does by now is reported in a moment.
    while first["phase"] != "READING" {
        assert_eq!(first["state"], "RUNNING", "{first}");
        first = event();
    }
    assert_eq!(first["counts"]["seen"], 2, "{first}");
    drop(hold);
    let last = loop {
        let event = event();
        if event["state"] != "RUNNING" {
            break event;
        }
    };
    assert_eq!(last["state"], "SUCCEEDED", "{last}");
    assert_eq!((&last["counts"]["added"], &last["phase"]), (&2.into(), &Value::Null), "{last}");
}

#[test]
fn a_scan_is_followed_over_a_socket_until_it_ends() {
    let (_films, hold, server) = scanning();
    let (job, mut socket) = (newest(&server), Socket::ready(&server));
    socket.subscribe_with("1", FOLLOW, &json!({ "jobId": job }));
    follow(&job, hold, || socket.receive_next("1"));
    assert_eq!(socket.receive(), json!({ "type": "complete", "id": "1" }));
    // What has ended is one event and the end.
    socket.subscribe_with("2", FOLLOW, &json!({ "jobId": job }));
    assert_eq!(socket.receive_next("2")["data"]["scanProgress"]["state"], "SUCCEEDED");
    assert_eq!(socket.receive(), json!({ "type": "complete", "id": "2" }));
}

#[test]
fn all_scans_are_followed_over_a_socket_for_as_long_as_it_is_open() {
    let (_films, hold, server) = scanning();
    let (job, mut socket) = (newest(&server), Socket::ready(&server));
    socket.subscribe("1", FOLLOW);
    follow(&job, hold, || socket.receive_next("1"));
    let next = request_scan(&server);
    loop {
        let event = socket.receive_next("1")["data"]["scanProgress"].take();
        assert_eq!(event["id"], next, "{event}");
        if event["state"] == "SUCCEEDED" {
            break;
        }
    }
}

#[test]
fn a_scan_by_hand_that_was_killed_ends_on_a_server_without_its_root() {
    let films = Films::named(&["a.mkv"]);
    films.scan(&[]).with_code(0);
    let killed =
        "UPDATE scans SET state = 'RUNNING', ended_at = NULL, runner = id, lease_until = 1";
    let library = Connection::open(films.folder.path("library.db")).unwrap();
    assert_eq!(library.execute(killed, ()).unwrap(), 1);
    drop(library);
    let mut command = reelgraph(&["--listen", "127.0.0.1:0"]);
    command.env("REELGRAPH_DATABASE_URL", films.folder.url("library.db"));
    let server = Server::spawn(command);
    let (job, mut socket) = (newest(&server), Socket::ready(&server));
    socket.subscribe_with("1", FOLLOW, &json!({ "jobId": job }));
    loop {
        let event = socket.receive_next("1")["data"]["scanProgress"].take();
        if event["state"] != "RUNNING" {
            assert_eq!(event["state"], "INTERRUPTED", "{event}");
            break;
        }
    }
    assert_eq!(socket.receive(), json!({ "type": "complete", "id": "1" }));
}

#[test]
fn who_waits_for_another_scan_is_informed_without_a_terminal_as_well() {
    let (films, hold, server) = scanning();
    let mut command = films.scanning(&[]);
    command.stderr(Stdio::piped());
    let mut waiting = command.spawn().unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    assert_eq!(line, "waiting for another scan of films to end");
    drop(hold);
    // Once, and then what it did.
    let line = lines.next().unwrap().unwrap();
    assert!(line.starts_with("films ("), "{line}");
    assert!(waiting.wait().unwrap().success());
    drop(server);
}

#[test]
fn a_scan_that_does_not_exist_is_an_error_over_a_socket() {
    let server = Server::start(&[]);
    let mut socket = Socket::ready(&server);
    let unknown = "scan:01a22957-e81e-755b-8fd2-b66f78075dfb";
    socket.subscribe_with("1", FOLLOW, &json!({ "jobId": unknown }));
    let result = socket.receive_next("1");
    assert_eq!(result["errors"][0]["extensions"]["code"], "NOT_FOUND", "{result}");
    assert_eq!(socket.receive(), json!({ "type": "complete", "id": "1" }));
}

/// A stream of events whose head was read.
#[track_caller]
fn events(server: &Server, job: Option<&str>) -> TcpStream {
    let mut stream = server.connect();
    let body = json!({ "query": FOLLOW, "variables": { "jobId": job } }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    read_until(&mut stream, "\r\n\r\n");
    stream
}

/// The result in the next event.
#[track_caller]
fn next_of(stream: &mut TcpStream) -> Value {
    let text = read_until(stream, "\n\n");
    let (_, data) = text.split_once("event: next\ndata: ").unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_scan_is_followed_by_events_until_it_ends() {
    let (_films, hold, server) = scanning();
    let job = newest(&server);
    let mut stream = events(&server, Some(&job));
    follow(&job, hold, || next_of(&mut stream));
    assert!(read_until(&mut stream, "\n\n").ends_with("event: complete\ndata:\n\n"));
    let unknown = Some("scan:01a22957-e81e-755b-8fd2-b66f78075dfb");
    let mut stream = events(&server, unknown);
    let result = next_of(&mut stream);
    assert_eq!(result["errors"][0]["extensions"]["code"], "NOT_FOUND", "{result}");
    assert!(read_until(&mut stream, "\n\n").ends_with("event: complete\ndata:\n\n"));
}

#[test]
fn a_scan_that_changes_all_the_time_is_shown_twice_a_second_at_most() {
    const SHOWN: u32 = 5;
    let (films, hold, server) = scanning();
    let library = films.folder.path("library.db");
    let mut stream = events(&server, Some(&newest(&server)));
    let (begin, is_over) = (Instant::now(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let library = Connection::open(library).unwrap();
            while !is_over.load(Ordering::Relaxed) {
                library.execute_batch(COUNT).unwrap();
            }
        });
        (0..SHOWN).for_each(|_| drop(next_of(&mut stream)));
        is_over.store(true, Ordering::Relaxed);
    });
    // The first one comes at once, and the second one may.
    let least = (SHOWN - 2) * Duration::from_millis(500);
    assert!(begin.elapsed() >= least, "{SHOWN} events in {:?}", begin.elapsed());
    drop(hold);
}

/// Counts another file of a scan that is running.
const COUNT: &str = "BEGIN IMMEDIATE;
    UPDATE scans SET counts = json_set(counts, '$.seen', json_extract(counts, '$.seen') + 1)
        WHERE state = 'RUNNING';
    UPDATE catalogue_revision SET revision = revision + 1;
    COMMIT";
