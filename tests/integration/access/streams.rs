//! WebSockets and event streams: how they begin, and that they end with their credential.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Library, almost};
use crate::support::binary::{PATIENCE, Server, read_until};
use crate::support::issuers::{Issuer, claims};
use crate::support::socket::{SUBPROTOCOL, Socket};

const CHANGES: &str = "subscription { videoChanges(marks: true) { kind } }";

/// A socket from a request with these headers, on which this was said to begin with.
#[track_caller]
fn begin(server: &Server, headers: &[(&'static str, &str)], payload: &Value) -> Socket {
    let headers = [&[("sec-websocket-protocol", SUBPROTOCOL)], headers].concat();
    let mut socket = Socket::open_with(server, &headers).unwrap();
    socket.send(&json!({ "type": "connection_init", "payload": payload }));
    socket
}

#[track_caller]
fn expect_let_in(mut socket: Socket) -> Socket {
    assert_eq!(socket.receive(), json!({ "type": "connection_ack" }));
    socket.subscribe("1", CHANGES);
    let mark = socket.receive_next("1");
    assert_eq!(mark["data"]["videoChanges"]["kind"], "CAUGHT_UP", "{mark}");
    socket
}

#[track_caller]
fn expect_closed(mut socket: Socket, reason: &str) {
    let (code, why) = socket.closed();
    assert_eq!(code, 4403, "{why}");
    assert!(why.starts_with("Forbidden: ") && why.contains(reason), "{why}");
}

/// A stream of events with this credential, whose first event was read.
#[track_caller]
fn follow(server: &Server, credential: &str) -> std::net::TcpStream {
    let (stream, begun) = follow_by(server, credential, CHANGES);
    assert!(begun.contains("CAUGHT_UP"), "{begun}\n{server}");
    stream
}

/// A stream of events by this document, and its first event.
#[track_caller]
fn follow_by(server: &Server, credential: &str, query: &str) -> (std::net::TcpStream, String) {
    let mut stream = server.connect();
    let body = json!({ "query": query }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         authorization: Bearer {credential}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let begun = read_until(&mut stream, "\n\n");
    (stream, begun)
}

/// Waits for the end of a stream, which tells why, and that there is no more to come.
#[track_caller]
fn expect_told(mut stream: std::net::TcpStream) {
    let rest = read_until(&mut stream, "\r\n0\r\n\r\n");
    assert!(rest.contains("\"code\":\"UNAUTHENTICATED\""), "{rest}");
    assert!(rest.contains("event: complete"), "{rest}");
}

#[test]
fn a_socket_begins_with_a_credential_in_its_payload_or_its_headers() {
    let library = Library::new();
    let key = library.key("lucy", "editor");
    let server = library.serve(&[]);
    let bearer = format!("Bearer {key}");
    for name in ["Authorization", "authorization"] {
        expect_let_in(begin(&server, &[], &json!({ name: bearer, "any": "thing" })));
    }
    expect_let_in(begin(&server, &[("authorization", &bearer)], &Value::Null));
    expect_let_in(begin(
        &server,
        &[("authorization", &bearer)],
        &json!({ "Authorization": bearer }),
    ));

    let wrong = almost(&bearer);
    for (payload, reason) in [
        (json!({}), "as the payload of connection_init"),
        (json!({ "token": key }), "as the payload of connection_init"),
        (json!({ "Authorization": key }), "Bearer"),
        (json!({ "Authorization": "Bearer x" }), "not valid"),
        (json!({ "Authorization": wrong }), "not valid"),
    ] {
        expect_closed(begin(&server, &[], &payload), reason);
    }
    // What comes last counts, and what is wrong is not passed over.
    let payload = json!({ "Authorization": "Bearer x" });
    expect_closed(begin(&server, &[("authorization", &bearer)], &payload), "not valid");
    let headers = [("sec-websocket-protocol", SUBPROTOCOL), ("authorization", "Bearer x")];
    assert_eq!(Socket::open_with(&server, &headers).err(), Some(401));
}

#[test]
fn roles_hold_on_a_socket_as_elsewhere_and_so_do_names() {
    let library = Library::new();
    let keys = [("dick", "reader"), ("lucy", "editor")].map(|(name, role)| library.key(name, role));
    let server = library.serve(&[]);
    let [mut reader, mut editor] = keys.map(|key| {
        let payload = json!({ "Authorization": format!("Bearer {key}") });
        expect_let_in(begin(&server, &[], &payload))
    });
    reader.subscribe("2", super::WRITE);
    let refused = reader.receive();
    assert_eq!(refused["type"], "error", "{refused}");
    assert_eq!(refused["payload"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    editor.subscribe("2", super::WRITE);
    let told: Vec<Value> = (0..3).map(|_| editor.receive()).collect();
    let payload = told.iter().find(|message| message["payload"]["data"]["addVideo"].is_object());
    let entry = &payload.unwrap()["payload"]["data"]["addVideo"]["auditEntry"];
    assert_eq!(entry["actor"], "lucy", "{told:?}");
}

#[test]
fn streams_end_when_their_key_is_revoked_and_others_go_on() {
    let library = Library::new();
    let keys = [library.key("lucy", "reader"), library.key("dick", "editor")];
    let server = library.serve(&[]);
    let payloads = keys.clone().map(|key| json!({ "Authorization": format!("Bearer {key}") }));
    let [lucys, mut dicks] = payloads.map(|payload| expect_let_in(begin(&server, &[], &payload)));
    let events = follow(&server, &keys[0]);
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    expect_closed(lucys, "no longer valid");
    expect_told(events);
    super::ask(&server, &keys[1], super::WRITE);
    assert_eq!(dicks.receive_next("1")["data"]["videoChanges"]["kind"], "CHANGE");
}

#[test]
fn a_subscription_to_the_state_of_the_library_ends_with_its_credential() {
    let library = Library::new();
    let key = library.key("lucy", "reader");
    let server = library.serve(&[]);
    let query = "subscription { libraryChanged { membershipChanged } }";
    let payload = json!({ "Authorization": format!("Bearer {key}") });
    let mut socket = begin(&server, &[], &payload);
    assert_eq!(socket.receive(), json!({ "type": "connection_ack" }));
    socket.subscribe("1", query);
    let first = socket.receive_next("1");
    assert_eq!(first["data"]["libraryChanged"]["membershipChanged"], true, "{first}");
    let (events, begun) = follow_by(&server, &key, query);
    assert!(begun.contains("\"membershipChanged\":true"), "{begun}");
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    expect_closed(socket, "no longer valid");
    expect_told(events);
}

#[test]
fn streams_end_when_their_token_expires() {
    let issuer = Issuer::hs256();
    let library = Library::new();
    let path = library.path("secret");
    std::fs::write(&path, &issuer.key_file).unwrap();
    let file = path.to_str().unwrap();
    let server = library.serve(&["--jwt-key-file", file, "--jwt-clock-skew-seconds=0"]);
    let let_in = |seconds| {
        let token = issuer.sign(&claims(seconds));
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        (expect_let_in(begin(&server, &[], &payload)), follow(&server, &token), token)
    };
    // Many times as long as it takes to let two streams in, however busy the machine is.
    let begun = Instant::now();
    let_in(3600);
    let lifetime = (begun.elapsed() * 20).clamp(Duration::from_secs(3), PATIENCE / 2);
    let (socket, events, token) = let_in(lifetime.as_secs().cast_signed());
    expect_closed(socket, "no longer valid");
    expect_told(events);
    super::ask_until(&server, &token, 401);
}

#[test]
fn an_open_server_closes_the_sockets_of_strangers_once_there_is_a_key() {
    let library = Library::new();
    let server = library.serve(&[]);
    let socket = expect_let_in(begin(&server, &[], &Value::Null));
    library.key("lucy", "reader");
    expect_closed(socket, "no longer valid");
}
