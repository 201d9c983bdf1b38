//! Whatever comes in, the answer is well formed and no fault of the server's.
//!
//! A long run, and another each time:
//! `PROPTEST_CASES=100000 PROPTEST_RNG_SEED=$RANDOM cargo test --test integration fuzz`

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Answer, Server};

/// What documents are made of, right and wrong.
const TOKENS: [&str; 64] = [
    "{",
    "}",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "=",
    "$",
    "@",
    "...",
    "|",
    "&",
    ",",
    "#\n",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "true",
    "false",
    "null",
    "0",
    "-1",
    "1.5e3",
    "2147483648",
    "\"x\"",
    "\"\"\"block\"\"\"",
    "\"",
    "\"\"\"",
    "\\u{1F600}",
    "\"\\uD83D\\uDE00\"",
    "F",
    "Q",
    "$a",
    "$b",
    "videos",
    "video",
    "node",
    "nodes",
    "searchVideos",
    "auditEntries",
    "addVideo",
    "videoChanges",
    "__typename",
    "__schema",
    "first",
    "after",
    "filter",
    "orderBy",
    "input",
    "id",
    "ids",
    "and",
    "not",
    "width",
    "in",
    "Int",
    "Video",
    "é\u{0}",
];

/// The names in filters, and some that are in none.
const NAMES: [&str; 19] = [
    "and",
    "or",
    "not",
    "path",
    "audioCodec",
    "width",
    "frameRate",
    "fileSize",
    "createdAt",
    "search",
    "eq",
    "ne",
    "in",
    "startsWith",
    "contains",
    "isNull",
    "gt",
    "lte",
    "size",
];

const FILTER: &str = "query ($it: VideoFilter) {
    videos(filter: $it, first: 1) { totalCount nodes { id } } videoStats(filter: $it) { count }
}";

const TEXTS: &str = "query ($it: String!) {
    searchVideos(query: $it, first: 1, after: $it) { totalCount nodes { id } }
    videos(first: 1, before: $it) { nodes { id } } auditEntries(after: $it) { nodes { id } }
    node(id: \"x\") { id } videoByPath(path: $it) { id }
}";

/// Runs `property` on random inputs, 32 of them unless `PROPTEST_CASES` says otherwise.
fn check<S: Strategy>(inputs: S, property: impl Fn(&Server, S::Value)) {
    let asked_for = ProptestConfig::default();
    let is_long = std::env::var_os("PROPTEST_CASES").is_some();
    let config = ProptestConfig {
        cases: if is_long { asked_for.cases } else { 32 },
        rng_seed: match asked_for.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            seed => seed,
        },
        failure_persistence: None,
        ..asked_for
    };
    let server = Server::start(&["--sample"]);
    let outcome = TestRunner::new(config).run(&inputs, |input| {
        property(&server, input);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}\n{server}");
    }
}

fn post(server: &Server, body: impl Into<Vec<u8>>) -> Answer {
    let request = Request::post(server.url("/graphql")).header("content-type", "application/json");
    server.send(request.body(body.into()).unwrap())
}

#[track_caller]
fn assert_well_formed(answer: &Answer) {
    assert!(answer.status < 500, "{answer}");
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    assert!(body.get("data").is_some() || !errors.is_empty(), "{answer}");
    for error in errors {
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()), "{answer}");
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        assert!(!code.is_empty() && code != "INTERNAL_SERVER_ERROR", "{answer}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("2026-01-01T00:00:00Z")),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(&NAMES[..]), inner), 0..4).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

#[test]
fn any_body_is_answered() {
    let valid = json!({ "query": FILTER, "variables": { "it": { "width": { "gt": 1 } } } });
    let damaged =
        (vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)).prop_map(move |places| {
            let mut body = valid.to_string().into_bytes();
            for (place, byte) in places {
                let place = place.index(body.len());
                body[place] = byte;
            }
            body
        });
    let bytes = vec(any::<u8>(), 0..200);
    let json = any_json().prop_map(|json| json.to_string().into_bytes());
    let object =
        vec((select(&["query", "variables", "operationName", "extensions"][..]), any_json()), 0..4);
    let object = object.prop_map(|fields| {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
        fields.collect::<Value>().to_string().into_bytes()
    });
    check(prop_oneof![damaged, bytes, json, object], |server, body| {
        assert_well_formed(&post(server, body));
    });
}

#[test]
fn any_document_is_answered() {
    let tokens = vec(select(&TOKENS[..]), 0..40).prop_map(|tokens| tokens.join(" "));
    let selection =
        vec(select(&TOKENS[..]), 0..12).prop_map(|it| format!("{{ {} }}", it.join(" ")));
    let text = any::<String>();
    check(prop_oneof![tokens, selection, text], |server, document| {
        assert_well_formed(&post(server, json!({ "query": document }).to_string()));
    });
}

#[test]
fn any_filter_is_answered() {
    check(any_json(), |server, filter| {
        let body = json!({ "query": FILTER, "variables": { "it": filter } });
        assert_well_formed(&post(server, body.to_string()));
    });
}

#[test]
fn any_text_and_any_cursor_are_answered() {
    let text = prop_oneof![any::<String>(), "[A-Za-z0-9_-]{0,80}", r#"["\- a-c日]{0,40}"#];
    check(text, |server, text| {
        let body = json!({ "query": TEXTS, "variables": { "it": text } });
        assert_well_formed(&post(server, body.to_string()));
    });
}

#[test]
fn any_query_string_is_answered() {
    let parameter =
        (select(&["query", "variables", "operationName", "extensions", "x"][..]), "[ -~]{0,40}");
    check(vec(parameter, 0..4), |server, parameters| {
        let escaped =
            |value: &str| value.bytes().map(|it| format!("%{it:02X}")).collect::<String>();
        let pairs = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        let path = format!("/graphql?{}", pairs.collect::<Vec<_>>().join("&"));
        let request = Request::get(server.url(&path)).header("accept", "application/json");
        assert_well_formed(&server.send(request.body(()).unwrap()));
    });
}
