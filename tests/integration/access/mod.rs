//! Who may do what: keys, tokens, those who show neither, and when a server dares to start.

mod keys;
mod refusals;
mod roles;
mod secrets;
mod starting;
mod streams;
mod tokens;
mod viewer;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use ureq::http::Request;

use crate::support::binary::{Answer, Finished, PATIENCE, Server, reelgraph};

/// What every role may ask.
const READ: &str = "{ videos { totalCount } }";

/// What editors may ask.
const WRITE: &str = "mutation { addVideo(input: { path: \"/a.mkv\", durationFrames: 1, width: 1,
    frameRate: { numerator: 25 }, height: 1, videoCodec: \"av1\", fileSize: 1 })
    { auditEntry { actor } userErrors { code } } }";

/// A library in a folder of its own, gone at the end of the test.
struct Library(TempDir);

impl Library {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path("library.db").display())
    }

    /// Runs a command on it to its end.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Finished {
        let mut command = reelgraph(arguments);
        command.env("REELGRAPH_DATABASE_URL", self.url());
        Finished::run(command)
    }

    /// A new key.
    #[track_caller]
    fn key(&self, name: &str, role: &str) -> String {
        let made = self.run(&["key", "create", "--name", name, "--role", role]).with_code(0);
        made.stdout.trim_end().to_owned()
    }

    /// Changes it behind the program's back.
    fn sql(&self, sql: &'static str) {
        let connection = rusqlite::Connection::open(self.path("library.db")).unwrap();
        assert_eq!(connection.execute(sql, ()).unwrap(), 1);
    }

    /// Serves it on a free port, where `arguments` do not say otherwise.
    fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = reelgraph(arguments);
        command.env("REELGRAPH_LISTEN", "127.0.0.1:0").env("REELGRAPH_DATABASE_URL", self.url());
        Server::spawn(command)
    }
}

/// Asks a document with this credential; with none where it is empty.
#[track_caller]
fn ask(server: &Server, credential: &str, document: &str) -> Answer {
    let authorization = format!("Bearer {credential}");
    ask_with(server, if credential.is_empty() { "" } else { &authorization }, document)
}

/// Asks a document with this value of `Authorization`; with none where it is empty.
#[track_caller]
fn ask_with(server: &Server, authorization: &str, document: &str) -> Answer {
    let mut request = Request::post(server.url("/graphql"))
        .header("accept", "application/graphql-response+json")
        .header("content-type", "application/json");
    if !authorization.is_empty() {
        request = request.header("authorization", authorization);
    }
    server.send(request.body(json!({ "query": document }).to_string()).unwrap())
}

/// Asks until the answer has this status: what other processes do is not noticed at once.
#[track_caller]
fn ask_until(server: &Server, credential: &str, status: u16) {
    let begun = Instant::now();
    loop {
        let answer = ask(server, credential, READ);
        if answer.status == status {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}\n{server}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// This key with another last character.
fn almost(key: &str) -> String {
    let (rest, last) = key.split_at(key.len() - 1);
    format!("{rest}{}", if last == "0" { '1' } else { '0' })
}
