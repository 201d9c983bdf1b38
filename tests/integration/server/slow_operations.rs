//! The line in the log about an operation that was slow.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::http::Request;

use crate::support::binary::Server;

/// Thousands of fields, which take longer than a millisecond on any machine.
const SLOW: &str = "query Slow($codec: String!) {
    videos(first: 100, filter: { not: { videoCodec: { eq: $codec } } }) {
        nodes { id path auditEntries(first: 5) { nodes { id operation version changes { field } } } }
    } }";

fn ask(server: &Server) {
    let body = json!({ "query": SLOW, "variables": { "codec": "a-secret" } });
    let request = Request::post(server.url("/graphql"))
        .header("content-type", "application/json")
        .header("x-request-id", "lucy-42");
    let answer = server.send(request.body(body.to_string()).unwrap());
    assert!(answer.json().get("errors").is_none(), "{answer}");
}

#[test]
fn a_slow_operation_is_told_without_what_it_was_sent_with() {
    let server = Server::start(&["--sample", "--slow-query-milliseconds", "1"]);
    ask(&server);
    let line: Value = serde_json::from_str(&server.wait_for_log("slow operation")).unwrap();
    assert_eq!(line["level"], "WARN", "{line}");
    assert_eq!(line["operation_type"], "query", "{line}");
    assert_eq!(line["operation_name"], "Slow", "{line}");
    assert_eq!(line["span"]["request_id"], "lucy-42", "{line}");
    let hash: String = Sha256::digest(SLOW).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(line["document_sha256"], hash, "{line}");
    // The size of the library in two, the page, and the histories of all its videos.
    assert_eq!(line["store_calls"], 4, "{line}");
    let milliseconds = |name: &str| line[name].as_f64().unwrap();
    assert!(milliseconds("elapsed_ms") >= 1.0, "{line}");
    assert!((0.0..=milliseconds("elapsed_ms")).contains(&milliseconds("store_ms")), "{line}");
    server.signal("TERM");
    let finished = server.finish().with_code(0);
    assert!(!finished.stderr.contains("a-secret"), "{finished}");
}

#[test]
fn nothing_is_slow_below_the_limit_or_where_there_is_none() {
    for limit in ["3600000", "0"] {
        let server = Server::start(&["--sample", "--slow-query-milliseconds", limit]);
        ask(&server);
        server.signal("TERM");
        let finished = server.finish().with_code(0);
        assert!(!finished.stderr.contains("slow operation"), "{finished}");
    }
}
