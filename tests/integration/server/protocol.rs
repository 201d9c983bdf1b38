//! GraphQL over HTTP: methods, media types, statuses.
//!
//! Source: [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/).

use ureq::http::Request;

use crate::support::binary::{Answer, Server};
use crate::support::node::node;

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";
const QUERY: &str = r#"{"query":"{ __typename }"}"#;

#[track_caller]
fn post(server: &Server, accept: &str, content_type: &str, body: &str) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("accept", accept)
        .header("content-type", content_type);
    server.send(request.body(body.to_owned()).unwrap())
}

#[track_caller]
fn get(server: &Server, accept: &str, path: &str) -> Answer {
    server.send(Request::get(server.url(path)).header("accept", accept).body(()).unwrap())
}

/// Holds an answer to a status, and to a code where the request is refused.
#[track_caller]
fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer}");
    if code.is_empty() {
        assert_eq!(answer.json()["data"]["__typename"], "Query", "{answer}");
    } else {
        assert_eq!(answer.code(), code, "{answer}");
        assert!(answer.json().get("data").is_none(), "{answer}");
    }
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn all_audits_of_graphql_over_http_pass() {
    let server = Server::start(&[]);
    let audited = node("graphql-http", &["audit.mjs", &server.url("/graphql")]).with_code(0);
    assert!(audited.stdout.contains("61 of 61 audits passed"), "{audited}");
}

#[test]
fn the_answer_has_the_media_type_that_the_client_likes_best() {
    let server = Server::start(&[]);
    for (accept, expected) in [
        ("*/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("text/html, */*;q=0.1", JSON),
    ] {
        let answer = post(&server, accept, JSON, QUERY);
        check(&answer, 200, "");
        let expected = format!("{expected}; charset=utf-8");
        assert_eq!(answer.header("content-type"), expected, "{accept}\n{answer}");
        assert_eq!(answer.header("vary"), "accept", "{answer}");
    }
    check(&post(&server, "image/png", JSON, QUERY), 406, "NOT_ACCEPTABLE");
}

#[test]
fn a_body_is_json_in_utf_8() {
    let server = Server::start(&[]);
    for content_type in [JSON, "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
    {
        check(&post(&server, RESPONSE, content_type, QUERY), 200, "");
    }
    for content_type in [
        "text/plain",
        "application/json; charset=latin1",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ] {
        let answer = post(&server, RESPONSE, content_type, QUERY);
        check(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[test]
fn a_body_that_is_compressed_is_refused_with_what_is_read() {
    let server = Server::start(&[]);
    let send = |encoding: &str| {
        let request = Request::post(server.url("/graphql"))
            .header("accept", RESPONSE)
            .header("content-type", JSON)
            .header("content-encoding", encoding);
        server.send(request.body(QUERY).unwrap())
    };
    for encoding in ["gzip", "br", "identity, gzip", "x"] {
        let answer = send(encoding);
        check(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(answer.header("accept-encoding"), "identity", "{answer}");
        assert!(answer.body.contains("Content-Encoding"), "{answer}");
    }
    for encoding in ["identity", "Identity"] {
        check(&send(encoding), 200, "");
    }
}

#[test]
fn a_byte_order_mark_is_named() {
    let server = Server::start(&[]);
    let answer = post(&server, RESPONSE, JSON, &format!("\u{feff}{QUERY}"));
    check(&answer, 400, "BAD_REQUEST");
    assert!(answer.body.contains("the body starts with a byte order mark"), "{answer}");
}

#[test]
fn who_accepts_any_text_gets_events_where_they_are_what_there_is() {
    let server = Server::start(&[]);
    let subscription = r#"{"query":"subscription { videoChanges(after: \"x\") { cursor } }"}"#;
    for (accept, body, expected) in [
        ("text/*", QUERY, "text/event-stream"),
        ("text/*", subscription, "text/event-stream"),
        ("text/*, application/json", QUERY, "application/json; charset=utf-8"),
        ("text/*, application/json", subscription, "text/event-stream"),
    ] {
        let answer = post(&server, accept, JSON, body);
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("content-type"), expected, "{accept}\n{answer}");
    }
    check(&post(&server, "*/*", JSON, subscription), 406, "NOT_ACCEPTABLE");
}

#[test]
fn a_request_that_is_none_is_refused_whatever_is_accepted() {
    let server = Server::start(&[]);
    let too_deep = format!(r#"{{"query":"{{ a }}","variables":{{"a":{}1"#, "[".repeat(200_000));
    for body in [
        "",
        "{",
        "[]",
        "null",
        r#"[{"query":"{ __typename }"}]"#,
        "{}",
        r#"{"query":null}"#,
        r#"{"query":1}"#,
        r#"{"query":"{ __typename }","variables":[]}"#,
        r#"{"query":"{ __typename }","variables":"{}"}"#,
        r#"{"query":"{ __typename }","operationName":1}"#,
        r#"{"query":"{ __typename }","extensions":[]}"#,
        "{\"query\":\"\u{0}\"}",
        &too_deep,
    ] {
        for accept in [JSON, RESPONSE] {
            check(&post(&server, accept, JSON, body), 400, "BAD_REQUEST");
        }
    }
}

#[test]
fn an_invalid_document_has_the_status_that_the_media_type_asks_for() {
    let server = Server::start(&[]);
    let nested = format!("{{ a(b: {}", "[".repeat(100));
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ noSuchField }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "BAD_USER_INPUT"),
        (&nested, "DOCUMENT_TOO_LARGE"),
    ] {
        let body = serde_json::json!({ "query": document }).to_string();
        check(&post(&server, JSON, JSON, &body), 200, code);
        check(&post(&server, RESPONSE, JSON, &body), 400, code);
    }
}

