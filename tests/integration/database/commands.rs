//! The commands, and serving, on every store.

use std::fs;

use serde_json::json;

use super::{Library, SAMPLE, in_each_store, number};
use crate::support::binary::{Finished, reelgraph};
use crate::support::process::Process;

in_each_store! {
    records_go_in_and_come_out_the_same,
    commands_that_read_expect_a_library_and_create_none,
    keys_are_created_listed_and_revoked,
    a_server_changes_the_library_and_answers,
    several_processes_create_one_library,
}

fn records_go_in_and_come_out_the_same(library: &Library) {
    library.run(&["migrate"]).with_code(0);
    let empty = library.run(&["check"]).with_code(0);
    assert_eq!(empty.stdout, "The library is sound: 0 videos, 0 audit entries.\n");

    let model = Library::in_file();
    model.run(&["import", SAMPLE]).with_code(0);
    let records = model.folder.path("records.ndjson");
    let file = records.to_str().unwrap();
    model.run(&["export", file]).with_code(0);

    library.run(&["import", file]).with_code(0).saying("1000 added, 0 updated, 0 unchanged");
    library.run(&["import", file]).with_code(0).saying("0 added, 0 updated, 1000 unchanged");
    assert!(library.run(&["export"]).with_code(0).stdout == fs::read_to_string(file).unwrap());
    let exported = library.folder.path("exported.ndjson");
    library.run(&["export", exported.to_str().unwrap()]).with_code(0).saying("1000 videos");
    assert!(fs::read(exported).unwrap() == fs::read(records).unwrap());
    let checked = library.run(&["check"]).with_code(0);
    assert_eq!(checked.stdout, "The library is sound: 1000 videos, 1000 audit entries.\n");
}

fn commands_that_read_expect_a_library_and_create_none(library: &Library) {
    for arguments in
        [&["check"][..], &["export"], &["key", "list"], &["key", "revoke", "lucy"], &["check"]]
    {
        library.run(arguments).with_code(1).saying("there is no library");
    }
}

fn keys_are_created_listed_and_revoked(library: &Library) {
    let create = ["key", "create", "--name", "lucy", "--role", "editor"];
    let key = library.run(&create).with_code(0).stdout;
    library.run(&create).with_code(1).saying("a key named lucy already exists");
    let listed = library.run(&["key", "list"]).with_code(0);
    assert!(listed.stdout.contains("lucy  editor") && listed.stdout.contains("good"), "{listed}");

    let server = library.serve(&[]);
    assert_eq!(server.ask("{ viewer { name } }").status, 401);
    let request = ureq::http::Request::post(server.url("/graphql"))
        .header("authorization", format!("Bearer {}", key.trim_end()))
        .header("content-type", "application/json");
    let body = json!({ "query": "{ viewer { name } }" }).to_string();
    let answer = server.send(request.body(body).unwrap());
    assert_eq!(answer.json()["data"]["viewer"]["name"], "lucy", "{answer}");

    library.run(&["key", "revoke", "lucy"]).with_code(0);
    library.run(&["key", "revoke", "lucy"]).with_code(1).saying("there is no key lucy");
    let listed = library.run(&["key", "list"]).with_code(0);
    assert!(listed.stdout.contains("revoked 2"), "{listed}");
}

fn a_server_changes_the_library_and_answers(library: &Library) {
    let server = library.serve(&[]);
    let added = server.ask(
        r#"mutation { addVideo(input: { path: "/films/Ran.mkv", durationFrames: 1, width: 1,
            frameRate: { numerator: 25 }, height: 1, videoCodec: "av1", fileSize: 1 })
            { video { version } userErrors { code } } }"#,
    );
    assert_eq!(added.json()["data"]["addVideo"]["video"]["version"], 1, "{added}");
    let found = server.ask(r#"{ searchVideos(query: "ran") { nodes { path } totalCount } }"#);
    let expected = json!({ "nodes": [{ "path": "/films/Ran.mkv" }], "totalCount": 1 });
    assert_eq!(found.json()["data"]["searchVideos"], expected, "{found}");
    server.signal("TERM");
    server.finish().with_code(0);
    let checked = library.run(&["check"]).with_code(0);
    assert_eq!(checked.stdout, "The library is sound: 1 video, 1 audit entry.\n");
}

fn several_processes_create_one_library(library: &Library) {
    let started = [(); 4].map(|()| Process::start(library.command(&["migrate"])));
    for Process { command, mut child, stderr, .. } in started {
        let status = child.wait().unwrap();
        assert!(status.success(), "$ {command}\n{}", stderr.text());
    }
    library.run(&["check"]).with_code(0);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn connections_have_the_name_of_the_program() {
    const NAMED: &str = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'reelgraph'";
    let library = Library::in_database();
    let server = library.serve(&[]);
    assert_eq!(server.ask("{ videos { totalCount } }").status, 200);
    assert!(number(&library.url, NAMED) > 0);
}

#[test]
fn help_lists_under_postgresql_only_what_is_for_it() {
    for command in ["serve", "import", "export", "backup", "restore"] {
        let help = Finished::run(reelgraph(&[command, "--help"])).with_code(0).stdout;
        let section = help.split("\nPostgreSQL:\n").nth(1).unwrap().lines();
        let section = section.take_while(|line| line.is_empty() || line.starts_with(' '));
        let flags: Vec<&str> =
            section.filter_map(|line| line.trim_start().strip_prefix("--")).collect();
        assert!(flags.len() >= 4, "{help}");
        for flag in flags {
            assert!(flag.contains("database") || flag.contains("replica"), "{command}: {flag}");
        }
    }
}
