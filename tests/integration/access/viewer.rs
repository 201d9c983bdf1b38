//! Who the caller is, for every kind of credential, and how long a browser may keep that.

use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::{Value, json};
use ureq::http::Request;

use super::{Library, ask};
use crate::support::binary::{Answer, PATIENCE, Server};
use crate::support::issuers::{Issuer, claims, now};

const VIEWER: &str = "{ viewer { name role canWrite expiresAt } }";

/// The viewer of this credential, with whatever it says of its expiry.
#[track_caller]
fn viewer(server: &Server, credential: &str) -> Value {
    let answer = ask(server, credential, VIEWER);
    assert_eq!(answer.status, 200, "{answer}\n{server}");
    answer.json()["data"]["viewer"].take()
}

#[track_caller]
fn assert_is(viewer: &Value, name: Option<&str>, role: &str, can_write: bool) {
    let found = (&viewer["name"], &viewer["role"], &viewer["canWrite"]);
    assert_eq!(found, (&json!(name), &json!(role), &json!(can_write)), "{viewer}");
}

/// When the viewer's credential expires, in seconds since 1970.
#[track_caller]
fn expiry(viewer: &Value) -> i64 {
    let text = viewer["expiresAt"].as_str().unwrap_or_else(|| panic!("{viewer} never expires"));
    DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

#[test]
fn the_holder_of_a_key_sees_its_name_its_role_and_its_expiry() {
    let library = Library::new();
    let keys = ["reader", "editor", "admin"].map(|role| library.key(&format!("the {role}"), role));
    let made = library.run(&[
        "key",
        "create",
        "--name",
        "guest",
        "--role",
        "reader",
        "--expires-in-days",
        "1",
    ]);
    let guest = made.with_code(0).stdout.trim_end().to_owned();
    let server = library.serve(&[]);
    for (key, (role, can_write)) in
        keys.iter().zip([("READER", false), ("EDITOR", true), ("ADMIN", true)])
    {
        let viewer = viewer(&server, key);
        assert_is(&viewer, Some(&format!("the {}", role.to_lowercase())), role, can_write);
        assert_eq!(viewer["expiresAt"], Value::Null, "{viewer}");
    }
    let viewer = viewer(&server, &guest);
    assert_is(&viewer, Some("guest"), "READER", false);
    let rest = expiry(&viewer) - now();
    assert!((1..=86_400).contains(&rest), "{rest} s are left of {viewer}");
}

#[test]
fn the_holder_of_a_token_sees_its_claims() {
    let issuer = Issuer::hs256();
    let library = Library::new();
    let path = library.path("key");
    std::fs::write(&path, &issuer.key_file).unwrap();
    let key_file = format!("--jwt-key-file={}", path.display());
    let server = library.serve(&[&key_file, "--jwt-clock-skew-seconds=600"]);
    let mut claims = claims(3600);
    claims["role"] = json!("reader");
    let viewer = viewer(&server, &issuer.sign(&claims));
    assert_is(&viewer, Some("lucy"), "READER", false);
    // The clock skew is a tolerance for others: a client renews its token before it expires.
    assert_eq!(json!(expiry(&viewer)), claims["exp"], "{viewer}");
}

#[test]
fn an_anonymous_caller_has_a_role_and_no_name() {
    let open = Server::start(&[]);
    let all = viewer(&open, "");
    assert_is(&all, None, "ADMIN", true);
    assert_eq!(all["expiresAt"], Value::Null);
    let library = Library::new();
    library.key("lucy", "editor");
    for (allowed, role, can_write) in [("read", "READER", false), ("write", "EDITOR", true)] {
        let server = library.serve(&[&format!("--allow-anonymous={allowed}")]);
        assert_is(&viewer(&server, ""), None, role, can_write);
    }
}

/// Asks a document by GET with this key, by a client that has the answer with this tag.
#[track_caller]
fn get(server: &Server, key: &str, document: &str, tag: &str) -> Answer {
    let query: String = form_urlencoded::byte_serialize(document.as_bytes()).collect();
    let mut request = Request::get(server.url(&format!("/graphql?query={query}")));
    if !key.is_empty() {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    server.send(request.header("if-none-match", tag).body(()).unwrap())
}

#[test]
fn another_expiry_makes_another_answer_where_the_viewer_is_shown() {
    const OTHER: &str = "{ videos { totalCount } }";
    let library = Library::new();
    let key = library.key("lucy", "reader");
    let server = library.serve(&[]);
    let [viewer, other] = [VIEWER, OTHER].map(|document| get(&server, &key, document, ""));
    let [viewer_tag, other_tag] = [&viewer, &other].map(|answer| answer.header("etag"));
    assert_eq!(get(&server, &key, VIEWER, viewer_tag).status, 304);
    library.sql("UPDATE api_keys SET expires_at = 4102444800000000");
    // The server looks for changed keys from time to time.
    let begun = Instant::now();
    let changed = loop {
        let answer = get(&server, &key, VIEWER, viewer_tag);
        if answer.status != 304 {
            break answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}\n{server}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let viewer = &changed.json()["data"]["viewer"];
    assert_eq!(viewer["expiresAt"], "2100-01-01T00:00:00.000000Z", "{changed}");
    assert_eq!(get(&server, &key, VIEWER, changed.header("etag")).status, 304);
    assert_eq!(get(&server, &key, OTHER, other_tag).status, 304);
}

#[test]
fn other_settings_make_another_answer_where_the_server_is_shown() {
    const SERVER: &str = "{ serverInfo { version maxPageSize maxSearchCharacters maxSearchWords
        maxCost maxFilterConditions maxBulkVideos } }";
    const OTHER: &str = "{ videos { totalCount } }";
    let library = Library::new();
    let [info, other] = {
        let server = library.serve(&[]);
        [SERVER, OTHER].map(|document| get(&server, "", document, ""))
    };
    let expected = json!({
        "version": env!("CARGO_PKG_VERSION"), "maxPageSize": 100, "maxSearchCharacters": 1000,
        "maxSearchWords": 64, "maxCost": 50_000, "maxFilterConditions": 200,
        "maxBulkVideos": 10_000,
    });
    assert_eq!(info.json()["data"]["serverInfo"], expected, "{info}");
    for (settings, status) in [
        (vec![], 304),
        (vec!["--max-depth=20"], 304),
        (vec!["--max-cost=1000"], 200),
        (vec!["--max-filter-conditions=7"], 200),
        (vec!["--max-bulk=7"], 200),
    ] {
        let server = library.serve(&settings);
        let answer = get(&server, "", SERVER, info.header("etag"));
        assert_eq!(answer.status, status, "{settings:?}: {answer}");
        assert_eq!(get(&server, "", OTHER, other.header("etag")).status, 304, "{settings:?}");
    }
    let server = library.serve(&["--max-cost=1000", "--max-filter-conditions=7"]);
    let answer = get(&server, "", SERVER, info.header("etag")).json();
    let shown = &answer["data"]["serverInfo"];
    assert_eq!((&shown["maxCost"], &shown["maxFilterConditions"]), (&json!(1000), &json!(7)));
}
