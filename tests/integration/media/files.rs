//! Files, whole and in parts, and what happens once they are others.

use std::fs;
use std::io::Read;

use serde_json::{Value, json};

use super::theatre::Theatre;
use crate::scanning::server::ended_scans;
use crate::support::binary::{Answer, read_until};

const ALL: [&str; 2] = ["--serve-files", "all"];

/// A film of many bytes, that ffprobe's stand-in can read.
fn long(bytes: usize) -> String {
    format!("320 long\n{}", "film ".repeat(bytes / 5))
}

#[track_caller]
fn with(theatre: &Theatre, address: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = theatre.request(address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    theatre.server.send(request.body(()).unwrap())
}

#[test]
fn a_file_is_sent_whole_or_in_the_part_that_is_asked_for() {
    let theatre = Theatre::showing(&[("a é.mkv", "320 abcdef")], &ALL);
    let address = theatre.file_url("a é.mkv");
    let whole = theatre.get(&address);
    assert_eq!((whole.status, &*whole.body), (200, "320 abcdef"), "{whole}");
    for (name, expected) in [
        ("content-length", "10"),
        ("content-type", "video/x-matroska"),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-cache"),
        ("content-disposition", "inline; filename*=UTF-8''a%20%C3%A9.mkv"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("vary", ""),
        ("content-encoding", ""),
    ] {
        assert_eq!(whole.header(name), expected, "{name}: {whole}");
    }
    for (range, status, body, content_range) in [
        ("bytes=0-0", 206, "3", "bytes 0-0/10"),
        ("bytes=4-6", 206, "abc", "bytes 4-6/10"),
        ("bytes=8-", 206, "ef", "bytes 8-9/10"),
        ("bytes=8-99", 206, "ef", "bytes 8-9/10"),
        ("bytes=-3", 206, "def", "bytes 7-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=0-1,3-4", 200, "320 abcdef", ""),
        ("bytes=6-4", 200, "320 abcdef", ""),
        ("pages=1-2", 200, "320 abcdef", ""),
    ] {
        let part = with(&theatre, &address, &[("range", range)]);
        assert_eq!((part.status, &*part.body), (status, body), "{part}");
        assert_eq!(part.header("content-range"), content_range, "{part}");
    }
}

#[test]
fn conditions_are_met_by_the_tag_of_the_file_alone() {
    let theatre = Theatre::showing(&[("a.mkv", "320 abcdef")], &ALL);
    let address = theatre.file_url("a.mkv");
    let tag = theatre.get(&address).header("etag").to_owned();
    assert!(tag.starts_with("\"a-"), "{tag}");
    let (weak, other) = (format!("W/{tag}"), "\"a-1\"");
    let range = ("range", "bytes=0-2");
    for (headers, status) in [
        (vec![("if-none-match", &*tag)], 304),
        (vec![("if-none-match", &weak)], 304),
        (vec![("if-none-match", "*"), range], 304),
        (vec![("if-none-match", other)], 200),
        (vec![("if-match", &tag)], 200),
        (vec![("if-match", "*")], 200),
        (vec![("if-match", other)], 412),
        (vec![("if-match", &weak)], 412),
        (vec![("if-range", &tag), range], 206),
        (vec![("if-range", &weak), range], 200),
        (vec![("if-range", other), range], 200),
        (vec![("if-range", "Wed, 21 Oct 2026 07:28:00 GMT"), range], 200),
    ] {
        let answer = with(&theatre, &address, &headers);
        assert_eq!(answer.status, status, "{answer}");
        let tag_is_there = answer.header("etag") == tag;
        assert!(tag_is_there, "{answer}");
    }
    let head = theatre.server.send(
        ureq::http::Request::head(theatre.server.url(&address))
            .header("range", "bytes=0-2")
            .body(())
            .unwrap(),
    );
    // Ranges are defined for GET alone.
    assert_eq!((head.status, head.header("content-length"), &*head.body), (200, "10", ""));
    let post = ureq::http::Request::post(theatre.server.url(&address)).body("").unwrap();
    assert_eq!(theatre.server.send(post).status, 405);
}

#[test]
fn a_file_that_is_another_one_by_now_is_refused_and_its_folder_scanned() {
    let theatre = Theatre::showing(&[("new/a.mkv", "320 a"), ("b.mkv", "320 b")], &ALL);
    let before = theatre.file_url("a.mkv");
    theatre.films.write("new/a.mkv", "640 aa");
    let refused = theatre.get(&before);
    assert_eq!((refused.status, &*refused.code()), (409, "FILE_CHANGED"), "{refused}");
    ended_scans(&theatre.server, 2);
    let scanned = theatre.ask("{ scanJobs(first: 1) { nodes { paths counts { updated } } } }");
    let expected = json!([{ "paths": ["new"], "counts": { "updated": 1 } }]);
    assert_eq!(scanned["scanJobs"]["nodes"], expected);
    // It is the address of what is no longer there, and asking again does not scan again.
    assert_eq!(theatre.get(&before).code(), "FILE_CHANGED");
    let after = theatre.file_url("a.mkv");
    assert_eq!(theatre.get(&after).body, "640 aa");
    assert_eq!(ended_scans(&theatre.server, 2).len(), 2);
}

#[test]
fn a_file_that_is_no_video_any_more_has_no_address_until_it_is_one_again() {
    let theatre = Theatre::showing(&[("a.mkv", "320 a"), ("b.mkv", "320 b")], &ALL);
    let address = theatre.file_url("a.mkv");
    let fields = "availability fileUrl root { problems { nodes { path code } } }";
    theatre.films.write("a.mkv", "rubbish");
    assert_eq!(theatre.get(&address).code(), "FILE_CHANGED");
    ended_scans(&theatre.server, 2);
    let missing = json!({
        "availability": "MISSING", "fileUrl": null,
        "root": { "problems": { "nodes": [{ "path": "a.mkv", "code": "NOT_READABLE_AS_MEDIA" }] } },
    });
    assert_eq!(theatre.video("a.mkv", fields), missing);
    // Whoever still has the address changes nothing about that.
    assert_eq!(theatre.get(&address).code(), "FILE_CHANGED");
    assert_eq!(ended_scans(&theatre.server, 2).len(), 2);

    theatre.films.write("a.mkv", "320 a");
    let id = theatre.ask("{ libraryRoots { id } }")["libraryRoots"][0]["id"].take();
    theatre.ask(&format!(
        "mutation {{ scanLibrary(input: {{ rootId: {id} }}) {{ userErrors {{ message }} }} }}"
    ));
    ended_scans(&theatre.server, 3);
    let healed = json!({
        "availability": "AVAILABLE", "fileUrl": address, "root": { "problems": { "nodes": [] } },
    });
    assert_eq!(theatre.video("a.mkv", fields), healed);
    assert_eq!(theatre.get(&address).body, "320 a");
}

#[test]
fn a_file_that_is_gone_is_not_found_and_one_that_moved_keeps_its_address() {
    let theatre = Theatre::showing(&[("a.mkv", "320 a"), ("b.mkv", "320 b")], &ALL);
    let (gone, moved) = (theatre.file_url("a.mkv"), theatre.file_url("b.mkv"));
    theatre.films.remove("a.mkv");
    theatre.films.rename("b.mkv", "c.mkv");
    let answer = theatre.get(&gone);
    assert_eq!((answer.status, &*answer.code()), (404, "NOT_FOUND"), "{answer}");
    ended_scans(&theatre.server, 2);
    assert_eq!(
        theatre.video("a.mkv", "availability fileUrl"),
        json!({
            "availability": "MISSING", "fileUrl": null,
        })
    );
    assert_eq!(theatre.file_url("c.mkv"), moved);
    assert_eq!(theatre.get(&moved).body, "320 b");
    assert_eq!(theatre.get(&gone).status, 404);
}

#[test]
fn a_disk_that_is_unplugged_marks_nothing_as_missing() {
    let theatre = Theatre::showing(&[("a.mkv", "320 a")], &ALL);
    let address = theatre.file_url("a.mkv");
    let films = theatre.films.folder.path("films");
    fs::rename(&films, theatre.films.folder.path("unplugged")).unwrap();
    theatre.get_until(&address, 404);
    ended_scans(&theatre.server, 2);
    let answer = theatre.get(&address);
    assert_eq!((answer.status, &*answer.code()), (503, "SERVICE_UNAVAILABLE"), "{answer}");
    let fields = "availability missingSince fileUrl";
    let expected = json!({ "availability": "OFFLINE", "missingSince": null, "fileUrl": null });
    assert_eq!(theatre.video("a.mkv", fields), expected);
}

#[test]
fn nobody_gets_a_mixture_of_two_files() {
    let content = long(20_000_000);
    let theatre = Theatre::showing(&[("a.mkv", &content)], &ALL);
    let address = theatre.file_url("a.mkv");
    // One that is written over is broken off, before the new bytes.
    let mut reader = theatre.begin(&address);
    read_until(&mut reader, "\r\n\r\n");
    fs::write(theatre.films.path("a.mkv"), content.replace("film", "FILM")).unwrap();
    let mut rest = Vec::new();
    // The connection may also be reset.
    let _ = reader.read_to_end(&mut rest);
    assert!(rest.len() < content.len(), "{}", rest.len());
    assert!(!rest.windows(4).any(|bytes| bytes == b"FILM"));
    let line = theatre.server.wait_for_log("broke off a file that was being sent");
    assert!(line.contains("\"the file has changed while it was being sent\""), "{line}");
    assert_accounted(&theatre, &line, "INFO", content.len());
}

/// Holds a line about a file that was not sent to its end to what it says, and what it does not.
#[track_caller]
pub(super) fn assert_accounted(theatre: &Theatre, line: &str, level: &str, bytes: usize) {
    let said: Value = serde_json::from_str(line).unwrap();
    let video = theatre.video("a.mkv", "id");
    assert_eq!((&said["level"], &said["video"]), (&json!(level), &video["id"]), "{line}");
    assert_eq!(said["bytes"], bytes, "{line}");
    assert!((1..bytes as u64).contains(&said["sent"].as_u64().unwrap()), "{line}");
    assert!(line.contains("\"request_id\":"), "{line}");
    for secret in ["films", "a.mkv", "v=", "x3"] {
        assert!(!line.contains(secret), "{secret}: {line}");
    }
}

#[test]
fn a_client_that_leaves_is_no_news() {
    let content = long(9_000_000);
    let films = [("a.mkv", &*content)];
    let theatre = Theatre::showing(&films, &[&ALL[..], &["--log-level", "debug"]].concat());
    let address = theatre.file_url("a.mkv");
    assert_eq!(theatre.get(&address).body.len(), content.len());
    let mut reader = theatre.begin(&address);
    read_until(&mut reader, "\r\n\r\n");
    drop(reader);
    let line = theatre.server.wait_for_log("closed while a file was being sent");
    assert_accounted(&theatre, &line, "DEBUG", content.len());
    // Nothing is said of the one who has got all.
    let log = theatre.server.to_string();
    assert_eq!(log.matches("a file was being sent").count(), 1, "{log}");
}

#[test]
fn a_file_that_is_replaced_while_it_is_sent_is_sent_to_its_end() {
    let content = long(20_000_000);
    let theatre = Theatre::showing(&[("a.mkv", &content)], &ALL);
    let mut reader = theatre.begin(&theatre.file_url("a.mkv"));
    read_until(&mut reader, "\r\n\r\n");
    theatre.films.write("b.txt", "640 other");
    theatre.films.rename("b.txt", "a.mkv");
    let mut rest = vec![0; content.len()];
    reader.read_exact(&mut rest).unwrap();
    assert!(rest == content.as_bytes());
}

#[test]
fn what_is_not_served_has_no_address() {
    let films = [("a.mkv", "320 a")];
    let theatre = Theatre::showing(&films, &ALL);
    let address = theatre.file_url("a.mkv");
    let fields = "fileUrl thumbnailUrl(width: 200)";
    let theatre = theatre.restarted(&["--serve-files", "thumbnails"]);
    let video = theatre.video("a.mkv", fields);
    assert_eq!(video["fileUrl"], Value::Null);
    assert!(video["thumbnailUrl"].as_str().unwrap().contains("/320.jpg?v=x3p1:"), "{video}");
    assert_eq!(theatre.get(&address).status, 404);
    let theatre = theatre.restarted(&[]);
    assert_eq!(theatre.video("a.mkv", fields), json!({ "fileUrl": null, "thumbnailUrl": null }));
    assert_eq!(theatre.get(&address).status, 404);
}

#[test]
fn records_without_files_have_no_addresses() {
    let theatre = Theatre::showing(&[("a.mkv", "320 a")], &ALL);
    theatre.ask(
        r#"mutation { addVideo(input: { path: "/x/b.mkv", durationFrames: 1, width: 1, height: 1,
            frameRate: { numerator: 25 }, videoCodec: "av1", fileSize: 1 }) { userErrors { code } } }"#,
    );
    let added = theatre.video("b.mkv", "id fileUrl thumbnailUrl");
    assert_eq!((&added["fileUrl"], &added["thumbnailUrl"]), (&Value::Null, &Value::Null));
    // Nor has it a file at the address that it would have.
    let id = added["id"].as_str().unwrap();
    let v = format!("x3p1:{}", "0".repeat(32));
    let answer = theatre.get(&format!("/files/{id}?v={v}"));
    assert_eq!((answer.status, &*answer.code()), (404, "NOT_FOUND"), "{answer}");
}
