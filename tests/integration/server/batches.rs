//! Lists of requests.
//!
//! Source: [request batching](https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20C%20-%20Request%20Batching.md).

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Answer, Server};
use crate::support::graphql::{ADD, input};

#[track_caller]
fn post(server: &Server, accept: &str, body: &Value) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("accept", accept)
        .header("content-type", "application/json")
        .header("x-request-id", "lucy-42");
    server.send(request.body(body.to_string()).unwrap())
}

fn list(count: usize) -> Value {
    (0..count).map(|_| json!({ "query": "{ __typename }" })).collect()
}

#[test]
fn a_list_is_answered_in_its_order_one_after_another() {
    let server = Server::start(&["--max-batch=10", "--log-level=debug"]);
    let add = |path| json!({ "query": ADD, "variables": { "input": input(path) } });
    let count = json!({ "query": "query Count { videos { totalCount } }" });
    let requests = json!([count, add("/a.mkv"), count, add("/b.mkv"), add("/b.mkv"), count]);
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = post(&server, accept, &json!([count]));
        assert_eq!(answer.header("content-type"), format!("{accept}; charset=utf-8"), "{answer}");
    }
    let answer = post(&server, "application/json", &requests);
    assert_eq!(answer.status, 200, "{answer}");
    let answers = answer.json();
    for (index, expected) in [(0, 0), (2, 1), (5, 2)] {
        assert_eq!(answers[index]["data"]["videos"]["totalCount"], expected, "{answer}");
    }
    let taken = &answers[4]["data"]["addVideo"]["userErrors"][0]["code"];
    assert_eq!((answers.as_array().unwrap().len(), taken), (6, &json!("PATH_TAKEN")), "{answer}");

    let line = server.wait_for_log("\"index\":5");
    assert!(line.contains("\"operation\":\"Count\"") && line.contains("lucy-42"), "{line}");
}

#[test]
fn what_is_wrong_with_one_request_is_told_in_its_place() {
    let server = Server::start(&["--max-batch=10"]);
    let nested = format!("{{ a(b: {}", "[".repeat(100));
    let requests = json!([
        { "query": "{ __typename }" },
        { "query": "{" },
        { "variables": {} },
        { "query": "subscription { videoChanges { cursor } }" },
        { "query": nested },
        { "query": "{ videos(first: 101) { totalCount } }" },
        { "query": "{ __typename }" },
    ]);
    let answer = post(&server, "application/graphql-response+json", &requests);
    assert_eq!(answer.status, 200, "{answer}");
    let answers = answer.json();
    for (index, code) in [
        (1, "GRAPHQL_PARSE_FAILED"),
        (2, "BAD_REQUEST"),
        (3, "BAD_REQUEST"),
        (4, "DOCUMENT_TOO_LARGE"),
        (5, "BAD_USER_INPUT"),
    ] {
        assert_eq!(answers[index]["errors"][0]["extensions"]["code"], code, "{index}: {answer}");
        assert_eq!(answers[index].get("data").is_some(), index == 5, "{index}: {answer}");
    }
    for index in [0, 6] {
        assert_eq!(answers[index], json!({ "data": { "__typename": "Query" } }), "{answer}");
    }
}

#[test]
fn a_list_that_is_too_long_or_none_is_refused_as_a_whole() {
    let (none, three) = (Server::start(&[]), Server::start(&["--max-batch=3"]));
    assert_eq!(post(&three, "*/*", &list(3)).status, 200);
    for (server, body, parts) in [
        (&none, list(2), ["batch of 2 requests", "--max-batch is 0"]),
        (&three, list(4), ["batch of 4 requests", "more than the maximum of 3 (--max-batch)"]),
        (&three, json!([]), ["empty list", ""]),
        (&three, json!([{ "query": "{ __typename }" }, "{ __typename }"]), ["JSON object", ""]),
    ] {
        let answer = post(server, "application/json", &body);
        assert_eq!((answer.status, &*answer.code()), (400, "BAD_REQUEST"), "{answer}");
        assert!(parts.iter().all(|part| answer.body.contains(part)), "{answer}");
    }
    let answer = post(&three, "text/event-stream", &list(1));
    assert_eq!((answer.status, &*answer.code()), (406, "NOT_ACCEPTABLE"), "{answer}");
}

#[test]
fn all_answers_to_a_list_have_the_room_of_one() {
    let server = Server::start(&["--max-batch=10", "--max-answer-bytes=1024"]);
    let fields: String = (10..40).map(|at| format!("a{at}: __typename ")).collect();
    let request = json!({ "query": format!("{{ {fields} }}") });
    let answer = post(&server, "application/json", &json!([request, request, request]));
    let answers = answer.json();
    for within in [&answers[0], &answers[1]] {
        assert_eq!(within["data"]["a39"], "Query", "{answer}");
    }
    let refused = &answers[2]["errors"][0];
    assert_eq!(refused["extensions"]["code"], "ANSWER_TOO_LARGE", "{answer}");
    assert!(refused["message"].as_str().unwrap().contains("1024 bytes"), "{answer}");
}
