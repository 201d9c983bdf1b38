//! `reelgraph history`, on every store.

use serde_json::{Value, json};

use super::{Library, in_each_store};
use crate::support::binary::Server;

in_each_store! {
    every_version_is_listed_even_of_a_deleted_video,
    a_long_history_is_listed_as_a_whole,
    a_video_is_named_by_its_id_or_by_its_path,
    a_history_is_listed_beside_a_server,
}

const ID: &str = "c78bce5b-65ee-4465-bf77-675b13c4be39";

/// A record for `import`.
fn record(fields: &Value) -> String {
    let mut record = json!({
        "id": ID, "path": "/films/ran.mkv", "durationFrames": 1, "frameRate": { "numerator": 25, "denominator": 1 },
        "width": 1, "height": 1, "videoCodec": "h264", "fileSize": 1,
        "createdAt": "2026-11-28T09:12:44.018223Z", "updatedAt": "2026-11-28T09:12:44.018223Z",
    });
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    format!("{record}\n")
}

fn import(library: &Library, records: &str) {
    let file = library.folder.path("records.ndjson");
    std::fs::write(&file, records).unwrap();
    let arguments = ["import", "--on-conflict", "update", file.to_str().unwrap()];
    library.run(&arguments).with_code(0);
}

/// Sends a mutation with this request ID.
fn mutate(server: &Server, request_id: &str, document: &str) {
    let request = ureq::http::Request::post(server.url("/graphql"))
        .header("content-type", "application/json")
        .header("x-request-id", request_id);
    let body = json!({ "query": document }).to_string();
    let answer = server.send(request.body(body).unwrap());
    assert!(answer.json()["errors"].is_null(), "{answer}");
}

/// A video that is imported, updated by one request and deleted by another.
fn one_history(library: &Library) {
    import(library, &record(&json!({})));
    let server = library.serve(&[]);
    mutate(
        &server,
        "bulk-17",
        &format!(
            "mutation {{ updateVideo(input: {{ id: \"{ID}\", videoCodec: \"av1\", audioCodec: \"aac\" }}) {{ userErrors {{ code }} }} }}"
        ),
    );
    mutate(
        &server,
        "bulk-18",
        &format!(
            "mutation {{ deleteVideo(input: {{ id: \"{ID}\" }}) {{ userErrors {{ code }} }} }}"
        ),
    );
    server.signal("TERM");
    server.finish().with_code(0);
}

fn every_version_is_listed_even_of_a_deleted_video(library: &Library) {
    one_history(library);
    let text = library.run(&["history", ID]).with_code(0).stdout;
    let lines: Vec<&str> = text.lines().collect();
    let heads: Vec<(&str, &str)> = lines
        .iter()
        .filter(|line| !line.starts_with(' '))
        .map(|line| {
            let mut parts = line.splitn(3, "  ");
            let (version, _) = (parts.next().unwrap(), parts.next().unwrap());
            (version, parts.next().unwrap())
        })
        .collect();
    assert_eq!(heads[1..], [("2", "UPDATE  request bulk-17"), ("3", "DELETE  request bulk-18")]);
    assert!(heads[0].0 == "1" && heads[0].1.starts_with("INSERT"), "{text}");
    for line in ["    videoCodec: \"h264\" -> \"av1\"", "    audioCodec: null -> \"aac\""] {
        assert_eq!(lines.iter().filter(|it| **it == line).count(), 1, "{text}");
    }
    let path = "    path: \"/films/ran.mkv\"";
    assert_eq!(lines.iter().filter(|it| **it == path).count(), 2, "{text}");

    let lines = library.run(&["history", "--json", ID]).with_code(0).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    let mut update = lines[1].clone();
    let timestamp = update["timestamp"].take();
    assert!(text.contains(timestamp.as_str().unwrap()), "{text}");
    let expected = json!({
        "id": format!("{ID}:2"), "timestamp": null, "operation": "UPDATE", "entityId": ID,
        "version": 2, "actor": null, "requestId": "bulk-17",
        "changes": [
            { "field": "videoCodec", "old": "h264", "new": "av1" },
            { "field": "audioCodec", "old": null, "new": "aac" },
        ],
    });
    assert_eq!(update, expected);
    let rate =
        json!({ "field": "frameRate", "old": null, "new": { "numerator": 25, "denominator": 1 } });
    assert!(lines[0]["changes"].as_array().unwrap().contains(&rate), "{}", lines[0]);
}

fn a_long_history_is_listed_as_a_whole(library: &Library) {
    let records: String = (1..=1_203).map(|width| record(&json!({ "width": width }))).collect();
    import(library, &records);
    let lines = library.run(&["history", "--json", ID]).with_code(0).stdout;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let versions: Vec<i64> = lines.iter().map(|line| line["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, (1..=1_203).collect::<Vec<i64>>());
    let last = json!([{ "field": "width", "old": 1_202, "new": 1_203 }]);
    assert_eq!(lines[1_202]["changes"], last);
}

fn a_video_is_named_by_its_id_or_by_its_path(library: &Library) {
    library.run(&["history", ID]).with_code(1).saying("there is no library");
    import(library, &record(&json!({})));
    let by_id = library.run(&["history", &ID.to_uppercase()]).with_code(0).stdout;
    let by_path = library.run(&["history", "--path", "/films/ran.mkv"]).with_code(0).stdout;
    assert!(!by_id.is_empty() && by_id == by_path, "{by_id}\n{by_path}");
    let nobody = ID.replace('c', "d");
    let why = format!("there is no video {nobody}, and there never was one");
    library.run(&["history", &nobody]).with_code(1).saying(&why);
    let why = "there is no video at /films now: name the ID of the one that was there";
    library.run(&["history", "--path", "/films"]).with_code(1).saying(why);
    library.run(&["history", "7"]).with_code(2).saying("must be a hyphenated UUID");
    library.run(&["history"]).with_code(2).saying("<ID|--path <PATH>>");
    library.run(&["history", ID, "--path", "/films/ran.mkv"]).with_code(2).saying("cannot be used");
}

fn a_history_is_listed_beside_a_server(library: &Library) {
    import(library, &record(&json!({})));
    let server = library.serve(&[]);
    for width in 2..5 {
        let document = format!(
            "mutation {{ updateVideo(input: {{ id: \"{ID}\", width: {width} }}) {{ userErrors {{ code }} }} }}"
        );
        mutate(&server, "beside", &document);
        let listed = library.run(&["history", ID]).with_code(0).stdout;
        let newest = format!("    width: {} -> {width}\n", width - 1);
        assert!(listed.ends_with(&newest), "{listed}");
    }
}
