//! What every exchange has: an ID, a line in the log; and the server's health.

use serde_json::Value;
use ureq::http::Request;

use crate::support::binary::{Answer, Server};

fn ask_with_id(server: &Server, id: &str) -> Answer {
    server
        .send(Request::get(server.url("/health/live")).header("x-request-id", id).body(()).unwrap())
}

#[test]
fn a_sane_request_id_is_kept_and_any_other_replaced() {
    let server = Server::start(&[]);
    for id in ["a", "0192f0c1-7e4b-7000-8000-000000000001", "A/b+c=.:_-", &"x".repeat(128)] {
        let answer = ask_with_id(&server, id);
        assert_eq!(answer.header("x-request-id"), id, "{answer}");
    }
    for id in ["", "a b", "a\"b", "<script>", &"x".repeat(129)] {
        let answer = ask_with_id(&server, id);
        let given = uuid::Uuid::parse_str(answer.header("x-request-id")).unwrap();
        assert_eq!(given.get_version_num(), 7, "{answer}");
    }
}

#[test]
fn a_request_id_is_on_every_answer() {
    let server = Server::start(&[]);
    for path in ["/", "/graphql", "/graphql?query=%7B__typename%7D", "/nowhere", "/health/ready"] {
        let answer = server.get(path);
        assert!(!answer.header("x-request-id").is_empty(), "{answer}");
    }
}

#[test]
fn a_request_id_is_in_the_log_and_in_the_audit_log() {
    let server = Server::start(&[]);
    let add = r#"mutation Add { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1,
        frameRate: { numerator: 25 }, height: 1, videoCodec: "av1", fileSize: 1 }) {
        auditEntry { requestId } userErrors { message } } }"#;
    let request = Request::post(server.url("/graphql"))
        .header("content-type", "application/json")
        .header("x-request-id", "lucy-42");
    let answer =
        server.send(request.body(serde_json::json!({ "query": add }).to_string()).unwrap());
    let entry = &answer.json()["data"]["addVideo"]["auditEntry"];
    assert_eq!(entry["requestId"], "lucy-42", "{answer}");

    let line: Value = serde_json::from_str(&server.wait_for_log("answered")).unwrap();
    let span = &line["span"];
    assert_eq!(span["request_id"], "lucy-42", "{line}");
    assert_eq!(span["method"], "POST", "{line}");
    assert_eq!(span["path"], "/graphql", "{line}");
    assert_eq!(span["operation"], "Add", "{line}");
    assert_eq!(line["status"], 200, "{line}");
    assert!(line["elapsed_ms"].is_f64(), "{line}");
}

#[test]
fn the_server_lives_and_is_ready() {
    let server = Server::start(&[]);
    for (path, status) in [("/health/live", "live"), ("/health/ready", "ready")] {
        let answer = server.get(path);
        assert_eq!((answer.status, &answer.json()["status"]), (200, &status.into()), "{answer}");
    }
}
