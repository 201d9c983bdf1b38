//! Documents that requests name: those of the operator's file, and automatic persisted queries.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use ureq::http::Request;

use crate::support::binary::{Answer, Finished, Server, reelgraph};
use crate::support::graphql::{ADD, input};
use crate::support::node::node;
use crate::support::socket::Socket;

const QUERY: &str = "query Greet { __typename }";
const SUBSCRIPTION: &str = "subscription { videoChanges(marks: true) { kind } }";

fn hash(document: &str) -> String {
    Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The parameters that name a document by its hash.
fn hashed(document: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash(document) } } })
}

/// These parameters with the document itself.
fn with_query(mut parameters: Value, document: &str) -> Value {
    parameters["query"] = document.into();
    parameters
}

#[track_caller]
fn post(server: &Server, accept: &str, body: &Value) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("accept", accept)
        .header("content-type", "application/json");
    server.send(request.body(body.to_string()).unwrap())
}

#[track_caller]
fn get(server: &Server, parameters: &Value) -> Answer {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters.as_object().unwrap().iter().filter(|it| !it.1.is_null()) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        query.append_pair(name, &text);
    }
    server.get(&format!("/graphql?{}", query.finish()))
}

/// A file of documents, for as long as the folder is kept.
fn manifest(documents: &Value) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("documents.json");
    fs::write(&file, documents.to_string()).unwrap();
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

/// A server of these trusted documents, with other settings.
fn trusting(documents: &Value, settings: &[&str]) -> Server {
    let (_folder, file) = manifest(documents);
    Server::start(&[&["--documents", &file], settings].concat())
}

#[track_caller]
fn assert_greeted(response: &Value) {
    assert_eq!(*response, json!({ "data": { "__typename": "Query" } }));
}

#[test]
fn a_trusted_document_is_found_however_it_is_named_and_sent() {
    let id = hash(QUERY);
    let documents = json!({ &id: QUERY, "follow": SUBSCRIPTION });
    let server = trusting(&documents, &["--documents-only", "--max-batch=2"]);
    let events = "text/event-stream";
    for name in [
        json!({ "documentId": id }),
        json!({ "documentId": format!("sha256:{id}") }),
        json!({ "doc_id": id, "query": null }),
        hashed(QUERY),
        with_query(hashed(QUERY), QUERY),
    ] {
        assert_greeted(&post(&server, "*/*", &name).json());
        assert_greeted(&get(&server, &name).json());
        assert_greeted(&post(&server, "*/*", &json!([name])).json()[0]);
        let answer = post(&server, events, &name);
        let expected = "event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\n";
        assert!(answer.body.starts_with(expected), "{answer}");
        let mut socket = Socket::ready(&server);
        socket.send(&json!({ "type": "subscribe", "id": "1", "payload": name }));
        assert_greeted(&socket.receive_next("1"));
    }
    let mut socket = Socket::ready(&server);
    socket.send(&json!({ "type": "subscribe", "id": "1", "payload": { "documentId": "follow" } }));
    assert_eq!(socket.receive_next("1")["data"]["videoChanges"]["kind"], "CAUGHT_UP");
}

#[test]
fn a_trusted_document_may_have_descriptions() {
    let query = "\"Says hello.\" query Greet(\"\"\"To\nwhom.\"\"\" $a: Boolean!) {
        __typename @include(if: $a) ...F
    }
    \"Nothing.\" fragment F on Query { a: __typename @skip(if: $a) }";
    let server = trusting(&json!({ "greet": query }), &["--documents-only"]);
    let parameters = json!({ "documentId": "greet", "variables": { "a": true } });
    let answer = get(&server, &parameters);
    assert_greeted(&answer.json());
}

