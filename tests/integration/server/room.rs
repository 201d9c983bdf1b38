//! How much requests may take, each and all together.

use std::io::Write;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Answer, Server, half_a_request, read_until};
use crate::support::socket::Socket;

const BODY: &str = r#"{"query":"{ __typename }"}"#;

#[track_caller]
fn ask_with(server: &Server, accept: &str, body: &Value) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("accept", accept)
        .header("content-type", "application/json");
    server.send(request.body(body.to_string()).unwrap())
}

#[test]
fn one_request_too_many_is_told_to_come_back() {
    let server = Server::start(&["--max-requests=1"]);
    let mut socket = Socket::ready(&server);
    let mut first = half_a_request(&server, BODY);
    let refused = server.ask("{ __typename }");
    assert_eq!((refused.status, &*refused.code()), (503, "OVERLOADED"), "{refused}");
    assert_eq!(refused.header("retry-after"), "1", "{refused}");
    assert!(refused.body.contains("maximum of 1 requests in flight"), "{refused}");
    socket.subscribe("1", "{ __typename }");
    let refused = socket.receive();
    assert_eq!(refused["payload"][0]["extensions"]["code"], "OVERLOADED", "{refused}");
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(server.get(path).status, 200);
    }
    first.write_all(BODY.as_bytes()).unwrap();
    read_until(&mut first, "}}");
    assert_eq!(server.ask("{ __typename }").status, 200);
}

#[test]
fn subscriptions_have_places_of_their_own() {
    let server = Server::start(&["--max-requests=1"]);
    let mut stream = server.connect();
    let query = r#"{"query":"subscription { videoChanges(marks: true) { kind } }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: text/event-stream\r\ncontent-length: {}\r\n\r\n{query}",
        query.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    read_until(&mut stream, "CAUGHT_UP");
    let mut socket = Socket::ready(&server);
    socket.subscribe("1", "subscription { videoChanges(marks: true) { kind } }");
    socket.receive_next("1");
    assert_eq!(server.ask("{ __typename }").status, 200);
}

#[test]
fn an_answer_that_is_too_long_is_refused() {
    let server = Server::start(&["--sample", "--max-answer-bytes=1024"]);
    let long = "{ videos(first: 100) { nodes { id path } } }";
    let refused = server.ask(long);
    assert_eq!((refused.status, &*refused.code()), (200, "ANSWER_TOO_LARGE"), "{refused}");
    assert!(refused.body.contains("the limit of 1024 bytes"), "{refused}");
    assert_eq!(refused.json()["data"], Value::Null, "{refused}");
    let events = ask_with(&server, "text/event-stream", &json!({ "query": long }));
    assert!(events.body.contains("ANSWER_TOO_LARGE"), "{events}");
    let mut socket = Socket::ready(&server);
    socket.subscribe("1", long);
    let refused = socket.receive_next("1");
    assert_eq!(refused["errors"][0]["extensions"]["code"], "ANSWER_TOO_LARGE", "{refused}");
    let short = server.ask("{ videos(first: 1) { nodes { id } } }");
    assert!(short.json()["data"]["videos"]["nodes"][0]["id"].is_string(), "{short}");
}

#[test]
fn a_mutation_whose_answer_is_too_long_is_carried_out_and_says_so() {
    let server = Server::start(&["--max-answer-bytes=1024"]);
    let path = "x".repeat(2_000);
    let answer = server.ask(&format!(
        "mutation {{ addVideo(input: {{ path: {path:?}, durationFrames: 1, width: 1,
            frameRate: {{ numerator: 25 }}, height: 1, videoCodec: \"av1\", fileSize: 1 }})
            {{ video {{ path }} }} }}"
    ));
    assert_eq!((answer.status, &*answer.code()), (200, "ANSWER_TOO_LARGE"), "{answer}");
    assert!(answer.body.contains("a mutation has been executed nevertheless"), "{answer}");
    let count = server.ask("{ videos { totalCount } }");
    assert_eq!(count.json()["data"]["videos"]["totalCount"], 1, "{count}");
}

/// Adds videos in whose paths text can be looked for as slowly as SQLite knows how.
fn add_monotonous(server: &Server) {
    let videos: Vec<Value> = (0..1_000)
        .map(|number| {
            json!({
                "path": format!("{}/{number}", "a".repeat(4_000)), "durationFrames": 1, "width": 1,
                "height": 1, "frameRate": { "numerator": 25 }, "videoCodec": "av1", "fileSize": 1,
            })
        })
        .collect();
    let query = "mutation($input: AddVideosInput!) {
        addVideos(input: $input) { userErrors { message } } }";
    let body = json!({ "query": query, "variables": { "input": { "videos": videos } } });
    let answer = ask_with(server, "application/json", &body);
    assert_eq!(answer.json()["data"]["addVideos"]["userErrors"], json!([]), "{answer}");
}

#[test]
fn a_query_that_takes_too_long_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let library = format!("--database-url=sqlite:{}", folder.path().join("r.db").display());
    let server = Server::start(&[
        &library,
        "--max-body-bytes=10000000",
        "--request-timeout-seconds=1",
        "--read-timeout-seconds=3600",
    ]);
    add_monotonous(&server);
    let parts: Vec<Value> = (0..200)
        .map(|number| json!({ "path": { "contains": format!("{}{number}", "a".repeat(2_000)) } }))
        .collect();
    let query = "query($filter: VideoFilter) { videos(filter: $filter) { totalCount } }";
    let body = json!({ "query": query, "variables": { "filter": { "or": parts } } });
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = ask_with(&server, accept, &body);
        assert_eq!((answer.status, &*answer.code()), (504, "TIMEOUT"), "{answer}");
        assert!(answer.body.contains("timed out after 1 s"), "{answer}");
    }
}
