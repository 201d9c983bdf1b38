//! Where the API is, and what addresses of requests by GET may have.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::http::Request;

use crate::support::binary::{Answer, Server};
use crate::support::socket::SUBPROTOCOL;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Gets an address with these parameters.
#[track_caller]
fn get(server: &Server, path: &str, accept: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(parameters).finish();
    let request = Request::get(server.url(&format!("{path}?{query}"))).header("accept", accept);
    server.send(request.body(()).unwrap())
}

fn persisted(document: &str) -> Value {
    let hash: String = Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

#[test]
fn empty_parameters_are_as_if_they_were_left_out() {
    let server = Server::start(&[]);
    let query = ("query", "{ __typename }");
    let empty = [("variables", ""), ("extensions", ""), ("operationName", "")];
    let answer = get(&server, "/graphql", "*/*", &[&[query][..], &empty].concat());
    assert_eq!((answer.status, &answer.json()["data"]["__typename"]), (200, &json!("Query")));
    // An empty one counts as given all the same.
    let twice = [query, ("variables", ""), ("variables", "{}")];
    assert_eq!(get(&server, "/graphql", "*/*", &twice).code(), "BAD_REQUEST");
}

#[test]
fn an_empty_document_beside_a_hash_is_a_miss() {
    let server = Server::start(&[]);
    let document = "{ empty: __typename }";
    let extensions = persisted(document);
    let by_get = [("query", ""), ("extensions", &*extensions.to_string())];
    let asked = json!({ "query": "", "extensions": extensions });
    let post = |body: &Value| {
        let request = Request::post(server.url("/graphql"));
        let request = request.header("content-type", "application/json");
        server.send(request.body(body.to_string()).unwrap())
    };
    for answer in [get(&server, "/graphql", "*/*", &by_get), post(&asked)] {
        assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND", "{answer}");
    }
    post(&json!({ "query": document, "extensions": extensions }));
    for answer in [get(&server, "/graphql", "*/*", &by_get), post(&asked)] {
        assert_eq!(answer.json()["data"]["empty"], "Query", "{answer}");
    }
}

#[test]
fn a_slash_at_the_end_of_the_path_changes_nothing() {
    let server = Server::start(&[]);
    let query = [("query", "{ __typename }")];
    assert_eq!(get(&server, "/graphql/", "*/*", &query).json()["data"]["__typename"], "Query");
    let request = Request::post(server.url("/graphql/")).header("content-type", "application/json");
    let posted = server.send(request.body(r#"{"query":"{ __typename }"}"#).unwrap());
    assert_eq!(posted.json()["data"]["__typename"], "Query", "{posted}");
    let (mut socket, _) = tungstenite::client(
        Request::get(format!("ws://{}/graphql/", server.address()))
            .header("host", server.address().to_string())
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", SUBPROTOCOL)
            .body(())
            .unwrap(),
        server.connect(),
    )
    .unwrap();
    socket.close(None).unwrap();
    // The page loads its files from beside the API.
    let page = get(&server, "/graphql/", BROWSER, &query);
    let location = "../graphql?query=%7B+__typename+%7D";
    assert_eq!((page.status, page.header("location")), (307, location), "{page}");
}

#[test]
fn redirects_hold_below_any_path_of_a_proxy() {
    let server = Server::start(&[]);
    assert_eq!(server.get("/").header("location"), "graphql");
}

#[test]
fn a_browser_that_opens_a_query_gets_the_page() {
    let server = Server::start(&[]);
    let page = get(&server, "/graphql", BROWSER, &[("query", "{ __typename }")]);
    assert_eq!(page.status, 200, "{page}");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{page}");
    // Whatever the address has, the page finds it there by itself.
    assert!(!page.body.contains("{ __typename }"), "{page}");
    // Of a document that the server knows, a page could not show the text.
    let hash = persisted("{ __typename }").to_string();
    for known in [("documentId", "a"), ("extensions", &*hash)] {
        let answer = get(&server, "/graphql", BROWSER, &[known]);
        assert!(answer.header("content-type").contains("json"), "{answer}");
    }
    let answer = get(&server, "/graphql", "application/json", &[("query", "{ __typename }")]);
    assert_eq!(answer.json()["data"]["__typename"], "Query", "{answer}");
}
