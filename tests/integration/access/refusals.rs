//! Refused credentials: in the log with the client's address, in metrics by reason, and bounded
//! where there are many.

use serde_json::{Value, json};
use ureq::http::Request;

use super::{Library, READ, ask, ask_with};
use crate::support::binary::Server;
use crate::support::openmetrics::{Exposition, Format};
use crate::support::socket::{SUBPROTOCOL, Socket};

/// The fields of the first line of the log with this part.
#[track_caller]
fn line(server: &Server, part: &str) -> Value {
    serde_json::from_str(&server.wait_for_log(part)).unwrap()
}

/// Asks with a wrong key through a proxy, which adds these headers.
#[track_caller]
fn ask_through_proxy(server: &Server, headers: &[(&str, &str)]) {
    let mut request = Request::post(server.url("/graphql"))
        .header("authorization", "Bearer wrong")
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = server.send(request.body(json!({ "query": READ }).to_string()).unwrap());
    assert_eq!(answer.status, 401, "{answer}");
}

#[test]
fn every_line_about_a_request_has_the_address_of_the_client() {
    let library = Library::new();
    let key = library.key("lucy", "admin");
    let server = library.serve(&[]);
    ask(&server, &key, READ);
    let answered = line(&server, "\"answered\"");
    assert_eq!(answered["span"]["client"], "127.0.0.1", "{answered}");
    ask(&server, "wrong", READ);
    let refused = line(&server, "\"rejected a credential\"");
    assert_eq!(refused["level"], "WARN", "{refused}");
    assert_eq!(refused["reason"], "unknown", "{refused}");
    assert_eq!(refused["span"]["client"], "127.0.0.1", "{refused}");
    assert!(!refused.to_string().contains("wrong"), "{refused}");
}

#[test]
fn a_trusted_proxy_alone_says_where_a_request_comes_from() {
    let library = Library::new();
    library.key("lucy", "admin");
    let forged = ("x-forwarded-for", "198.51.100.7, 203.0.113.9");
    let server = library.serve(&[]);
    ask_through_proxy(&server, &[forged]);
    let refused = line(&server, "\"rejected a credential\"");
    assert_eq!(refused["span"]["client"], "127.0.0.1", "{refused}");

    let forwarded = ("forwarded", "for=198.51.100.7, for=\"[2001:db8::9]:4711\";proto=https");
    let (usual, standard) = ("--forwarded-header=x-forwarded-for", "--forwarded-header=forwarded");
    for (written, headers, client) in [
        (usual, &[forged][..], "203.0.113.9"),
        (usual, &[forged, ("x-forwarded-for", "10.1.2.3")], "203.0.113.9"),
        (usual, &[("x-forwarded-for", "unknown")], "127.0.0.1"),
        // Whatever a client writes into the other header, it changes nothing.
        (usual, &[forged, forwarded], "203.0.113.9"),
        (usual, &[forwarded], "127.0.0.1"),
        (standard, &[forwarded], "2001:db8::9"),
        (standard, &[forged, forwarded], "2001:db8::9"),
        (standard, &[forged], "127.0.0.1"),
    ] {
        let server = library.serve(&["--trusted-proxies", "127.0.0.1,10.0.0.0/8", written]);
        ask_through_proxy(&server, headers);
        let refused = line(&server, "\"rejected a credential\"");
        assert_eq!(refused["span"]["client"], client, "{headers:?} {refused}");
    }
}

#[test]
fn a_socket_is_refused_with_the_address_of_its_client() {
    let library = Library::new();
    library.key("lucy", "admin");
    let server = library.serve(&["--trusted-proxies=127.0.0.1"]);
    let subprotocol = ("sec-websocket-protocol", SUBPROTOCOL);
    let through_proxy = |address| [subprotocol, ("x-forwarded-for", address)];
    let mut socket = Socket::open_with(&server, &through_proxy("192.0.2.1")).unwrap();
    let payload = json!({ "Authorization": "Bearer wrong" });
    socket.send(&json!({ "type": "connection_init", "payload": payload }));
    assert_eq!(socket.closed().0, 4403);
    let refused = line(&server, "\"rejected a credential\"");
    assert_eq!(refused["span"]["client"], "192.0.2.1", "{refused}");

    let [subprotocol, address] = through_proxy("192.0.2.2");
    let opened =
        Socket::open_with(&server, &[subprotocol, address, ("authorization", "Basic wrong")]);
    assert_eq!(opened.err(), Some(401));
    let refused = line(&server, "\"client\":\"192.0.2.2\"");
    assert_eq!((&refused["level"], &refused["reason"]), (&json!("WARN"), &json!("malformed")));
}

#[test]
fn refused_credentials_are_counted_by_reason() {
    let library = Library::new();
    let key = library.key("lucy", "admin");
    let server = library.serve(&["--metrics=main"]);
    ask(&server, "", READ);
    ask(&server, "wrong", READ);
    ask(&server, "wrong", READ);
    ask_with(&server, "Basic wrong", READ);
    server.get(&format!("/graphql?query=%7B__typename%7D&access_token={key}"));
    let mut socket =
        Socket::open_with(&server, &[("sec-websocket-protocol", SUBPROTOCOL)]).unwrap();
    socket.send(&json!({ "type": "connection_init" }));
    assert_eq!(socket.closed().0, 4403);

    let request = Request::get(server.url("/metrics"));
    let request = request.header("authorization", format!("Bearer {key}"));
    let answer = server.send(request.body(()).unwrap());
    let metrics = Exposition::read(&answer.body, Format::Plain);
    let refused =
        |reason| metrics.value("reelgraph_credentials_refused_total", &[("reason", reason)]);
    let reasons = ["missing", "unknown", "malformed", "in_address", "expired"];
    assert_eq!(reasons.map(refused), [2.0, 2.0, 1.0, 1.0, 0.0], "{answer}");
    // Whoever shows nothing is no reason for a warning.
    let missing = line(&server, "\"reason\":\"missing\"");
    assert_eq!(missing["level"], "INFO", "{missing}");
}

#[test]
fn a_flood_of_wrong_keys_is_in_the_log_as_a_number() {
    let library = Library::new();
    library.key("lucy", "admin");
    let server = library.serve(&[]);
    let tries = 200;
    for _ in 0..tries {
        ask(&server, "wrong", READ);
    }
    // It stands there within seconds, though nobody tries again.
    server.wait_for_log("rejected more credentials, which are not logged one by one");
    server.signal("TERM");
    let log = server.finish().with_code(0).stderr;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = lines.iter().filter(|line| line["message"] == "rejected a credential").count();
    let left_out: u64 = lines.iter().filter_map(|line| line["count"].as_u64()).sum();
    let shown = shown as u64;
    // On a slow machine there is more than one period, each with a few lines.
    assert!(shown >= 1 && left_out > shown && shown + left_out <= tries, "{log}");
}
