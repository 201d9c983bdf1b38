//! Halves of characters in JSON, which JavaScript makes where it cuts a text in two.

use serde_json::{Value, json};
use tungstenite::Message;
use ureq::http::Request;

use crate::support::binary::{Answer, Server};
use crate::support::graphql::{ADD, input};
use crate::support::socket::Socket;

const SEARCH: &str = "query ($text: String!) { searchVideos(query: $text) { totalCount } }";

/// This request as JSON, with half of a character in place of each `@`.
fn halved(request: &Value) -> String {
    request.to_string().replace('@', "\\ud83d")
}

#[track_caller]
fn post(server: &Server, request: &Value) -> Answer {
    let body = halved(request);
    let post = Request::post(server.url("/graphql")).header("content-type", "application/json");
    server.send(post.body(body).unwrap())
}

#[test]
fn a_search_while_typing_an_emoji_is_answered() {
    let server = Server::start(&[]);
    let add = json!({ "query": ADD, "variables": { "input": input("/a/trip.mkv") } });
    assert_eq!(post(&server, &add).status, 200);
    let request = json!({ "query": SEARCH, "variables": { "text": "trip @" } });
    let found = json!({ "data": { "searchVideos": { "totalCount": 1 } } });
    assert_eq!(post(&server, &request).json(), found);
    let inline = json!({ "query": "{ searchVideos(query: \"trip @\") { totalCount } }" });
    assert_eq!(post(&server, &inline).json(), found);
    let variables = halved(&request["variables"]);
    let parameters = [("query", SEARCH), ("variables", &*variables)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    assert_eq!(server.get(&format!("/graphql?{query}")).json(), found);
    let mut socket = Socket::ready(&server);
    let message = json!({ "type": "subscribe", "id": "1", "payload": request });
    socket.send_frame(Message::text(halved(&message)));
    assert_eq!(socket.receive_next("1"), found);
}

#[test]
fn nothing_is_changed_by_half_of_a_character() {
    let server = Server::start(&["--max-batch=2"]);
    let request = json!({ "query": ADD, "variables": { "input": input("/a@.mkv") } });
    let refused = post(&server, &request);
    assert_eq!(refused.code(), "BAD_USER_INPUT", "{refused}");
    assert!(refused.body.contains("$input.path"), "{refused}");
    let inline =
        json!({ "query": "mutation { deleteVideo(input: { id: \"@\" }) { deletedVideoId } }" });
    assert_eq!(post(&server, &inline).code(), "BAD_USER_INPUT");
    let refused = post(&server, &json!([{ "query": SEARCH }, request])).json();
    assert_eq!(refused[1]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
    let mut socket = Socket::ready(&server);
    let message = json!({ "type": "subscribe", "id": "1", "payload": request });
    socket.send_frame(Message::text(halved(&message)));
    assert_eq!(socket.receive()["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 0, "{answer}");
}

#[test]
fn half_of_a_character_is_refused_wherever_nobody_types() {
    let server = Server::start(&[]);
    for request in [
        json!({ "query": "{ __typename }", "operationName": "@" }),
        json!({ "query": "{ __typename }", "variables": { "@": 1 } }),
        json!({ "query": "{ __typename }", "extensions": { "a": "@" } }),
        json!(["@"]),
    ] {
        let answer = post(&server, &request);
        assert_eq!((answer.status, &*answer.code()), (400, "BAD_REQUEST"), "{answer}");
    }
    for message in [
        json!({ "type": "ping", "payload": { "a": "@" } }),
        json!({ "type": "subscribe", "id": "@", "payload": { "query": "{ __typename }" } }),
        json!({ "type": "@" }),
    ] {
        let mut socket = Socket::ready(&server);
        socket.send_frame(Message::text(halved(&message)));
        assert_eq!(socket.closed().0, 4400, "{message}");
    }
}
