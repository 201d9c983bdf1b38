//! The clients of `docs/clients.md`: each one lists, searches, changes and follows a library.

mod documents;
mod embedded;
pub mod kit;
mod python;
mod rust;
mod typescript;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::cable::Cable;
use crate::support::client::Client;
use crate::support::folder::Folder;
use crate::support::refusing::Refusing;

/// More than two pages of twenty.
const FILMS: usize = 45;

/// The folder of the clients in a language.
fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphql-clients").join(language)
}

/// Puts the schema where the clients in a language expect it.
fn write_schema(language: &str) {
    let schema = Finished::run(reelgraph(&["schema"])).with_code(0).stdout;
    fs::write(folder(language).join("schema.graphql"), schema).unwrap();
}

/// A served library that is open to those with a key, with [`FILMS`] films and as many others.
struct Library {
    server: Server,
    key: String,
    _folder: Folder,
}

impl Library {
    fn new() -> Self {
        let folder = Folder::new();
        let created = folder.run("a.db", &["key", "create", "--name=lucy", "--role=editor"]);
        let key = created.with_code(0).stdout.trim_end().to_owned();
        let mut command = reelgraph(&["--listen=127.0.0.1:0"]);
        command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
        let library = Self { server: Server::spawn(command), key, _folder: folder };
        let films = (0..FILMS).map(|number| format!("/films/A Common Name {number:02}.mkv"));
        let others = (0..FILMS).map(|number| format!("/others/{number:02}.mkv"));
        library.add(&films.chain(others).map(|path| video(&path)).collect::<Vec<_>>());
        library
    }

    /// Has a client use it at this address.
    fn open_to(&self, command: &mut Command, url: &str) {
        command.env("API_URL", url).env("API_KEY", &self.key);
    }

    #[track_caller]
    fn ask(&self, document: &str, variables: &Value) -> Value {
        let request = Request::post(self.server.url("/graphql"))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        let body = json!({ "query": document, "variables": variables }).to_string();
        let answer = self.server.send(request.body(body).unwrap());
        let mut answered = answer.json();
        assert_eq!(answered["errors"], Value::Null, "{answer}");
        answered["data"].take()
    }

    fn add(&self, videos: &[Value]) {
        const ADD: &str = "mutation($input: AddVideosInput!) {
            addVideos(input: $input) { userErrors { message } }
        }";
        let added = self.ask(ADD, &json!({ "input": { "videos": videos } }));
        assert_eq!(added["addVideos"]["userErrors"], json!([]));
    }

    /// The lines that a client prints of all films and of the first matches of a search.
    fn expected_lists(&self) -> Vec<String> {
        let lists = self.ask(
            r#"{
                listed: videos(first: 100, filter: { path: { startsWith: "/films/" } }) {
                    nodes { path }
                }
                found: searchVideos(query: "common", first: 20) { nodes { path } }
            }"#,
            &Value::Null,
        );
        let lines = |what: &str| {
            let nodes = lists[what]["nodes"].as_array().unwrap().clone();
            let what = what.to_owned();
            nodes.into_iter().map(move |node| format!("{what} {}", node["path"].as_str().unwrap()))
        };
        lines("listed").chain(lines("found")).collect()
    }

    /// The lines that a client prints of the newest changes, oldest first.
    fn expected_changes(&self, count: usize) -> Vec<String> {
        const LOG: &str = "query($count: Int) { auditEntries(first: $count) { nodes { id } } }";
        let log = self.ask(LOG, &json!({ "count": count }));
        let entries = log["auditEntries"]["nodes"].as_array().unwrap();
        entries
            .iter()
            .rev()
            .map(|entry| format!("changed {}", entry["id"].as_str().unwrap()))
            .collect()
    }
}

fn video(path: &str) -> Value {
    json!({
        "path": path, "durationFrames": 5_000_000_000_i64, "frameRate": { "numerator": 25 },
        "width": 1, "height": 1, "videoCodec": "av1", "fileSize": 1, "thumbnailPath": "/a.jpg",
    })
}

/// Holds a client, run by this command, to what `docs/clients.md` says that it does.
#[track_caller]
fn hold_to_the_document(library: &Library, mut command: Command) {
    let cable = Cable::new(library.server.address());
    library.open_to(&mut command, &cable.url("/graphql"));
    let moved = library.ask(r#"{ videoByPath(path: "/others/00.mkv") { id } }"#, &Value::Null);
    let id = moved["videoByPath"]["id"].as_str().unwrap();
    command.args([id, "/others/01.mkv", "/others/moved.mkv"]);
    let mut expected = library.expected_lists();
    assert_eq!(expected.len(), FILMS + 20);
    expected.extend(
        ["refused PATH_TAKEN input.path", "updated /others/moved.mkv", "following"]
            .map(str::to_owned),
    );

    let client = Client::start(command);
    client.wait_for("following");
    follow_over_an_interruption(library, &cable, &client);
    expected.extend(library.expected_changes(5));
    let mut lines = client.lines();
    // Each connection catches up; where among the changes depends on when it is there.
    let mut connections = 0;
    lines.retain(|line| {
        connections += usize::from(line == "following");
        line != "following" || connections == 1
    });
    assert_eq!(lines, expected, "{client}");
    let video = library
        .ask("query($id: ID!) { video(id: $id) { path thumbnailPath } }", &json!({ "id": id }));
    assert_eq!(video["video"], json!({ "path": "/others/moved.mkv", "thumbnailPath": "/a.jpg" }));
}

/// Makes five changes: before, during and after an interruption, at whose end the library is away, and waits
/// for the last one.
#[track_caller]
fn follow_over_an_interruption(library: &Library, cable: &Cable, client: &Client) {
    library.add(&[video("/new/1.mkv")]);
    client.wait_for(&library.expected_changes(1)[0]);
    cable.cut();
    library.add(&[video("/new/2.mkv"), video("/new/3.mkv")]);
    library.add(&[video("/new/4.mkv")]);
    let away = Refusing::start();
    cable.mend_to(away.address());
    away.wait();
    cable.cut();
    cable.mend_to(library.server.address());
    library.add(&[video("/new/5.mkv")]);
    client.wait_for(&library.expected_changes(1)[0]);
}
