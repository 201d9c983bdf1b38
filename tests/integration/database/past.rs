//! `reelgraph export --at` and `reelgraph diff`, on every store.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Library, SAMPLE, in_each_store};
use crate::support::binary::Server;

in_each_store! {
    an_export_of_a_moment_is_the_export_that_was_made_then,
    what_differs_between_two_moments_is_listed_by_id,
    a_moment_that_cannot_be_shown_is_refused_in_a_sentence,
    moments_are_read_beside_a_server,
    what_is_written_during_an_export_of_a_moment_is_not_in_it,
}

const ID: &str = "c78bce5b-65ee-4465-bf77-675b13c4be39";
/// What is said of text that is not a moment.
const WHY: &str = "is not a moment: give a time such as 2026-11-28T12:00:00Z";
const OTHER: &str = "d78bce5b-65ee-4465-bf77-675b13c4be39";

/// A mutation in which all fields are checked to have succeeded.
fn mutate(server: &Server, fields: &str) {
    let answer = server.ask(&format!("mutation {{ {fields} }}")).json();
    let all = answer["data"].as_object().unwrap_or_else(|| panic!("{answer}"));
    for (name, payload) in all {
        assert_eq!(payload["userErrors"], json!([]), "{name}: {answer}");
    }
}

fn add(server: &Server, id: &str, path: &str) {
    let values = "durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1, videoCodec: \"h264\", fileSize: 1";
    mutate(
        server,
        &format!(
            "addVideo(input: {{ id: \"{id}\", path: {path:?}, {values} }}) {{ userErrors {{ code }} }}"
        ),
    );
}

fn update(server: &Server, id: &str, fields: &str) {
    mutate(
        server,
        &format!("updateVideo(input: {{ id: \"{id}\", {fields} }}) {{ userErrors {{ code }} }}"),
    );
}

fn delete(server: &Server, id: &str) {
    mutate(server, &format!("deleteVideo(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }}"));
}

/// The cursor and the time of the newest change.
fn newest(server: &Server) -> [String; 2] {
    let answer =
        server.ask("{ libraryAt(at: { time: \"9999-01-01T00:00:00Z\" }) { cursor time } }");
    let moment = &answer.json()["data"]["libraryAt"];
    [&moment["cursor"], &moment["time"]].map(|it| it.as_str().unwrap().to_owned())
}

fn export(library: &Library, arguments: &[&str]) -> String {
    library.run(&[&["export"], arguments].concat()).with_code(0).stdout
}

/// IDs of the sample, from all over it.
fn some_ids(exported: &str) -> Vec<String> {
    let id = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    exported.lines().step_by(97).map(id).collect()
}

fn an_export_of_a_moment_is_the_export_that_was_made_then(library: &Library) {
    library.run(&["import", SAMPLE]).with_code(0);
    let server = library.serve(&[]);
    add(&server, ID, "/films/ran.mkv");
    let before = export(library, &[]);
    assert_eq!(before.lines().count(), 1001);
    let [cursor, time] = newest(&server);

    let ids = some_ids(&before);
    for (place, id) in ids.iter().enumerate() {
        match place % 3 {
            0 => delete(&server, id),
            1 => update(&server, id, "videoCodec: \"av1\", audioCodec: null"),
            _ => update(&server, id, &format!("path: \"/moved/{place}\"")),
        }
    }
    add(&server, OTHER, "/films/new.mkv");
    delete(&server, ID);
    let after = export(library, &[]);
    assert_ne!(after, before);
    for at in [&cursor, &time] {
        assert!(export(library, &["--at", at]) == before, "{at}");
    }
    let [cursor, time] = newest(&server);
    for at in [&cursor, &time, "9999-01-01T00:00:00Z"] {
        assert!(export(library, &["--at", at]) == after, "{at}");
    }
    assert_eq!(export(library, &["--at", "1990-01-01T00:00:00Z"]), "");

    let file = library.folder.path("then.ndjson");
    let arguments = ["export", "--at", &time, file.to_str().unwrap()];
    let count = after.lines().count();
    library.run(&arguments).with_code(0).saying(&format!("{count} videos written to "));
    assert!(std::fs::read_to_string(&file).unwrap() == after);
}

