//! Requests that are made to hurt: each is refused, and the server lives on.

use std::io::Write;

use ureq::http::Request;

use crate::support::binary::{Answer, Server, read_until};

#[track_caller]
fn assert_alive(server: &Server) {
    let answer = server.ask("{ __typename }");
    assert_eq!(answer.json()["data"]["__typename"], "Query", "{answer}\n{server}");
}

#[test]
fn nesting_does_not_kill_the_server() {
    let server = Server::start(&[]);
    for document in [
        format!("{{ a(b: {}1", "[".repeat(60_000)),
        format!("{{ a(b: {}1", "{c:".repeat(40_000)),
        "{a".repeat(60_000),
        format!("query($a: {}", "[".repeat(100_000)),
        format!("{{ a(b: [\"\"\" \" {}", "[".repeat(60_000)),
    ] {
        let answer = server.ask(&document);
        assert_eq!(answer.status, 400, "{answer}");
        assert!(answer.body.len() < 1_500, "{answer}");
        assert_alive(&server);
    }
}

#[test]
fn fragments_do_not_exhaust_the_server() {
    let server = Server::start(&[]);
    let doubling = |at| format!("fragment F{at} on Query {{ ...F{0} ...F{0} }}", at + 1);
    let bomb: String = (0..30).map(doubling).collect();
    let chained = |at| format!("fragment F{at} on Query {{ ...F{} }}", at + 1);
    let chain: String = (0..2_000).map(chained).collect();
    for (fragments, last) in [(bomb, 30), (chain, 2_000)] {
        let end = format!("fragment F{last} on Query {{ __typename }}");
        let answer = server.ask(&format!("{{ ...F0 }} {fragments} {end}"));
        assert_eq!(answer.code(), "DOCUMENT_TOO_LARGE", "{answer}");
        assert_alive(&server);
    }
}

#[test]
fn the_deepest_query_that_is_allowed_is_answered() {
    let server = Server::start(&["--sample"]);
    let open = "auditEntries(first: 1) { nodes { currentVideo {".repeat(9);
    let close = "} } }".repeat(9);
    let answer = server.ask(&format!("{{ videos(first: 1) {{ nodes {{ {open} id {close} }} }} }}"));
    assert_eq!(answer.status, 200, "{answer}");
    assert!(answer.json().get("errors").is_none(), "{answer}");
}

#[test]
fn the_message_of_a_syntax_error_is_short() {
    let server = Server::start(&[]);
    let answer = server.ask(&format!("{{ a }} {}", "é".repeat(4_000)));
    assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED", "{answer}");
    assert!(answer.body.len() < 2_000, "{answer}");
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let server = Server::start(&["--max-body-bytes", "2000"]);
    let post = |bytes: usize| -> Answer {
        let body = format!(r#"{{"query":"{{ __typename }}"{}}}"#, " ".repeat(bytes - 26));
        assert_eq!(body.len(), bytes);
        let request =
            Request::post(server.url("/graphql")).header("content-type", "application/json");
        server.send(request.body(body).unwrap())
    };
    assert_eq!(post(2_000).status, 200);
    let refused = post(2_001);
    assert_eq!((refused.status, refused.code().as_str()), (413, "PAYLOAD_TOO_LARGE"), "{refused}");
    assert!(refused.body.contains("2000 bytes"), "{refused}");
}

#[test]
fn a_body_without_an_end_is_refused_once_it_is_too_long() {
    let server = Server::start(&["--max-body-bytes", "2000"]);
    let mut stream = server.connect();
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n";
    let chunk = format!("7d1\r\n{}\r\n", " ".repeat(2001));
    stream.write_all(format!("{head}{chunk}").as_bytes()).unwrap();
    assert!(read_until(&mut stream, "\r\n").contains("413"), "{server}");
}

#[test]
fn every_limit_of_documents_is_a_setting() {
    let fragment = "fragment F on Query { __typename }";
    let filter = "{ width: { gt: 1 }, not: { height: { gt: 1 } } }";
    for (limit, value, within, beyond) in [
        ("max-document-bytes", "1024", " ".repeat(1_010), " ".repeat(1_011)),
        ("max-tokens", "100", "#\n".repeat(97), "#\n".repeat(98)),
    ] {
        let server = Server::start(&[&format!("--{limit}"), value]);
        let answer = server.ask(&format!("{{ __typename }}{within}"));
        assert_eq!(answer.status, 200, "{answer}");
        let answer = server.ask(&format!("{{ __typename }}{beyond}"));
        assert_eq!(answer.code(), "DOCUMENT_TOO_LARGE", "{answer}");
        assert!(answer.body.contains(limit), "{answer}");
    }
    for (limit, value, within, beyond, code) in [
        (
            "max-depth",
            "2",
            "{ videos { totalCount } }",
            "{ videos { nodes { id } } }",
            "DOCUMENT_TOO_LARGE",
        ),
        (
            "max-fields",
            "3",
            "{ videos { totalCount } }",
            &format!("{{ ...F ...F }} {fragment}"),
            "DOCUMENT_TOO_LARGE",
        ),
        (
            "max-aliases",
            "1",
            "{ a: __typename }",
            "{ a: __typename b: __typename }",
            "DOCUMENT_TOO_LARGE",
        ),
        (
            "max-directives",
            "0",
            "{ __typename }",
            "{ __typename @skip(if: false) }",
            "DOCUMENT_TOO_LARGE",
        ),
        (
            "max-cost",
            "22",
            "{ videos { nodes { id } } }",
            "{ videos(first: 21) { nodes { id } } }",
            "TOO_COSTLY",
        ),
        (
            "max-filter-levels",
            "1",
            "{ videos { totalCount } }",
            &format!("{{ videos(filter: {filter}) {{ totalCount }} }}"),
            "BAD_USER_INPUT",
        ),
        (
            "max-filter-conditions",
            "1",
            "{ videos { totalCount } }",
            &format!("{{ videos(filter: {filter}) {{ totalCount }} }}"),
            "BAD_USER_INPUT",
        ),
    ] {
        let server = Server::start(&[&format!("--{limit}"), value]);
        let answer = server.ask(within);
        assert!(answer.json().get("errors").is_none(), "{limit}: {answer}");
        let answer = server.ask(beyond);
        assert_eq!(answer.code(), code, "{limit}: {answer}");
        assert!(answer.body.contains(&format!("({limit})")), "{limit}: {answer}");
    }
}
