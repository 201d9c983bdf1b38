//! How the server starts: what it reports, and what it answers while the library is being opened.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;
use ureq::http::Request;

use crate::support::binary::{PATIENCE, Server, reelgraph};
use crate::support::shell::in_shell;

/// A server that cannot go on with opening its library before the documents are there.
fn opening() -> (TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("documents.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = reelgraph(&["--documents", pipe.to_str().unwrap(), "--metrics", "main"]);
    command.env("REELGRAPH_LISTEN", "127.0.0.1:0").env("REELGRAPH_DATABASE_URL", "memory:");
    (folder, Server::spawn_until("opening the library", command))
}

#[test]
fn the_server_lives_and_is_not_ready_while_the_library_is_being_opened() {
    let (folder, server) = opening();
    let live = server.get("/health/live");
    assert_eq!((live.status, &*live.body), (200, r#"{"status":"live"}"#), "{live}");
    let ready = server.get("/health/ready");
    assert_eq!(ready.status, 503, "{ready}");
    assert_eq!(ready.json()["reason"], "the library is being opened", "{ready}");
    for answer in [server.ask("{ __typename }"), server.get("/"), server.get("/metrics")] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer}");
        assert_eq!(answer.code(), "SERVICE_UNAVAILABLE", "{answer}");
        let extensions = &answer.json()["errors"][0]["extensions"];
        assert_eq!(extensions["retryAfterSeconds"], 1, "{answer}");
    }
    let request = Request::get(server.url("/graphql")).header("x-request-id", "early-42");
    let answer = server.send(request.body(()).unwrap());
    assert_eq!((answer.status, answer.header("x-request-id")), (503, "early-42"), "{answer}");
    let line: Value = serde_json::from_str(&server.wait_for_log("early-42")).unwrap();
    assert_eq!((&line["status"], &line["span"]["client"]), (&503.into(), &"127.0.0.1".into()));
    assert!(!server.get("/").header("x-request-id").is_empty());
    fs::write(folder.path().join("documents.json"), "{}").unwrap();
    server.wait_for_log("\"listening\"");
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(server.get(path).status, 200, "{path}\n{server}");
    }
}

#[test]
fn a_stop_does_not_wait_for_the_library_to_be_open() {
    let (_folder, server) = opening();
    server.signal("TERM");
    server.finish().with_code(0).saying("stopped before the library was open");
}

#[test]
fn a_stop_does_not_wait_for_the_file_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("secret");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = reelgraph(&["--jwt-key-file", pipe.to_str().unwrap()]);
    command.env("REELGRAPH_LISTEN", "127.0.0.1:0").env("REELGRAPH_DATABASE_URL", "memory:");
    let mut server = command.stderr(Stdio::piped()).spawn().unwrap();
    // This is open as soon as the server opens it too.
    let _writer = OpenOptions::new().write(true).open(&pipe).unwrap();
    let killed = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match server.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() < deadline => thread::yield_now(),
            None => {
                server.kill().unwrap();
                panic!("it does not stop");
            }
        }
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_first_lines_have_the_version_and_the_library() {
    let server = Server::start(&[]);
    for part in ["opening the library", "\"listening\""] {
        let line: Value = serde_json::from_str(&server.wait_for_log(part)).unwrap();
        assert_eq!(line["version"], env!("CARGO_PKG_VERSION"), "{line}");
        assert_eq!(line["library"], "memory:", "{line}");
    }
}

#[test]
fn as_many_files_may_be_open_as_the_system_permits() {
    let before = "ulimit -Sn 64; ulimit -Hn 600";
    let server = Server::spawn(in_shell(before, &["--max-connections", "400"]));
    assert_eq!(server.limit("Max open files"), "600", "{server}");
    server.signal("TERM");
    let finished = server.finish().with_code(0);
    assert!(!finished.stderr.contains("the limit on open files is too low"), "{finished}");
    let server = Server::spawn(in_shell(before, &["--max-connections", "401"]));
    let line: Value =
        serde_json::from_str(&server.wait_for_log("the limit on open files is too low")).unwrap();
    assert_eq!((&line["limit"], &line["needed"]), (&600.into(), &601.into()), "{line}");
}
