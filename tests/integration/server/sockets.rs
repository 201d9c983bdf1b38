//! GraphQL over WebSocket: messages, codes, limits.
//!
//! Source: [GraphQL over WebSocket](https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md).

use serde_json::{Value, json};
use tungstenite::Message;

use crate::support::binary::Server;
use crate::support::socket::{SUBPROTOCOL, Socket};

const CHANGES: &str =
    "subscription { videoChanges(marks: true) { kind cursor auditEntry { requestId } } }";

/// Adds a video.
#[track_caller]
fn add(server: &Server, path: &str) {
    let answer = server.ask(&format!("mutation {{ {} }}", add_field(path)));
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
}

fn add_field(path: &str) -> String {
    format!(
        "addVideo(input: {{ path: {path:?}, durationFrames: 1, frameRate: {{ numerator: 25 }},
            width: 1, height: 1, videoCodec: \"av1\", fileSize: 1 }})
        {{ video {{ id }} auditEntry {{ requestId }} }}"
    )
}

/// A subscription to changes that has begun.
#[track_caller]
fn follow(socket: &mut Socket, id: &str) {
    socket.subscribe(id, CHANGES);
    let mark = socket.receive_next(id);
    assert_eq!(mark["data"]["videoChanges"]["kind"], "CAUGHT_UP", "{mark}");
}

