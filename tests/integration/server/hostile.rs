//! Requests that are made to hurt, what they cost, and that the server lives on.
//!
//! This shows the table, as it is in what users run:
//! `cargo test --release --test integration hostile -- --nocapture`

use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::Message;
use ureq::http::Request;

use crate::support::binary::Server;
use crate::support::graphql::types_of_types;
use crate::support::socket::Socket;

/// How a request comes.
enum Hostile {
    /// As a document.
    Document(String),
    /// As a document with variables.
    Variables(&'static str, Value),
    /// As a whole body.
    Body(String),
    /// As a query string.
    Get(String),
    /// As a message on a WebSocket that has begun.
    Message(String),
}

use Hostile::{Body, Document, Get, Variables};

/// Each with the code that it is refused with; with none it is answered.
fn requests() -> Vec<(&'static str, Hostile, &'static str)> {
    let (large, costly, invalid) =
        ("DOCUMENT_TOO_LARGE", "TOO_COSTLY", "GRAPHQL_VALIDATION_FAILED");
    let pages = "{ videos(first: 100) { nodes { auditEntries(first: 100) { nodes { currentVideo {
        auditEntries(first: 100) { nodes { id } } } } } } } }";
    let pages_by_variable =
        "query ($n: Int) { videos(first: $n) { nodes { auditEntries(first: $n) {
        nodes { currentVideo { auditEntries(first: $n) { nodes { id } } } } } } } }";
    let filter = "query ($it: VideoFilter) { videos(filter: $it) { totalCount } }";
    vec![
        ("100,000 open braces", Document("{a".repeat(60_000)), large),
        ("100,000 open braces in a longer body", Document("{".repeat(100_000)), large),
        ("1,500 nested input objects", Document(nested("{not:", "}", 1_500)), large),
        ("2,500 nested lists", Document(nested("[", "]", 2_500)), large),
        ("60 nested input objects", Document(nested("{not:", "}", 60)), "BAD_USER_INPUT"),
        (
            "60 nested fragments",
            Document(format!("{}{{__typename}}{}", "{...".repeat(60), "}".repeat(60))),
            "",
        ),
        ("10,000 aliases", Document(many(10_000, |at| format!("a{at}:__typename "))), large),
        ("3,000 aliases", Document(many(3_000, |at| format!("a{at}:__typename "))), large),
        (
            "10,000 directives",
            Document(format!("{{ __typename {} }}", "@a ".repeat(10_000))),
            large,
        ),
        ("4,000 directives", Document(format!("{{ __typename {} }}", "@a ".repeat(4_000))), large),
        (
            "200 unknown directives",
            Document(format!("{{ __typename {} }}", "@a ".repeat(200))),
            invalid,
        ),
        (
            "30 fragments that double",
            Document(fragments(30, |at| format!("...F{at} ...F{at}"))),
            large,
        ),
        ("2,000 fragments in a chain", Document(fragments(2_000, |at| format!("...F{at}"))), large),
        ("1,200 fragments in a circle", Document(circle(1_200)), large),
        ("2,900 fragments of the same fields", Document(same_fields(2_900)), ""),
        (
            "14,900 times the same field",
            Document(format!("{{ {} }}", "__typename ".repeat(14_900))),
            "",
        ),
        (
            "900 times the same field with fields",
            Document(many(900, |_| "videos{nodes{id path}}".to_owned())),
            "",
        ),
        (
            "7,990 operations",
            Document(many(7_990, |at| format!("}}query A{at}{{__typename "))),
            invalid,
        ),
        (
            "a list of 39,900 values",
            Document(format!("{{nodes(ids:[{}]){{id}}}}", "1 ".repeat(39_900))),
            "BAD_USER_INPUT",
        ),
        (
            "a list of 19,900 input objects",
            Document(format!(
                "mutation{{addVideos(input:{{videos:[{}]}}){{videos{{id}}}}}}",
                "{} ".repeat(19_900)
            )),
            "BAD_USER_INPUT",
        ),
        (
            "13,200 values of one input field",
            Document(format!(
                "{{videos(filter:{{{}}}){{totalCount}}}}",
                "width:null ".repeat(13_200)
            )),
            invalid,
        ),
        (
            "13,200 arguments",
            Document(format!("{{videos({}){{totalCount}}}}", "first:1 ".repeat(13_200))),
            invalid,
        ),
        ("5,600 variables", Document(variables(5_600)), large),
        ("2,000 variables", Document(variables(2_000)), "BAD_USER_INPUT"),
        ("pages of pages of pages", Document(pages.to_owned()), costly),
        (
            "pages of pages of pages by variable",
            Variables(pages_by_variable, json!({ "n": 100 })),
            costly,
        ),
        ("the schema's types of types", Document(types_of_types()), costly),
        ("a syntax error of 1 MB", Document("}".repeat(1_000_000)), large),
        ("a syntax error of 40,000 tokens", Document("}".repeat(39_900)), "GRAPHQL_PARSE_FAILED"),
        ("an unknown field of 250 KB", Document(format!("{{{}}}", "a".repeat(250_000))), invalid),
        (
            "a string of 43,000 escapes",
            Document(format!("{{videoByPath(path:\"{}\"){{id}}}}", "\\u0041".repeat(43_000))),
            "",
        ),
        (
            "a block string without an end",
            Document(format!("{{videoByPath(path:\"\"\"{}", "\" ".repeat(130_000))),
            "GRAPHQL_PARSE_FAILED",
        ),
        ("260,000 commas", Document(format!("{{__typename{}}}", ",".repeat(260_000))), ""),
        ("39,900 comments", Document(format!("{}{{__typename}}", "#\n".repeat(39_900))), ""),
        ("variables 100,000 deep", Body(deep("variables", 100_000)), "BAD_REQUEST"),
        ("extensions 100,000 deep", Body(deep("extensions", 100_000)), "BAD_REQUEST"),
        ("variables 110 deep", Variables(filter, deep_filter(110)), "BAD_USER_INPUT"),
        (
            "variables 5,000 deep by GET",
            Get(format!("query={{__typename}}&variables={}", "[".repeat(5_000))),
            "BAD_REQUEST",
        ),
        (
            "100,000 values in a variable",
            Variables(filter, json!({ "it": { "width": { "in": vec![1; 100_000] } } })),
            "BAD_REQUEST",
        ),
        ("a message 100,000 deep", Hostile::Message("[".repeat(100_000)), "4400"),
    ]
}

