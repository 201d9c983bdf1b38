//! GraphQL over Server-Sent Events.
//!
//! Source: [GraphQL over SSE](https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md).

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Answer, Server, read_until};
use crate::support::node::node;

const EVENTS: &str = "text/event-stream";
const CHANGES: &str = "subscription { videoChanges(marks: true) { kind cursor } }";

#[track_caller]
fn post(server: &Server, accept: &str, query: &str) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("accept", accept)
        .header("content-type", "application/json");
    server.send(request.body(json!({ "query": query }).to_string()).unwrap())
}

#[track_caller]
fn get(server: &Server, origin: &str, query: &str) -> Answer {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let request = Request::get(server.url(&format!("/graphql?query={query}")))
        .header("accept", EVENTS)
        .header("origin", origin);
    server.send(request.body(()).unwrap())
}

/// A stream whose head was read.
#[track_caller]
fn follow(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    let body = json!({ "query": CHANGES }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: {EVENTS}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let head = read_until(&mut stream, "\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    stream
}

/// The next result on a stream.
#[track_caller]
fn next(stream: &mut TcpStream) -> Value {
    let text = read_until(stream, "\n\n");
    let (_, data) = text.split_once("event: next\ndata: ").unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_subscription_is_a_stream_of_events() {
    let server = Server::start(&[]);
    let mut stream = follow(&server);
    assert_eq!(next(&mut stream)["data"]["videoChanges"]["kind"], "CAUGHT_UP");
    for path in ["/a.mkv", "/b.mkv"] {
        server.ask(&format!(
            "mutation {{ addVideo(input: {{ path: {path:?}, durationFrames: 1, width: 1,
                frameRate: {{ numerator: 25 }}, height: 1, videoCodec: \"av1\", fileSize: 1 }})
                {{ video {{ id }} }} }}"
        ));
        assert_eq!(next(&mut stream)["data"]["videoChanges"]["kind"], "CHANGE");
    }
}

#[test]
fn whatever_is_answered_at_once_is_one_event_and_the_end() {
    let server = Server::start(&[]);
    for (query, result) in [
        ("{ __typename }", json!({ "data": { "__typename": "Query" } })),
        ("mutation { __typename }", json!({ "data": { "__typename": "Mutation" } })),
    ] {
        let answer = post(&server, EVENTS, query);
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("content-type"), EVENTS, "{answer}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{answer}");
        let expected = format!("event: next\ndata: {result}\n\nevent: complete\ndata:\n\n");
        assert_eq!(answer.body, expected, "{answer}");
    }
    let own = server.url("");
    assert!(get(&server, &own, "{ __typename }").body.ends_with("event: complete\ndata:\n\n"));
}

#[test]
fn what_is_refused_is_told_in_an_event() {
    let server = Server::start(&["--max-subscriptions=0"]);
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (CHANGES, "TOO_MANY_SUBSCRIPTIONS"),
    ] {
        // Where it is refused for its document, there is room for it in any case.
        let server =
            if code == "GRAPHQL_VALIDATION_FAILED" { &Server::start(&[]) } else { &server };
        let answer = post(server, EVENTS, query);
        assert_eq!(answer.status, 200, "{answer}");
        let data = answer.body.strip_prefix("event: next\ndata: ");
        let data = data.and_then(|data| data.strip_suffix("\n\nevent: complete\ndata:\n\n"));
        let data: Value = serde_json::from_str(data.unwrap_or_else(|| panic!("{answer}"))).unwrap();
        assert_eq!(data["errors"][0]["extensions"]["code"], code, "{answer}");
        assert!(data.get("data").is_none(), "{answer}");
    }
}

#[test]
fn a_client_that_reads_both_gets_events_for_subscriptions_alone() {
    let server = Server::start(&[]);
    let both = "application/graphql-response+json, application/json, text/event-stream";
    let answer = post(&server, both, "{ __typename }");
    assert_eq!(answer.json()["data"]["__typename"], "Query", "{answer}");
    // It ends at once, so that the whole of it can be read.
    let ended = "subscription { videoChanges(after: \"nonsense\") { cursor } }";
    let answer = post(&server, both, ended);
    assert_eq!(answer.header("content-type"), EVENTS, "{answer}");
    assert!(answer.body.contains("INVALID_CURSOR"), "{answer}");
    assert!(answer.body.ends_with("event: complete\ndata:\n\n"), "{answer}");
    for accept in ["application/json", "*/*"] {
        let answer = post(&server, accept, CHANGES);
        assert_eq!((answer.status, &*answer.code()), (406, "NOT_ACCEPTABLE"), "{answer}");
        assert!(answer.body.contains(EVENTS), "{answer}");
    }
}

