//! Tags of answers, and requests that only want an answer which is another one.
//!
//! Source: [RFC 9110, section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};
use ureq::http::{HeaderValue, Request};

use crate::support::binary::{Answer, Server};
use crate::support::graphql::{ADD, input};

const COUNT: &str = "{ auditEntries { totalCount } videos { totalCount } }";

/// Asks by GET, where this tag is known already.
#[track_caller]
fn get(server: &Server, parameters: &[(&str, &str)], tag: &str) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let request = Request::get(server.url(&format!("/graphql?{query}")));
    server.send(request.header("if-none-match", tag).body(()).unwrap())
}

#[track_caller]
fn post(server: &Server, body: &Value, tag: &str) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("content-type", "application/json")
        .header("if-none-match", tag);
    server.send(request.body(body.to_string()).unwrap())
}

#[track_caller]
fn add(server: &Server, path: &str) {
    let answer = post(server, &json!({ "query": ADD, "variables": { "input": input(path) } }), "");
    assert_eq!(answer.json()["data"]["addVideo"]["userErrors"], json!([]), "{answer}");
}

#[track_caller]
fn assert_not_modified(answer: &Answer, tag: &str) {
    assert_eq!((answer.status, &*answer.body), (304, ""), "{answer}");
    assert_eq!(answer.header("etag"), tag, "{answer}");
    assert_eq!(answer.header("cache-control"), "private, no-cache", "{answer}");
    assert_eq!(varies(answer), ["accept", "accept-encoding"], "{answer}");
}

/// What an answer depends on.
fn varies(answer: &Answer) -> Vec<&HeaderValue> {
    answer.headers.get_all("vary").into_iter().collect()
}

#[test]
fn an_answer_holds_until_something_changes() {
    let server = Server::start(&[]);
    let first = get(&server, &[("query", COUNT)], "");
    let tag = first.header("etag");
    assert_eq!((first.status, &tag[..3]), (200, "W/\""), "{first}");
    assert_eq!(first.header("cache-control"), "private, no-cache", "{first}");
    assert_eq!(varies(&first), ["accept", "accept-encoding"], "{first}");
    for known in [tag, "*", &format!("\"other\", {tag}")] {
        assert_not_modified(&get(&server, &[("query", COUNT)], known), tag);
    }
    add(&server, "/a.mkv");
    let second = get(&server, &[("query", COUNT)], tag);
    assert_eq!(second.json()["data"]["videos"]["totalCount"], 1, "{second}");
    assert_ne!(second.header("etag"), tag);
    assert_not_modified(
        &get(&server, &[("query", COUNT)], second.header("etag")),
        second.header("etag"),
    );
}

#[test]
fn another_question_has_another_tag() {
    let server = Server::start(&[]);
    let query = "query A($a: Int) { videos(first: $a) { totalCount } } query B { __typename }";
    let asked = [("query", query), ("operationName", "A"), ("variables", "{\"a\":1}")];
    let tag = get(&server, &asked, "");
    let tag = tag.header("etag");
    assert_not_modified(&get(&server, &asked, tag), tag);
    for other in [
        [asked[0], asked[1], ("variables", "{\"a\":2}")],
        [asked[0], ("operationName", "B"), asked[2]],
        [("query", &format!("{query} ")), asked[1], asked[2]],
    ] {
        assert_eq!(get(&server, &other, tag).status, 200, "{other:?}");
    }
    let request = Request::get(server.url("/graphql?query=%7B__typename%7D"));
    let named = server
        .send(request.header("accept", "application/graphql-response+json").body(()).unwrap());
    let request = Request::get(server.url("/graphql?query=%7B__typename%7D"));
    let request = request.header("if-none-match", named.header("etag"));
    assert_eq!(server.send(request.body(()).unwrap()).status, 200);
}

#[test]
fn a_post_is_answered_whatever_is_known() {
    let server = Server::start(&[]);
    let asked = get(&server, &[("query", COUNT)], "");
    for known in [asked.header("etag"), "*"] {
        let again = post(&server, &json!({ "query": COUNT }), known);
        assert_eq!((again.status, &*again.body), (200, &*asked.body), "{again}");
    }
}

