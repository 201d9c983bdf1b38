//! Answers in fewer bytes.

use std::io::Read;

use brotli_decompressor::Decompressor;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use crate::support::binary::Server;

const PAGE: &str = "{videos(first:50){nodes{id path filename videoCodec createdAt}}}";
const LITTLE: &str = "{__typename}";
const JSON: &str = "application/json";

/// What is answered to a client that reads these encodings: the header and the body as it came.
fn get(server: &Server, accepted: &str, query: &str, accept: &str) -> (HeaderMap, Vec<u8>) {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let request = Request::get(server.url(&format!("/graphql?query={query}")))
        .header("accept-encoding", accepted)
        .header("accept", accept);
    let mut response = Agent::new_with_defaults().run(request.body(()).unwrap()).unwrap();
    let body = response.body_mut().read_to_vec().unwrap();
    (response.headers().clone(), body)
}

/// The encoding of an answer; empty where it has none.
fn encoding(headers: &HeaderMap) -> &str {
    headers.get("content-encoding").map_or("", |value| value.to_str().unwrap())
}

#[test]
fn a_long_answer_comes_as_the_client_can_read_it() {
    let server = Server::start(&["--sample"]);
    let (_, plain) = get(&server, "identity", PAGE, JSON);
    for (accepted, expected) in [
        // Node.js 20 offers it, and cannot read it.
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "gzip"),
        ("gzip;q=0.5, br;q=0.5, zstd;q=0.5", "br"),
        ("gzip;q=0.9, br;q=0.9, zstd", "zstd"),
        ("zstd", "zstd"),
        ("br;q=0, GZIP", "gzip"),
        ("br;q=nonsense, gzip;q=0.1", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("deflate", ""),
        ("", ""),
    ] {
        let (headers, body) = get(&server, accepted, PAGE, JSON);
        assert_eq!(encoding(&headers), expected, "{accepted}");
        let varies: Vec<_> = headers.get_all("vary").into_iter().collect();
        assert_eq!(varies, ["accept", "accept-encoding"], "{accepted}");
        match expected {
            "" => assert_eq!(body, plain),
            _ => assert!(body.len() < plain.len() / 3, "{accepted}: {}", body.len()),
        }
        if expected == "br" {
            let mut read = Vec::new();
            Decompressor::new(&*body, 4096).read_to_end(&mut read).unwrap();
            assert_eq!(read, plain);
        }
    }
}

#[test]
fn what_gains_nothing_is_left_as_it_is() {
    let server = Server::start(&["--sample"]);
    for (query, accept) in [(LITTLE, JSON), (PAGE, "text/event-stream")] {
        let (headers, _) = get(&server, "gzip, br, zstd", query, accept);
        assert_eq!(encoding(&headers), "", "{query}");
        let varies = headers.get_all("vary").into_iter().any(|it| it == "accept-encoding");
        // The next answer to the same question may be longer, but events never are compressed.
        assert_eq!(varies, accept == JSON, "{query}");
    }
}

#[test]
fn a_client_that_reads_nothing_is_answered_all_the_same() {
    let server = Server::start(&["--sample"]);
    for accepted in ["identity;q=0", "*;q=0", "deflate, identity;q=0.0"] {
        let (headers, body) = get(&server, accepted, PAGE, JSON);
        assert_eq!(encoding(&headers), "", "{accepted}");
        assert!(body.starts_with(br#"{"data""#), "{accepted}");
    }
}