#[test]
fn by_get_there_are_neither_mutations_nor_pages_of_other_sites() {
    let server = Server::start(&["--allowed-origins=https://films.example"]);
    let own = server.url("");
    let answer = get(&server, &own, "mutation { __typename }");
    assert_eq!((answer.status, &*answer.code()), (405, "METHOD_NOT_ALLOWED"), "{answer}");
    assert_eq!(get(&server, "https://films.example", "{ __typename }").status, 200);
    for query in ["{ __typename }", CHANGES] {
        let answer = get(&server, "https://evil.example", query);
        assert_eq!((answer.status, &*answer.code()), (403, "FORBIDDEN"), "{answer}");
        assert!(answer.body.contains("--allowed-origins"), "{answer}");
    }
}

#[test]
fn an_idle_stream_gives_signs_of_life() {
    let server = Server::start(&["--keep-alive-seconds=1"]);
    let mut stream = follow(&server);
    next(&mut stream);
    for _ in 0..2 {
        assert!(read_until(&mut stream, "\n\n").ends_with("\r\n:\n\n"));
    }
}

#[test]
fn a_stop_ends_streams_without_a_complete() {
    let server = Server::start(&["--stop-seconds=3600"]);
    let mut stream = follow(&server);
    next(&mut stream);
    server.signal("TERM");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    // The end of the body and nothing else.
    assert_eq!(rest, "\r\n0\r\n\r\n", "{server}");
    server.finish().with_code(0);
}

/// Adds a video.
#[track_caller]
fn add(server: &Server, path: &str) {
    let answer = server.ask(&format!(
        "mutation {{ addVideo(input: {{ path: {path:?}, durationFrames: 1, width: 1,
            frameRate: {{ numerator: 25 }}, height: 1, videoCodec: \"av1\", fileSize: 1 }})
            {{ video {{ id }} }} }}"
    ));
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
}

/// A stream of this subscription for a client that comes back with this ID.
#[track_caller]
fn resume(server: &Server, id: &str, query: &str) -> TcpStream {
    let mut stream = server.connect();
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let head = format!(
        "GET /graphql?query={query} HTTP/1.1\r\nhost: localhost\r\naccept: {EVENTS}\r\n\
         last-event-id: {id}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    read_until(&mut stream, "\r\n\r\n");
    stream
}

/// The ID of the next event on a stream, and its result.
#[track_caller]
fn next_with_id(stream: &mut TcpStream) -> (String, Value) {
    let text = read_until(stream, "\n\n");
    let event =
        text.split_once("id: ").and_then(|(_, rest)| rest.split_once("\nevent: next\ndata: "));
    let (id, data) = event.unwrap_or_else(|| panic!("{text}"));
    (id.to_owned(), serde_json::from_str(data).unwrap())
}

#[test]
fn each_event_has_its_cursor_as_its_id() {
    let server = Server::start(&[]);
    let mut stream = follow(&server);
    for kind in ["CAUGHT_UP", "CHANGE"] {
        let (id, event) = next_with_id(&mut stream);
        let event = &event["data"]["videoChanges"];
        assert_eq!((&event["kind"], &event["cursor"]), (&kind.into(), &id.into()));
        add(&server, &format!("/{kind}.mkv"));
    }
    // Also where the document does not ask for it.
    let mut stream = resume(&server, "", "subscription { videoChanges(marks: true) { kind } }");
    let (id, event) = next_with_id(&mut stream);
    assert_eq!(event["data"]["videoChanges"], json!({ "kind": "CAUGHT_UP" }));
    assert!(!id.is_empty());
    // An operation that is no subscription has no events to go on from.
    assert!(!post(&server, EVENTS, "{ __typename }").body.contains("id:"));
}

#[test]
fn a_client_goes_on_behind_the_last_event_that_it_got() {
    let server = Server::start(&[]);
    let mut stream = follow(&server);
    let (beginning, _) = next_with_id(&mut stream);
    drop(stream);
    for path in ["/a.mkv", "/b.mkv"] {
        add(&server, path);
    }
    let entry = "auditEntry { changes { field new } }";
    let query = format!("subscription {{ videoChanges(after: \"nonsense\") {{ {entry} }} }}");
    let path = |event: &Value| {
        let changes = event["data"]["videoChanges"]["auditEntry"]["changes"].as_array().unwrap();
        let path = changes.iter().find(|change| change["field"] == "path").unwrap();
        path["new"].as_str().unwrap().to_owned()
    };
    // The ID stands for the cursor in the document, with which the first attempt was made.
    let mut stream = resume(&server, &beginning, &query);
    let (first, event) = next_with_id(&mut stream);
    assert!(path(&event).contains("/a.mkv"), "{event}");
    let mut stream = resume(&server, &first, &query);
    let (_, event) = next_with_id(&mut stream);
    assert!(path(&event).contains("/b.mkv"), "{event}");

    let mut stream = resume(&server, "nonsense", CHANGES);
    let refused = next(&mut stream);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "INVALID_CURSOR", "{refused}");
}

#[test]
#[cfg_attr(
    not(all(chromium, node)),
    ignore = "needs Node.js and Chromium, one of which was missing when this was built"
)]
fn a_browser_reconnects_by_itself_and_loses_nothing() {
    let server = Server::start(&[]);
    node("explorer", &["eventsource.mjs", &server.url("/graphql")]).with_code(0);
}