fn what_differs_between_two_moments_is_listed_by_id(library: &Library) {
    library.run(&["migrate"]).with_code(0);
    let server = library.serve(&[]);
    add(&server, ID, "/films/ran.mkv");
    let [first, _] = newest(&server);
    update(&server, ID, "videoCodec: \"a\\u001b[2Jv1\"");
    add(&server, OTHER, "/films/\u{9b}new.mkv");
    let [second, _] = newest(&server);
    delete(&server, ID);
    update(&server, OTHER, "width: 2");

    let text = library.run(&["diff", &first, &second]).with_code(0).stdout;
    let expected = format!(
        "UPDATED  {ID}  /films/ran.mkv\n    videoCodec: \"h264\" -> \"a\\u001b[2Jv1\"\n\
         ADDED  {OTHER}  /films/\\u{{9b}}new.mkv\n1 added, 1 updated, 0 deleted.\n"
    );
    assert_eq!(text, expected);
    let text = library.run(&["diff", &second]).with_code(0).stdout;
    let expected = format!(
        "DELETED  {ID}  /films/ran.mkv\nUPDATED  {OTHER}  /films/\\u{{9b}}new.mkv\n    width: 1 -> 2\n\
         0 added, 1 updated, 1 deleted.\n"
    );
    assert_eq!(text, expected);
    let nothing = library.run(&["diff", &second, &second]).with_code(0).stdout;
    assert_eq!(nothing, "0 added, 0 updated, 0 deleted.\n");
    let all = library.run(&["diff", "1990-01-01T00:00:00Z", &first]).with_code(0).stdout;
    assert_eq!(all, format!("ADDED  {ID}  /films/ran.mkv\n1 added, 0 updated, 0 deleted.\n"));

    let lines = library.run(&["diff", "--json", &first]).with_code(0).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let now: Value = serde_json::from_str(&export(library, &[])).unwrap();
    let then: Value = serde_json::from_str(&export(library, &["--at", &first])).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["before"], then);
    assert_eq!(lines[0]["after"], Value::Null);
    assert_eq!([&lines[1]["videoId"], &lines[1]["after"]], [&json!(OTHER), &now]);
    let width = json!({ "field": "width", "old": null, "new": 2 });
    assert!(lines[1]["changes"].as_array().unwrap().contains(&width), "{}", lines[1]);

    let why = format!("{second} is later than the second moment: swap the two");
    library.run(&["diff", &second, &first]).with_code(1).saying(&why);
    let (late, early) = ("9999-01-02T00:00:00Z", "9999-01-01T00:00:00Z");
    library.run(&["diff", late, early]).with_code(1).saying("swap the two");
}

fn a_moment_that_cannot_be_shown_is_refused_in_a_sentence(library: &Library) {
    library
        .run(&["export", "--at", "2026-11-28T12:00:00Z"])
        .with_code(1)
        .saying("there is no library");
    library.run(&["diff", "2026-11-28T12:00:00Z"]).with_code(1).saying("there is no library");
    library.run(&["diff"]).with_code(2).saying("<FROM>");
    for text in
        ["yesterday", "2026-11-28", "2026-11-28T12:00:00", "BNAP0OC0oQif5w01", "", "\u{1b}[2J"]
    {
        for arguments in [
            &["export", "--at", text][..],
            &["diff", text],
            &["diff", "1990-01-01T00:00:00Z", text],
        ] {
            let run = library.run(arguments).with_code(1).saying(WHY);
            assert!(!run.stderr.contains('\u{1b}'), "{run}");
        }
    }
    library.run(&["migrate"]).with_code(0);
    for arguments in [
        &["export", "--at", "2026-11-28T12:00:00Z"][..],
        &["diff", "--json", "2026-11-28T12:00:00Z"],
    ] {
        assert_eq!(library.run(arguments).with_code(0).stdout, "");
    }
    let of_another = "BNAP0OC0oQif5w00";
    for arguments in [["export", "--at", of_another].as_slice(), &["diff", of_another]] {
        let why = "is not in this library, which is another one or was restored";
        library.run(arguments).with_code(1).saying(why);
    }
    let server = library.serve(&[]);
    add(&server, ID, "/films/ran.mkv");
    let [cursor, _] = newest(&server);
    update(&server, ID, "width: 2");
    update(&server, ID, "width: 3");
    for arguments in [["export", "--at", &cursor].as_slice(), &["diff", &cursor]] {
        let arguments = [arguments, &["--max-moment-changes", "1"]].concat();
        let why = format!(
            "2 changes have been made since {cursor}, more than the maximum of 1: raise it with --max-moment-changes"
        );
        library.run(&arguments).with_code(1).saying(&why);
    }
}

fn moments_are_read_beside_a_server(library: &Library) {
    library.run(&["migrate"]).with_code(0);
    let server = library.serve(&[]);
    add(&server, ID, "/films/ran.mkv");
    let [mut last, _] = newest(&server);
    for width in 2..5 {
        update(&server, ID, &format!("width: {width}"));
        let listed = library.run(&["diff", &last]).with_code(0).stdout;
        assert!(listed.contains(&format!("    width: {} -> {width}\n", width - 1)), "{listed}");
        let then = export(library, &["--at", &last]);
        assert!(then.contains(&format!("\"width\":{},", width - 1)), "{then}");
        last = newest(&server)[0].clone();
    }
}

fn what_is_written_during_an_export_of_a_moment_is_not_in_it(library: &Library) {
    library.run(&["import", SAMPLE]).with_code(0);
    let server = library.serve(&[]);
    add(&server, ID, "/films/ran.mkv");
    add(&server, OTHER, "/films/new.mkv");
    let before = export(library, &[]);
    let mut command = library.command(&["export", "--at", "9999-01-01T00:00:00Z"]);
    let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(running.stdout.take().unwrap());
    let mut exported = String::new();
    output.read_line(&mut exported).unwrap();
    // The first thousand do not fit into the pipe, so these are read only now.
    delete(&server, ID);
    update(&server, OTHER, "width: 2");
    output.read_to_string(&mut exported).unwrap();
    assert!(running.wait().unwrap().success());
    assert!(exported == before, "{}", exported.lines().count());
}
