//! What pages of other sites may do, and what browsers are told to keep from.

use std::io::Write;

use ureq::http::{Method, Request};

use crate::support::binary::{Answer, Server, read_until};

const FRIEND: &str = "https://films.example";
const STRANGER: &str = "https://evil.example";
const ADD: &str = r#"mutation { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1,
    frameRate: { numerator: 25 }, height: 1, videoCodec: "av1", fileSize: 1 }) { video { id } } }"#;

#[track_caller]
fn send(server: &Server, method: &Method, origin: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request =
        Request::builder().method(method).uri(server.url("/graphql")).header("origin", origin);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match *method {
        Method::POST => server.send(request.body(r#"{"query":"{ __typename }"}"#).unwrap()),
        _ => server.send(request.body(()).unwrap()),
    }
}

/// What a browser asks before a page sends JSON.
#[track_caller]
fn ask_before(server: &Server, origin: &str) -> Answer {
    ask_before_sending(
        server,
        origin,
        "authorization,content-type,if-none-match,reelgraph-place,x-request-id",
    )
}

/// What a browser asks before a page sends these headers.
#[track_caller]
fn ask_before_sending(server: &Server, origin: &str, headers: &str) -> Answer {
    let asked =
        [("access-control-request-method", "POST"), ("access-control-request-headers", headers)];
    send(server, &Method::OPTIONS, origin, &asked)
}

#[test]
fn pages_of_other_sites_are_told_nothing_by_default() {
    let server = Server::start(&[]);
    let asked = ask_before(&server, FRIEND);
    assert_eq!((asked.status, &*asked.code()), (403, "FORBIDDEN"), "{asked}");
    assert!(asked.body.contains("CORS") && asked.body.contains("--allowed-origins"), "{asked}");
    let answer = send(&server, &Method::POST, FRIEND, &[("content-type", "application/json")]);
    for answer in [asked, answer] {
        assert_eq!(answer.header("access-control-allow-origin"), "", "{answer}");
    }
}

#[test]
fn pages_of_allowed_origins_may_use_the_api() {
    let server = Server::start(&["--allowed-origins", FRIEND]);
    let asked = ask_before(&server, FRIEND);
    assert_eq!(asked.status, 200, "{asked}");
    for (name, value) in [
        ("access-control-allow-origin", FRIEND),
        ("access-control-allow-methods", "GET,POST"),
        (
            "access-control-allow-headers",
            "authorization,content-type,if-none-match,last-event-id,reelgraph-place,x-request-id,\
             traceparent,tracestate,baggage,apollo-require-preflight,apollographql-client-name,\
             apollographql-client-version",
        ),
        ("access-control-max-age", "86400"),
        ("vary", "origin"),
    ] {
        assert_eq!(asked.header(name), value, "{name}\n{asked}");
    }
    let json = [("content-type", "application/json")];
    for headers in [&json[..], &[]] {
        // A refusal can be read as well.
        let answer = send(&server, &Method::POST, FRIEND, headers);
        assert_eq!(answer.header("access-control-allow-origin"), FRIEND, "{answer}");
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed, "etag,reelgraph-place,retry-after,x-request-id", "{answer}");
        let varies: Vec<_> = answer.headers.get_all("vary").into_iter().collect();
        assert_eq!(varies, ["accept", "origin", "accept-encoding"], "{answer}");
    }
}

#[test]
fn pages_may_send_the_headers_that_are_allowed() {
    let usual = "traceparent, tracestate,baggage,Apollo-Require-Preflight,\
                 apollographql-client-name,apollographql-client-version";
    let server = Server::start(&["--allowed-origins", FRIEND]);
    assert_eq!(ask_before_sending(&server, FRIEND, usual).status, 200);
    let refused = ask_before_sending(&server, FRIEND, "x-tenant");
    assert_eq!((refused.status, &*refused.code()), (403, "FORBIDDEN"), "{refused}");
    assert!(refused.body.contains("--allowed-headers"), "{refused}");

    let server = Server::start(&["--allowed-origins", FRIEND, "--allowed-headers=X-Tenant"]);
    let allowed = ask_before_sending(&server, FRIEND, "x-tenant,authorization");
    assert_eq!(allowed.status, 200, "{allowed}");
    let list = allowed.header("access-control-allow-headers");
    assert!(list.ends_with(",x-tenant") && !list.contains("baggage"), "{allowed}");
    assert_eq!(ask_before_sending(&server, FRIEND, "baggage").status, 403);
}

#[test]
fn a_refused_preflight_names_the_setting() {
    let server = Server::start(&["--allowed-origins", FRIEND]);
    let refused = ask_before(&server, STRANGER);
    assert_eq!((refused.status, &*refused.code()), (403, "FORBIDDEN"), "{refused}");
    assert!(refused.body.contains("--allowed-origins"), "{refused}");
    // OPTIONS without the headers of a preflight request is a method like others.
    let options = send(&server, &Method::OPTIONS, STRANGER, &[]);
    assert!(!options.body.contains("--allowed-origins"), "{options}");
}

#[test]
fn pages_of_all_others_are_told_nothing() {
    let server = Server::start(&["--allowed-origins", FRIEND]);
    let json = [("content-type", "application/json")];
    for origin in [STRANGER, "null", "http://films.example", "https://films.example.evil.example"] {
        for answer in [ask_before(&server, origin), send(&server, &Method::POST, origin, &json)] {
            assert_eq!(answer.header("access-control-allow-origin"), "", "{answer}");
        }
    }
}

#[test]
fn what_a_page_may_send_without_asking_changes_nothing() {
    let server = Server::start(&["--allowed-origins", FRIEND]);
    let json = serde_json::json!({ "query": ADD }).to_string();
    let form: String = form_urlencoded::byte_serialize(ADD.as_bytes()).collect();
    let parts = format!(
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{json}\r\n--x--\r\n"
    );
    for (content_type, body) in [
        (Some("text/plain"), &json),
        (Some("text/plain; application/json"), &json),
        (Some("application/x-www-form-urlencoded"), &format!("query={form}")),
        (Some("multipart/form-data; boundary=x"), &parts),
        (None, &json),
    ] {
        let mut stream = server.connect();
        let content_type =
            content_type.map_or(String::new(), |it| format!("content-type: {it}\r\n"));
        let length = body.len();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\norigin: {STRANGER}\r\n{content_type}\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let answer = read_until(&mut stream, "}]}");
        assert!(answer.starts_with("HTTP/1.1 415 "), "{content_type}{answer}");
    }
    let by_get = server.get(&format!("/graphql?query={form}"));
    assert_eq!(by_get.status, 405, "{by_get}");
    let count = server.ask("{ videos { totalCount } }");
    assert_eq!(count.json()["data"]["videos"]["totalCount"], 0, "{count}");
}

#[test]
fn every_answer_keeps_browsers_from_misusing_it() {
    let server = Server::start(&["--max-header-bytes=2000"]);
    let long = format!("/{}", "x".repeat(2_000));
    for (path, status) in [
        ("/", 307),
        ("/graphql", 400),
        ("/graphql?query={__typename}", 200),
        ("/health/ready", 200),
        ("/nowhere", 404),
        ("/graphiql/assets/none.js", 404),
        (&long, 431),
    ] {
        let answer = server.get(&path.replace('{', "%7B").replace('}', "%7D"));
        assert_eq!(answer.status, status, "{answer}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; base-uri 'none'"), "{answer}");
        assert!(policy.contains("frame-ancestors 'none'"), "{answer}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{answer}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{answer}");
    }
}
