//! Halves of characters in JSON, which JavaScript makes where it cuts a text in two.

use serde_json::{Value, json};
use tungstenite::Message;
use ureq::http::Request;

use crate::support::binary::Server;
use crate::support::graphql::{ADD, input};
use crate::support::socket::Socket;

const SEARCH: &str = "query ($text: String!) { searchVideos(query: $text) { totalCount } }";

const REASON: &str =
    "contains a lone surrogate (such as \\ud83d), which is half of a character, at line 1 column ";

/// This request as JSON, with half of a character in place of each `@`.
fn halved(request: &Value) -> String {
    request.to_string().replace('@', "\\ud83d")
}

#[test]
fn half_of_a_character_is_refused_with_its_place() {
    let server = Server::start(&["--max-batch=2"]);
    let search = json!({ "query": SEARCH, "variables": { "text": "trip @" } });
    for request in [
        &search,
        &json!({ "query": "{ searchVideos(query: \"trip @\") { totalCount } }" }),
        &json!({ "query": "{ __typename }", "operationName": "@" }),
        &json!({ "query": "{ __typename }", "variables": { "@": 1 } }),
        &json!({ "query": ADD, "variables": { "input": input("/a@.mkv") } }),
        &json!([{ "query": ADD, "variables": { "input": input("/a.mkv") } }, search]),
    ] {
        let post = Request::post(server.url("/graphql")).header("content-type", "application/json");
        let answer = server.send(post.body(halved(request)).unwrap());
        assert_eq!((answer.status, &*answer.code()), (400, "BAD_REQUEST"), "{answer}");
        let message = &answer.json()["errors"][0]["message"];
        assert!(message.as_str().unwrap().starts_with(&format!("the body {REASON}")), "{answer}");
    }
    let variables = halved(&search["variables"]);
    let parameters = [("query", SEARCH), ("variables", &*variables)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let answer = server.get(&format!("/graphql?{query}"));
    assert_eq!((answer.status, &*answer.code()), (400, "BAD_REQUEST"), "{answer}");
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 0, "{answer}");
}

#[test]
fn a_message_with_half_of_a_character_closes_the_socket() {
    let server = Server::start(&[]);
    for message in [
        json!({ "type": "ping", "payload": { "a": "@" } }),
        json!({ "type": "subscribe", "id": "@", "payload": { "query": "{ __typename }" } }),
        json!({ "type": "@" }),
    ] {
        let mut socket = Socket::ready(&server);
        socket.send_frame(Message::text(halved(&message)));
        let (code, reason) = socket.closed();
        assert_eq!(code, 4400, "{message}");
        assert!(reason.starts_with(&format!("the message {REASON}")), "{message}: {reason}");
    }
}