/// The code and message of the only error with which an operation was refused.
#[track_caller]
fn refused(message: &Value, id: &str) -> String {
    assert_eq!((&message["type"], &message["id"]), (&"error".into(), &id.into()), "{message}");
    assert_eq!(message["payload"].as_array().map(Vec::len), Some(1), "{message}");
    message["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn queries_mutations_and_subscriptions_share_a_socket() {
    let server = Server::start(&[]);
    let mut socket = Socket::open_with(
        &server,
        &[("sec-websocket-protocol", SUBPROTOCOL), ("x-request-id", "lucy-42")],
    )
    .unwrap();
    socket.send(&json!({ "type": "connection_init", "payload": { "any": "thing" } }));
    assert_eq!(socket.receive(), json!({ "type": "connection_ack" }));
    follow(&mut socket, "changes");

    socket.subscribe("add", &format!("mutation {{ {} }}", add_field("/a.mkv")));
    // The change may be told before its author hears of it.
    let mut told: Vec<Value> = (0..3).map(|_| socket.receive()).collect();
    told.sort_by_key(|message| message["id"].to_string() + &message["type"].to_string());
    let [complete, payload, change] = &told[..] else { panic!("{told:?}") };
    assert_eq!(complete, &json!({ "type": "complete", "id": "add" }));
    let entry = &payload["payload"]["data"]["addVideo"]["auditEntry"];
    assert_eq!(entry["requestId"], "lucy-42", "{payload}");
    let entry = &change["payload"]["data"]["videoChanges"]["auditEntry"];
    assert_eq!(entry["requestId"], "lucy-42", "{change}");

    socket.subscribe_with(
        "get",
        "query($n: Int) { videos(first: $n) { totalCount } }",
        &json!({ "n": 1 }),
    );
    assert_eq!(socket.receive_next("get")["data"]["videos"]["totalCount"], 1);
    assert_eq!(socket.receive(), json!({ "type": "complete", "id": "get" }));
}

#[test]
fn a_socket_that_is_not_initialised_in_time_is_closed() {
    let server = Server::start(&["--init-timeout-seconds", "1"]);
    assert_eq!(Socket::open(&server).closed().0, 4408, "{server}");
}

#[test]
fn what_breaks_the_protocol_closes_the_socket() {
    let server = Server::start(&["--init-timeout-seconds", "60", "--max-body-bytes", "2000"]);
    let init = json!({ "type": "connection_init" }).to_string();
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": CHANGES } });
    let subscribe = subscribe.to_string();
    let too_long = json!({ "type": "ping", "payload": { "text": "x".repeat(2000) } }).to_string();
    for (text, expected) in [(&*subscribe, 4401), ("hello", 4400), (&too_long, 1009)] {
        let mut socket = Socket::open(&server);
        socket.send_frame(Message::text(text));
        assert_eq!(socket.closed().0, expected, "{text}\n{server}");
    }
    for (text, expected) in [
        (&*init, 4429),
        ("hello", 4400),
        (r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#, 4400),
        (&too_long, 1009),
    ] {
        let mut socket = Socket::ready(&server);
        socket.send_frame(Message::text(text));
        let (code, reason) = socket.closed();
        assert_eq!(code, expected, "{text}\n{server}");
        assert!(!reason.is_empty(), "{code} without a reason");
    }

    let mut socket = Socket::ready(&server);
    follow(&mut socket, "1");
    socket.send_frame(Message::text(subscribe));
    assert_eq!(socket.closed(), (4409, "Subscriber for 1 already exists".to_owned()));

    let mut socket = Socket::ready(&server);
    socket.send_frame(Message::binary("{}"));
    assert_eq!(socket.closed().0, 4400);
}

#[test]
fn another_subprotocol_is_told_which_one_to_speak() {
    let server = Server::start(&[]);
    for headers in [&[("sec-websocket-protocol", "graphql-ws")][..], &[]] {
        let mut socket = Socket::open_with(&server, headers).unwrap();
        let (code, reason) = socket.closed();
        assert_eq!(code, 4406, "{reason}");
        assert!(reason.contains(SUBPROTOCOL), "{reason}");
    }
    let offered = format!("graphql-ws, {SUBPROTOCOL}");
    let mut socket = Socket::open_with(&server, &[("sec-websocket-protocol", &offered)]).unwrap();
    socket.send(&json!({ "type": "connection_init" }));
    assert_eq!(socket.receive(), json!({ "type": "connection_ack" }));
}

#[test]
fn a_ping_is_answered_with_what_it_brought() {
    let server = Server::start(&[]);
    let mut socket = Socket::open(&server);
    socket.send(&json!({ "type": "ping" }));
    assert_eq!(socket.receive(), json!({ "type": "pong" }));
    socket.send(&json!({ "type": "ping", "payload": { "at": 1 } }));
    assert_eq!(socket.receive(), json!({ "type": "pong", "payload": { "at": 1 } }));
}

#[test]
fn errors_of_requests_end_the_operation_and_errors_of_fields_do_not() {
    let server = Server::start(&[]);
    let mut socket = Socket::ready(&server);
    let nested = format!("{{ a(b: {}", "[".repeat(100));
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (&nested, "DOCUMENT_TOO_LARGE"),
    ] {
        socket.subscribe("1", query);
        assert_eq!(refused(&socket.receive(), "1"), code, "{query}");
    }
    for query in [
        "{ videos(first: 1000) { totalCount } }",
        "subscription { videoChanges(after: \"nonsense\") { cursor } }",
    ] {
        socket.subscribe("1", query);
        let result = socket.receive_next("1");
        assert_eq!(result["errors"].as_array().map(Vec::len), Some(1), "{result}");
        assert_eq!(socket.receive(), json!({ "type": "complete", "id": "1" }), "{query}");
    }
}

#[test]
fn nothing_is_told_of_an_operation_after_its_completion() {
    let server = Server::start(&[]);
    let mut socket = Socket::ready(&server);
    follow(&mut socket, "1");
    follow(&mut socket, "2");
    socket.send(&json!({ "type": "complete", "id": "1" }));
    // The answer shows that the completion was read.
    socket.send(&json!({ "type": "ping" }));
    assert_eq!(socket.receive(), json!({ "type": "pong" }));
    add(&server, "/a.mkv");
    assert_eq!(socket.receive_next("2")["data"]["videoChanges"]["kind"], "CHANGE");
    follow(&mut socket, "1");
}

#[test]
fn one_subscription_too_many_is_refused_and_the_others_go_on() {
    let server = Server::start(&[
        "--max-subscriptions-per-connection=2",
        "--max-subscriptions=3",
        "--log-level=debug",
    ]);
    let mut first = Socket::ready(&server);
    follow(&mut first, "1");
    follow(&mut first, "2");
    first.subscribe("3", CHANGES);
    assert_eq!(refused(&first.receive(), "3"), "TOO_MANY_SUBSCRIPTIONS");

    let mut second = Socket::ready(&server);
    follow(&mut second, "1");
    second.subscribe("2", CHANGES);
    assert_eq!(refused(&second.receive(), "2"), "TOO_MANY_SUBSCRIPTIONS");
    second.subscribe("2", "{ __typename }");
    assert_eq!(second.receive_next("2")["data"]["__typename"], "Query");

    // With the first socket its subscriptions end, as the log tells.
    drop(first);
    server.wait_for_log("closed");
    let mut third = Socket::ready(&server);
    follow(&mut third, "1");
    add(&server, "/a.mkv");
    assert_eq!(third.receive_next("1")["data"]["videoChanges"]["kind"], "CHANGE");
}

#[test]
fn pages_of_other_sites_open_no_socket() {
    let server = Server::start(&["--allowed-origins", "https://films.example,http://b.example:1"]);
    let own = server.url("");
    for (origin, expected) in [
        (&*own, None),
        ("https://films.example", None),
        ("http://b.example:1", None),
        ("https://evil.example", Some(403)),
        ("null", Some(403)),
    ] {
        let headers = [("sec-websocket-protocol", SUBPROTOCOL), ("origin", origin)];
        assert_eq!(Socket::open_with(&server, &headers).err(), expected, "{origin}");
    }
}

#[test]
fn a_client_without_a_sign_of_life_is_cut_off() {
    let server = Server::start(&["--keep-alive-seconds=1", "--log-level=debug"]);
    let mut living = Socket::ready(&server);
    follow(&mut living, "1");
    let silent = Socket::ready(&server);
    // While it waits, this client answers pings and the other one does not.
    let watched = std::thread::spawn(move || {
        living.receive_next("1");
    });
    server.wait_for_log("Silent");
    silent.wait_for_cut();
    add(&server, "/a.mkv");
    watched.join().unwrap();
}