#[test]
fn what_is_no_whole_answer_to_a_query_by_get_is_not_kept() {
    let server = Server::start(&["--max-batch=10"]);
    for body in [
        json!({ "query": COUNT }),
        json!({ "query": "{" }),
        json!({ "query": "{ videos(first: 101) { totalCount } }" }),
        json!({ "query": "mutation { __typename }" }),
        json!([{ "query": COUNT }]),
    ] {
        let answer = post(&server, &body, "");
        assert_eq!(answer.header("etag"), "", "{answer}");
        assert_eq!(answer.header("cache-control"), "no-store", "{answer}");
    }
    let hash = "0".repeat(64);
    let unknown = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } }).to_string();
    let answer = get(&server, &[("extensions", &unknown)], "*");
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND", "{answer}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer}");
}

#[test]
fn the_schema_is_a_file() {
    let server = Server::start(&[]);
    let schema = server.get("/schema.graphql");
    assert_eq!(schema.status, 200, "{schema}");
    assert_eq!(schema.header("content-type"), "text/plain; charset=utf-8");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    assert_eq!(schema.body, std::fs::read_to_string(path).unwrap());
    let request = Request::get(server.url("/schema.graphql"));
    let request = request.header("if-none-match", schema.header("etag")).body(()).unwrap();
    let again = server.send(request);
    assert_eq!((again.status, &*again.body), (304, ""), "{again}");
    assert_eq!(again.header("etag"), schema.header("etag"));
    for answer in [&schema, &again] {
        assert_eq!(varies(answer), ["accept-encoding"], "{answer}");
    }
}

/// A client that asks one server over and over, and counts what it was told.
struct Reader<'a> {
    server: &'a Server,
    acknowledged: &'a AtomicU64,
    kept: u64,
    renewed: u64,
}

impl Reader<'_> {
    /// Asks until `done`: what it has must never be older than what was acknowledged before it
    /// asked whether that still holds.
    fn ask_until(&mut self, done: &AtomicBool) {
        let (mut tag, mut count) = (String::new(), 0);
        while !done.load(Ordering::SeqCst) {
            let acknowledged = self.acknowledged.load(Ordering::SeqCst);
            let answer = get(self.server, &[("query", COUNT)], &tag);
            if answer.status == 304 {
                self.kept += 1;
            } else {
                self.renewed += 1;
                answer.header("etag").clone_into(&mut tag);
                count = answer.json()["data"]["auditEntries"]["totalCount"].as_u64().unwrap();
            }
            assert!(count >= acknowledged, "{count} of {acknowledged} changes are shown\n{answer}");
        }
    }
}

#[test]
fn no_answer_is_called_fresh_that_is_older_than_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let library = format!("--database-url=sqlite:{}", folder.path().join("r.db").display());
    // Neither of them hears of what the other one writes.
    let servers = [Server::start(&[&library]), Server::start(&[&library])];
    let (acknowledged, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let (kept, renewed) = thread::scope(|scope| {
        let readers: Vec<_> = [&servers[0], &servers[1], &servers[0], &servers[1]]
            .into_iter()
            .map(|server| {
                let mut reader =
                    Reader { server, acknowledged: &acknowledged, kept: 0, renewed: 0 };
                let done = &done;
                scope.spawn(move || {
                    reader.ask_until(done);
                    (reader.kept, reader.renewed)
                })
            })
            .collect();
        let writers: Vec<_> = servers
            .iter()
            .enumerate()
            .map(|(writer, server)| {
                let acknowledged = &acknowledged;
                scope.spawn(move || {
                    for number in 0..100 {
                        add(server, &format!("/{writer}/{number}.mkv"));
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let written: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::SeqCst);
        assert!(written.iter().all(Result::is_ok));
        let told = readers.into_iter().map(|reader| reader.join().unwrap());
        told.fold((0, 0), |(kept, renewed), told| (kept + told.0, renewed + told.1))
    });
    assert_eq!(acknowledged.into_inner(), 200);
    assert!(kept > 0 && renewed > 0, "{kept} answers were kept and {renewed} renewed");
}
