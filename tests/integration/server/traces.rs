//! Traces: which spans a collector is sent, and that one that is gone harms nobody.

use std::net::TcpListener;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::Server;
use crate::support::collector::{Collector, Span, attribute};
use crate::support::socket::Socket;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Asks for a page whose filter nobody else is to learn of, as part of the caller's trace.
fn ask_as_part_of(server: &Server, traceparent: &str) {
    let document = "query Page($codec: String!) {
        videos(filter: { videoCodec: { eq: $codec }, filename: { contains: \"hush\" } }) {
            nodes { id } } }";
    let body = json!({ "query": document, "variables": { "codec": "a-secret" } });
    let request = Request::post(server.url("/graphql"))
        .header("content-type", "application/json")
        .header("traceparent", traceparent)
        .header("x-request-id", "lucy-42")
        .header("authorization", "Bearer another-secret");
    assert_eq!(server.send(request.body(body.to_string()).unwrap()).status, 200);
}

/// Stops a server, which sends what is left.
fn stop(server: Server) {
    server.signal("TERM");
    server.finish().with_code(0);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[track_caller]
fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in {spans:#?}");
    found[0]
}

#[test]
fn a_trace_has_a_span_for_each_step_and_belongs_to_the_callers() {
    let collector = Collector::start();
    let server = Server::start(&["--otlp-endpoint", &collector.endpoint()]);
    ask_as_part_of(&server, &format!("00-{TRACE}-{CALLER}-01"));
    let line: Value = serde_json::from_str(&server.wait_for_log("answered")).unwrap();
    assert_eq!(line["span"]["operation"], "Page", "the log is as without traces: {line}");
    stop(server);

    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    // How large the library is decides what a filter may cost.
    let of_store = ["store newest", "store list"];
    assert_eq!(names, [&["POST /graphql", "parse", "validate", "execute"][..], &of_store].concat());
    let request = named(&spans, "POST /graphql");
    assert_eq!(hex(&request.parent_span_id), CALLER);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/graphql"),
        ("http.response.status_code", "200"),
        ("request_id", "lucy-42"),
    ] {
        assert_eq!(attribute(request, name), value, "{request:#?}");
    }
    let execute = named(&spans, "execute");
    assert_eq!(attribute(execute, "graphql.operation.type"), "query");
    assert_eq!(attribute(execute, "graphql.operation.name"), "Page");
    for (child, parent) in
        [("parse", request), ("validate", request), ("execute", request), ("store list", execute)]
    {
        assert_eq!(named(&spans, child).parent_span_id, parent.span_id, "{child}: {spans:#?}");
    }
    assert!(spans.iter().all(|span| hex(&span.trace_id) == TRACE), "{spans:#?}");
    assert_eq!(collector.resource("service.name"), "reelgraph");
    assert_eq!(collector.resource("service.version"), env!("CARGO_PKG_VERSION"));
    let sent = String::from_utf8_lossy(&collector.bytes()).into_owned();
    for secret in ["a-secret", "another-secret", "hush", "videoCodec"] {
        assert!(!sent.contains(secret), "{secret} was sent: {sent}");
    }
}

#[test]
fn the_caller_decides_what_is_traced_and_else_the_ratio_does() {
    let collector = Collector::start();
    let endpoint = collector.endpoint();
    let server = Server::start(&["--otlp-endpoint", &endpoint, "--trace-sample-ratio", "0"]);
    server.ask("query Unasked { __typename }");
    ask_as_part_of(&server, &format!("00-{TRACE}-{CALLER}-00"));
    ask_as_part_of(&server, "no-trace-at-all");
    ask_as_part_of(&server, &format!("00-{TRACE}-{CALLER}-01"));
    stop(server);
    let spans = collector.spans();
    named(&spans, "POST /graphql");
    named(&spans, "execute");
}

#[test]
fn each_operation_on_a_socket_has_a_trace() {
    let collector = Collector::start();
    let server = Server::start(&["--otlp-endpoint", &collector.endpoint()]);
    let mut socket = Socket::ready(&server);
    for id in ["1", "2"] {
        socket.subscribe(id, &format!("query Q{id} {{ videos {{ totalCount }} }}"));
        socket.receive_next(id);
        assert_eq!(socket.receive()["type"], "complete");
    }
    drop(socket);
    stop(server);
    let spans = collector.spans();
    let operations: Vec<&Span> = spans.iter().filter(|span| span.name == "operation").collect();
    assert_eq!(operations.len(), 2, "{spans:#?}");
    assert_ne!(operations[0].trace_id, operations[1].trace_id);
    for operation in operations {
        assert!(operation.parent_span_id.is_empty(), "{operation:#?}");
        assert!(!attribute(operation, "request_id").is_empty(), "{operation:#?}");
        let steps = spans.iter().filter(|span| span.parent_span_id == operation.span_id);
        let steps: Vec<&str> = steps.map(|span| &*span.name).collect();
        assert_eq!(steps, ["parse", "validate", "execute"], "{spans:#?}");
    }
}

#[test]
fn what_the_feed_reads_is_part_of_no_trace() {
    let collector = Collector::start();
    let server = Server::start(&["--otlp-endpoint", &collector.endpoint()]);
    let mut socket = Socket::ready(&server);
    socket.subscribe("1", "subscription { videoChanges(marks: true) { currentVideo { id } } }");
    socket.receive_next("1");
    let add = r#"mutation { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1,
        frameRate: { numerator: 25 }, height: 1, videoCodec: "av1", fileSize: 1 }) {
        userErrors { message } } }"#;
    server.ask(add);
    socket.receive_next("1");
    stop(server);
    let spans = collector.spans();
    let beginnings = spans.iter().filter(|span| span.parent_span_id.is_empty());
    let mut names: Vec<&str> = beginnings.map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["POST /graphql", "operation"], "{spans:#?}");
    named(&spans, "store write");
}

#[test]
fn what_failed_is_marked_as_failed() {
    let collector = Collector::start();
    let server = Server::start(&["--otlp-endpoint", &collector.endpoint()]);
    server.ask("{ videos(first: 101) { totalCount } }");
    stop(server);
    let spans = collector.spans();
    assert_eq!(attribute(named(&spans, "execute"), "graphql.errors"), "1");
}

#[test]
fn a_collector_that_is_gone_harms_nobody() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::start(&["--otlp-endpoint", &format!("http://{gone}")]);
    assert_eq!(server.ask("{ __typename }").status, 200);
    server.signal("TERM");
    server.finish().with_code(0).saying("the collector does not accept traces");
}

#[test]
fn a_collector_that_never_answers_holds_up_no_stop() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let server = Server::start(&["--otlp-endpoint", &endpoint]);
    assert_eq!(server.ask("{ __typename }").status, 200);
    server.signal("TERM");
    server.finish().with_code(0).saying("could not send the last traces");
}
