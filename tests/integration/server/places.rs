//! The place of a change, in the answer to its mutation and in the requests after it.

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Answer, Server, reelgraph};
use crate::support::graphql::{ADD, input, input_with};
use crate::support::socket::Socket;

const PLACE: &str = "reelgraph-place";
const JSON: &str = "application/json";

/// Sends a body, in the format that this client accepts and with this place if it is not empty.
#[track_caller]
fn post(server: &Server, accept: &str, place: &str, body: &Value) -> Answer {
    let mut request =
        Request::post(server.url("/graphql")).header("accept", accept).header("content-type", JSON);
    if !place.is_empty() {
        request = request.header(PLACE, place);
    }
    server.send(request.body(body.to_string()).unwrap())
}

fn add(path: &str) -> Value {
    json!({ "query": ADD, "variables": { "input": input(path) } })
}

fn query(document: &str) -> Value {
    json!({ "query": document })
}

/// The end of the log.
#[track_caller]
fn end(server: &Server) -> String {
    let answer = post(server, JSON, "", &query("{ changesCursor }"));
    answer.json()["data"]["changesCursor"].as_str().unwrap().to_owned()
}

/// The place in the header of an answer, which is the one in its extensions.
#[track_caller]
fn place(answer: &Answer) -> String {
    let place = answer.header(PLACE);
    assert_eq!(answer.json()["extensions"], json!({ "place": place }), "{answer}");
    place.to_owned()
}

#[test]
fn a_mutation_returns_the_place_of_its_change_whatever_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let mut stored = reelgraph(&[]);
    stored.env("REELGRAPH_LISTEN", "127.0.0.1:0");
    stored.arg("--database-url");
    stored.arg(format!("sqlite:{}", folder.path().join("library.db").display()));
    for server in [Server::start(&[]), Server::spawn(stored)] {
        let before = end(&server);
        let first = place(&post(&server, JSON, "", &add("/a.mkv")));
        assert_eq!(first, end(&server));
        assert_ne!(first, before);
        let two = "mutation ($a: AddVideoInput!, $b: AddVideoInput!) {
            a: addVideo(input: $a) { video { id } } b: addVideo(input: $b) { video { id } } }";
        let variables = json!({ "a": input("/b.mkv"), "b": input("/c.mkv") });
        let both = post(&server, JSON, "", &json!({ "query": two, "variables": variables }));
        assert_eq!(place(&both), end(&server));
    }
}

#[test]
fn a_mutation_that_changes_nothing_returns_the_place_of_what_it_saw() {
    let server = Server::start(&[]);
    let id = "0192f0c1-7e4b-7000-8000-000000000001";
    let same = json!({ "query": ADD, "variables": { "input": input_with("/a.mkv", json!({ "id": id })) } });
    let added = place(&post(&server, JSON, "", &same));
    post(&server, JSON, "", &add("/b.mkv"));
    for unchanged in [same, add("/a.mkv")] {
        let seen = place(&post(&server, JSON, "", &unchanged));
        assert_eq!(seen, end(&server));
        assert_ne!(seen, added);
    }
}

#[test]
fn what_shows_nothing_of_the_library_has_no_place() {
    let server = Server::start(&[]);
    let invalid =
        json!({ "query": ADD, "variables": { "input": input_with("", json!({ "width": 0 })) } });
    for body in [invalid, query("{ videos { totalCount } }"), query("mutation { a }")] {
        let answer = post(&server, JSON, "", &body);
        assert_eq!((answer.header(PLACE), answer.json().get("extensions")), ("", None), "{answer}");
    }
}