#[test]
fn an_error_in_a_field_is_no_error_of_the_request() {
    let server = Server::start(&[]);
    let answer = server.ask("{ __typename videos(first: 101) { totalCount } }");
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer}");
    assert!(answer.json().get("data").is_some(), "{answer}");
}

#[test]
fn queries_can_be_sent_by_get() {
    let server = Server::start(&[]);
    for parameters in [
        "query={__typename}",
        "query=%7B+__typename%20%7D",
        "query=query($a:ID=1){__typename+node(id:$a){id}}&variables={\"a\":\"x\"}",
        "query=query+A{__typename}+mutation+B{__typename}&operationName=A&extensions={}",
        "query={__typename}&operationName=&unknown=1&unknown=2",
    ] {
        let parameters = parameters.replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
        check(&get(&server, RESPONSE, &format!("/graphql?{parameters}")), 200, "");
    }
    for parameters in [
        "",
        "variables={}",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables=1",
        "query={__typename}&variables=%7B",
        "query={__typename}&extensions=%5B%5D",
    ] {
        let parameters = parameters.replace('{', "%7B").replace('}', "%7D");
        let answer = get(&server, RESPONSE, &format!("/graphql?{parameters}"));
        check(&answer, 400, "BAD_REQUEST");
    }
}

#[test]
fn a_mutation_by_get_changes_nothing() {
    let server = Server::start(&[]);
    let add = "mutation%20A%7BaddVideo(input:%7Bpath:%22a%22,durationFrames:1,\
        frameRate:%7Bnumerator:25%7D,width:1,height:1,videoCodec:%22a%22,fileSize:1%7D)\
        %7Bvideo%7Bid%7D%7D%7D";
    for query in [add.to_owned(), format!("query%20B%7B__typename%7D{add}&operationName=A")] {
        for accept in [JSON, RESPONSE] {
            let answer = get(&server, accept, &format!("/graphql?query={query}"));
            check(&answer, 405, "METHOD_NOT_ALLOWED");
            assert_eq!(answer.header("allow"), "POST", "{answer}");
        }
    }
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 0, "{answer}");
}

#[test]
fn other_paths_and_methods_are_refused_with_a_hint() {
    let server = Server::start(&[]);
    let nowhere = server.get("/graphiql");
    check(&nowhere, 404, "NOT_FOUND");
    assert!(nowhere.body.contains("/graphql"), "{nowhere}");
    let delete = server.send(Request::delete(server.url("/graphql")).body(()).unwrap());
    check(&delete, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(delete.header("allow"), "GET,HEAD,POST", "{delete}");
}
