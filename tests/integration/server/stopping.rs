//! How the server stops: what is in flight is finished, but nothing holds it up for ever.

use std::io::Write;

use crate::support::binary::{Server, half_a_request, read_until};
#[cfg(target_os = "linux")]
use crate::support::shell::in_shell;
use crate::support::socket::Socket;

const BODY: &str = r#"{"query":"{ __typename }"}"#;

#[test]
fn a_stop_finishes_what_is_in_flight() {
    for signal in ["TERM", "INT", "HUP"] {
        let server = Server::start(&["--stop-seconds", "3600"]);
        let mut stream = half_a_request(&server, BODY);
        server.signal(signal);
        server.wait_for_log("stopping");
        stream.write_all(BODY.as_bytes()).unwrap();
        let answer = read_until(&mut stream, "}");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}\n{server}");
        let finished = server.finish().with_code(0);
        assert!(!finished.stderr.contains("aborted the requests"), "{finished}");
    }
}

#[test]
fn a_stop_does_not_wait_for_idle_connections() {
    let server = Server::start(&["--stop-seconds", "3600"]);
    let mut stream = half_a_request(&server, BODY);
    stream.write_all(BODY.as_bytes()).unwrap();
    read_until(&mut stream, r#"{"data":{"__typename":"Query"}}"#);
    server.signal("TERM");
    server.finish().with_code(0);
}

#[test]
fn a_stop_closes_sockets_so_that_clients_come_back() {
    let server = Server::start(&["--stop-seconds", "3600"]);
    let mut following = Socket::ready(&server);
    following.subscribe("1", "subscription { videoChanges(marks: true) { kind } }");
    following.receive_next("1");
    let mut idle = Socket::ready(&server);
    // This one does not answer the Close.
    let _deaf = Socket::ready(&server);
    server.signal("TERM");
    // Not a word of the subscription: it is not complete.
    for socket in [&mut following, &mut idle] {
        assert_eq!(socket.closed(), (1001, "the server is stopping: connect again".to_owned()));
    }
    let finished = server.finish().with_code(0);
    assert!(!finished.stderr.contains("aborted the requests"), "{finished}");
}

#[test]
fn half_a_request_holds_up_a_stop_no_longer_than_the_deadline() {
    for head in ["", "POST /graphql HTTP/1.1\r\nhost: localhost"] {
        let server = Server::start(&["--stop-seconds", "1"]);
        let _in_the_body = half_a_request(&server, BODY);
        let mut in_the_head = server.connect();
        in_the_head.write_all(head.as_bytes()).unwrap();
        server.signal("TERM");
        server.finish().with_code(0).saying("aborted the requests");
    }
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let server = Server::start(&["--stop-seconds", "3600"]);
    let _half = half_a_request(&server, BODY);
    server.signal("TERM");
    server.wait_for_log("stopping");
    server.signal("TERM");
    server.finish().with_code(1).saying("error: a second signal ended the server immediately");
}

#[test]
fn what_was_acknowledged_is_there_after_a_stop() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("library.db").display());
    let add = r#"mutation { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1,
        frameRate: { numerator: 25 }, height: 1, videoCodec: "av1", fileSize: 1 }) {
        userErrors { message } } }"#;
    for expected in [0, 1] {
        let server = Server::start(&["--database-url", &url]);
        let answer = server.ask("{ videos { totalCount } }");
        assert_eq!(answer.json()["data"]["videos"]["totalCount"], expected, "{answer}\n{server}");
        server.ask(add);
        server.signal("TERM");
        server.finish().with_code(0);
    }
}

#[test]
fn signals_that_mean_nothing_to_it_are_ignored() {
    let server = Server::start(&[]);
    for signal in ["USR1", "USR2"] {
        server.signal(signal);
        assert_eq!(server.get("/health/live").status, 200, "{signal}\n{server}");
    }
    server.signal("TERM");
    server.finish().with_code(0).saying("SIGTERM");
}

/// `nohup` starts programs so.
#[test]
#[cfg(target_os = "linux")]
fn a_hang_up_that_is_ignored_at_the_start_stays_ignored() {
    let server = Server::spawn(in_shell("trap '' HUP", &[]));
    server.signal("HUP");
    assert_eq!(server.get("/health/live").status, 200, "{server}");
    server.signal("TERM");
    server.finish().with_code(0).saying("SIGTERM");
}

#[test]
fn a_drain_goes_on_serving_and_is_not_ready() {
    let server = Server::start(&["--drain-seconds", "3600"]);
    server.signal("TERM");
    server.wait_for_log("no longer ready");
    let ready = server.get("/health/ready");
    assert_eq!(ready.status, 503, "{ready}");
    assert_eq!(ready.json()["reason"], "the server is stopping", "{ready}");
    assert_eq!(server.get("/health/live").status, 200, "{server}");
    let answer = server.ask("{ __typename }");
    assert_eq!(answer.status, 200, "{answer}");
    server.signal("TERM");
    server.finish().with_code(1).saying("error: a second signal ended the server immediately");
}

#[test]
fn a_stop_comes_after_the_drain() {
    let server = Server::start(&["--drain-seconds", "1"]);
    server.signal("TERM");
    let finished = server.finish().with_code(0);
    let drain = finished.stderr.find("no longer ready").expect("it drains");
    let end = finished.stderr.find("\"stopped\"").expect("it ends by itself");
    assert!(drain < end, "{finished}");
}

#[test]
fn a_lock_of_another_process_holds_up_a_stop_no_longer_than_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("library.db");
    let url = format!("sqlite:{}", path.display());
    let server = Server::start(&["--database-url", &url, "--stop-seconds", "1"]);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    server.signal("TERM");
    // As long as the lock is held, the library cannot be closed.
    server.finish().with_code(1).saying("-wal");
    drop(other);
}