#[test]
fn a_batch_returns_the_place_of_its_last_mutation() {
    let server = Server::start(&["--max-batch=10"]);
    let count = query("{ videos { totalCount } }");
    let answer = post(&server, JSON, "", &json!([count, add("/a.mkv"), add("/b.mkv"), count]));
    let answers = answer.json();
    assert_eq!(answer.header(PLACE), end(&server), "{answer}");
    assert_eq!(answers[2]["extensions"]["place"], answer.header(PLACE), "{answer}");
    assert_ne!(answers[1]["extensions"]["place"], answer.header(PLACE), "{answer}");
    assert_eq!(post(&server, JSON, "", &json!([count])).header(PLACE), "");
}

#[test]
fn a_response_that_is_too_large_keeps_the_place() {
    let server = Server::start(&["--max-answer-bytes=1024"]);
    let path = format!("/{}.mkv", "a".repeat(1_000));
    let document = ADD.replace("{ id version }", "{ id path }");
    let body = json!({ "query": document, "variables": { "input": input(&path) } });
    let answer = post(&server, JSON, "", &body);
    assert_eq!(answer.code(), "ANSWER_TOO_LARGE");
    assert_eq!(answer.header(PLACE), end(&server), "{answer}");
}

#[test]
fn streams_return_the_place_in_the_extensions() {
    let server = Server::start(&[]);
    let events = post(&server, "text/event-stream", "", &add("/a.mkv"));
    let place = end(&server);
    assert!(events.body.contains(&format!("\"extensions\":{{\"place\":\"{place}\"}}")), "{events}");
    let mut socket = Socket::ready(&server);
    socket.subscribe_with("1", ADD, &json!({ "input": input("/b.mkv") }));
    let next = socket.receive();
    assert_eq!(next["payload"]["extensions"]["place"], end(&server), "{next}");
}

#[test]
fn a_place_can_be_sent_back_in_the_header_and_in_the_extensions() {
    let server = Server::start(&["--max-batch=10"]);
    let place = place(&post(&server, JSON, "", &add("/a.mkv")));
    let count = "{ videos { totalCount } }";
    let extended = json!({ "query": count, "extensions": { "place": place } });
    for (header, body) in [(&*place, query(count)), ("", extended.clone()), ("", json!([extended]))]
    {
        let answer = post(&server, JSON, header, &body).json();
        let answer = answer.get(0).unwrap_or(&answer);
        assert_eq!(answer["data"]["videos"]["totalCount"], 1, "{answer}");
    }
}

#[test]
fn a_malformed_place_is_refused_with_what_to_do() {
    let server = Server::start(&["--max-batch=10"]);
    let videos = post(&server, JSON, "", &query("{ videos { pageInfo { endCursor } } }"));
    post(&server, JSON, "", &add("/a.mkv"));
    let listed = post(&server, JSON, "", &query("{ videos { pageInfo { endCursor } } }")).json();
    let of_list = listed["data"]["videos"]["pageInfo"]["endCursor"].as_str().unwrap();
    assert_eq!(videos.status, 200);
    let place = end(&server);
    for malformed in ["7", of_list, &place[1..], &format!("{place}, {place}"), "\"é\""] {
        let extended = json!({ "query": ADD, "variables": { "input": input("/b.mkv") },
            "extensions": { "place": malformed } });
        let batch = json!([query("{ __typename }")]);
        for (header, body) in [(malformed, add("/b.mkv")), ("", extended), (malformed, batch)] {
            let answer = post(&server, JSON, header, &body).json();
            let answer = answer.get(0).unwrap_or(&answer);
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
            assert!(error["message"].as_str().unwrap().contains("Reelgraph-Place"), "{answer}");
            assert_eq!(answer.get("data"), None, "{answer}");
        }
    }
    assert_eq!(end(&server), place);
    let number = json!({ "query": "{ __typename }", "extensions": { "place": 7 } });
    assert_eq!(post(&server, JSON, "", &number).code(), "BAD_REQUEST");
    // Clients that have none yet may send an empty one.
    let asked = Request::get(server.url("/graphql?query=%7B__typename%7D")).header(PLACE, "");
    assert_eq!(server.send(asked.body(()).unwrap()).status, 200);
}