fn many(count: usize, field: impl Fn(usize) -> String) -> String {
    format!("{{ __typename {} }}", (0..count).map(field).collect::<String>())
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{{videos(filter:{}{{}}{}){{totalCount}}}}", open.repeat(levels), close.repeat(levels))
}

/// As many fragments, each of which selects something of the next.
fn fragments(count: usize, of_next: impl Fn(usize) -> String) -> String {
    let fragment = |at| format!("fragment F{at} on Query{{{}}}", of_next(at + 1));
    let fragments: String = (0..count).map(fragment).collect();
    format!("{{...F0}}{fragments}fragment F{count} on Query{{__typename}}")
}

fn circle(count: usize) -> String {
    let fragment = |at| format!("fragment F{at} on Query{{...F{}}}", (at + 1) % count);
    format!("{{__typename}}{}", (0..count).rev().map(fragment).collect::<String>())
}

fn same_fields(count: usize) -> String {
    let uses: String = (0..count).map(|at| format!("...F{at} ")).collect();
    let fragment = |at| format!("fragment F{at} on Video{{id path}}");
    let fragments: String = (0..count).map(fragment).collect();
    format!("{{video(id:\"x\"){{{uses}}}}}{fragments}")
}

fn variables(count: usize) -> String {
    let definitions: String = (0..count).map(|at| format!("$a{at}:ID!")).collect();
    let uses: String = (0..count).map(|at| format!("$a{at} ")).collect();
    format!("query({definitions}){{nodes(ids:[{uses}]){{id}}}}")
}

fn deep(parameter: &str, levels: usize) -> String {
    format!(r#"{{"query":"{{__typename}}","{parameter}":{}1"#, "{\"a\":".repeat(levels))
}

fn deep_filter(levels: usize) -> Value {
    let filter = (0..levels).fold(json!({}), |filter, _| json!({ "not": filter }));
    json!({ "it": filter })
}

/// What became of a request.
struct Outcome {
    status: u16,
    code: String,
    bytes: usize,
}

impl Hostile {
    fn send(self, server: &Server) -> Outcome {
        let body = match self {
            Document(document) => json!({ "query": document }).to_string(),
            Variables(document, variables) => {
                json!({ "query": document, "variables": variables }).to_string()
            }
            Body(body) => body,
            Get(query) => {
                let query = query.replace('{', "%7B").replace('}', "%7D").replace('[', "%5B");
                let answer = server.get(&format!("/graphql?{query}"));
                return Outcome::of(answer.status, &answer.json(), answer.body.len());
            }
            Hostile::Message(message) => {
                let mut socket = Socket::ready(server);
                socket.send_frame(Message::text(message));
                let (code, reason) = socket.closed();
                return Outcome { status: 101, code: code.to_string(), bytes: reason.len() };
            }
        };
        let request = Request::post(server.url("/graphql"))
            .header("accept", "application/graphql-response+json")
            .header("content-type", "application/json");
        let answer = server.send(request.body(body).unwrap());
        Outcome::of(answer.status, &answer.json(), answer.body.len())
    }
}

impl Outcome {
    fn of(status: u16, answer: &Value, bytes: usize) -> Self {
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
        Self { status, code: code.to_owned(), bytes }
    }
}

/// How much of a processor's time a request may take, whatever else the machine does, and how much
/// memory. A build for tests is many times slower, and takes half as much memory again.
const LONGEST: Duration =
    if cfg!(debug_assertions) { Duration::from_secs(5) } else { Duration::from_millis(50) };
const MOST_MEMORY: u64 = if cfg!(debug_assertions) { 75_000_000 } else { 50_000_000 };

#[test]
#[cfg(target_os = "linux")]
fn a_hostile_request_costs_little() {
    println!("| Request | Status | Code | Answer | Time | Memory |\n|---|---|---|---:|---:|---:|");
    let mut faults = Vec::new();
    for (name, hostile, code) in requests() {
        let server = Server::start(&[]);
        server.ask("{ __typename }");
        let (begun, before) = (server.processor_time(), server.peak_memory());
        let outcome = hostile.send(&server);
        let (time, memory) = (server.processor_time() - begun, server.peak_memory() - before);
        println!(
            "| {name} | {} | {} | {} B | {:.1} ms | {} kB |",
            outcome.status,
            outcome.code,
            outcome.bytes,
            time.as_secs_f64() * 1e3,
            memory / 1000
        );
        let is_short = code.is_empty() || outcome.bytes < 8_000;
        if outcome.code != code || time > LONGEST || memory > MOST_MEMORY || !is_short {
            faults.push(name);
        }
        let answer = server.ask("{ __typename }");
        assert_eq!(answer.json()["data"]["__typename"], "Query", "{name}: {answer}\n{server}");
    }
    assert_eq!(faults, Vec::<&str>::new(), "see the table");
}