#[test]
fn other_documents_are_refused_where_only_trusted_ones_are_answered() {
    let server = trusting(&json!({ "greet": QUERY }), &["--documents-only"]);
    for request in [
        json!({ "query": QUERY }),
        json!({ "query": "{ __schema { queryType { name } } }" }),
        json!({ "documentId": "other" }),
        hashed("{ __typename }"),
        with_query(hashed("{ __typename }"), "{ __typename }"),
    ] {
        let answer = post(&server, "application/graphql-response+json", &request);
        assert_eq!((answer.status, &*answer.code()), (400, "DOCUMENT_NOT_TRUSTED"), "{answer}");
        assert!(answer.body.contains("--documents-only"), "{answer}");
        let mut socket = Socket::ready(&server);
        socket.send(&json!({ "type": "subscribe", "id": "1", "payload": request }));
        let refused = socket.receive();
        assert_eq!(
            refused["payload"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED",
            "{refused}"
        );
    }
}

#[test]
fn trusted_documents_leave_room_for_others() {
    let server = trusting(&json!({ "greet": QUERY, "add": ADD }), &[]);
    assert_greeted(&post(&server, "*/*", &json!({ "query": "{ __typename }" })).json());
    let unknown = post(&server, "*/*", &json!({ "documentId": "other" }));
    assert_eq!(unknown.code(), "DOCUMENT_NOT_FOUND", "{unknown}");
    let variables = json!({ "input": input("/a.mkv") });
    let by_get = get(&server, &json!({ "documentId": "add", "variables": variables }));
    assert_eq!((by_get.status, &*by_get.code()), (405, "METHOD_NOT_ALLOWED"), "{by_get}");
    let added = post(&server, "*/*", &json!({ "documentId": "add", "variables": variables }));
    assert_eq!(added.json()["data"]["addVideo"]["video"]["version"], 1, "{added}");
}

#[test]
fn a_file_with_a_mistake_stops_the_start_and_is_named() {
    for (documents, part) in [
        (json!({ "good": QUERY, "bad": "{ noSuchField }" }), "\"bad\" is not valid"),
        (json!({ "bad": "{" }), "\"bad\" is not valid"),
        (json!([QUERY]), "must be a JSON object that maps IDs to documents"),
    ] {
        let (_folder, file) = manifest(&documents);
        let started = Finished::run(reelgraph(&[
            "--documents",
            &file,
            "--database-url=memory:",
            "--listen=127.0.0.1:0",
        ]));
        started.with_code(1).saying(&format!("--documents {file}: ")).saying(part);
    }
    let missing = reelgraph(&["--documents=/nowhere.json", "--listen=127.0.0.1:0"]);
    Finished::run(missing).with_code(1).saying("--documents /nowhere.json: No such file");
    Finished::run(reelgraph(&["--documents-only"])).with_code(2).saying("--documents <FILE>");
}

#[test]
fn a_document_is_known_by_its_hash_once_it_was_sent_with_it() {
    let server = Server::start(&[]);
    let name = hashed(QUERY);
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)]
    {
        let unknown = post(&server, accept, &name);
        assert_eq!(unknown.status, status, "{unknown}");
        assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND", "{unknown}");
        assert_eq!(unknown.json()["errors"][0]["message"], "PersistedQueryNotFound");
    }
    assert_eq!(get(&server, &name).code(), "PERSISTED_QUERY_NOT_FOUND");
    assert_greeted(&post(&server, "*/*", &with_query(name.clone(), QUERY)).json());
    assert_greeted(&get(&server, &name).json());
    let mut socket = Socket::ready(&server);
    socket.send(&json!({ "type": "subscribe", "id": "1", "payload": name }));
    assert_greeted(&socket.receive_next("1"));
    // It can be made known over any transport.
    let name = hashed(SUBSCRIPTION);
    for payload in [with_query(name.clone(), SUBSCRIPTION), name] {
        let mut socket = Socket::ready(&server);
        socket.send(&json!({ "type": "subscribe", "id": "1", "payload": payload }));
        assert_eq!(socket.receive_next("1")["data"]["videoChanges"]["kind"], "CAUGHT_UP");
    }
}

#[test]
fn a_document_is_not_kept_under_a_hash_of_another_nor_where_it_is_not_valid() {
    let server = Server::start(&[]);
    let wrong = post(&server, "*/*", &with_query(hashed("{ other }"), QUERY));
    assert_eq!(wrong.code(), "BAD_USER_INPUT", "{wrong}");
    for (document, code) in
        [("{", "GRAPHQL_PARSE_FAILED"), ("{ noSuchField }", "GRAPHQL_VALIDATION_FAILED")]
    {
        let refused = post(&server, "*/*", &with_query(hashed(document), document));
        assert_eq!(refused.code(), code, "{refused}");
        let unknown = post(&server, "*/*", &hashed(document));
        assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND", "{unknown}");
    }
}

#[test]
fn hashes_can_be_turned_off() {
    let server = Server::start(&["--max-automatic-document-bytes=0"]);
    let refused = post(&server, "*/*", &hashed(QUERY));
    assert_eq!(refused.code(), "PERSISTED_QUERY_NOT_SUPPORTED", "{refused}");
    assert_eq!(refused.json()["errors"][0]["message"], "PersistedQueryNotSupported");
    assert_greeted(&post(&server, "*/*", &with_query(hashed(QUERY), QUERY)).json());
    assert_eq!(post(&server, "*/*", &hashed(QUERY)).code(), "PERSISTED_QUERY_NOT_SUPPORTED");
}

#[test]
fn a_document_is_named_in_one_way() {
    let server = Server::start(&[]);
    for request in [
        json!({ "query": QUERY, "documentId": "a" }),
        with_query(hashed(QUERY), QUERY)
            .as_object()
            .map(|all| {
                let mut all = all.clone();
                all.insert("documentId".to_owned(), "a".into());
                Value::Object(all)
            })
            .unwrap(),
        json!({ "documentId": 1 }),
        json!({ "doc_id": {} }),
        json!({ "extensions": { "persistedQuery": 1 } }),
        json!({ "extensions": { "persistedQuery": { "version": 1 } } }),
        json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": "a" } } }),
        json!({ "extensions": { "other": {} } }),
    ] {
        let answer = post(&server, "*/*", &request);
        assert_eq!((answer.status, &*answer.code()), (400, "BAD_REQUEST"), "{answer}");
    }
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn apollo_client_sends_hashes_by_get_and_lists() {
    let server = Server::start(&["--max-batch=3"]);
    let asked = node("graphql-clients", &["requests.mjs", &server.url("/graphql")]).with_code(0);
    assert_eq!(asked.stdout, "hashes are enough\nlists are answered\n", "{asked}");
}
