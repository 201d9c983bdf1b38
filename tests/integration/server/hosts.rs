//! The names under which a server answers, and web pages that have their own name resolve to this
//! machine.

use std::io::{Read, Write};

use axum::body::Body;
use serde_json::Value;
use ureq::http::{Method, Request};

use crate::support::binary::{Answer, PATIENCE, Server, reelgraph};
use crate::support::http2::{Http2, whole};
use crate::support::issuers::{Issuer, claims};
use crate::support::socket::{SUBPROTOCOL, Socket};

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

/// Sends a request for this host.
#[track_caller]
fn send(server: &Server, host: &str, method: &Method, path: &str, accept: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(server.url(path))
        .header("host", host)
        .header("accept", accept);
    match *method {
        Method::POST => {
            let request = request.header("content-type", "application/json");
            server.send(request.body(QUERY).unwrap())
        }
        _ => server.send(request.body(()).unwrap()),
    }
}

#[track_caller]
fn ask(server: &Server, host: &str) -> Answer {
    send(server, host, &Method::POST, "/graphql", "application/json")
}

#[track_caller]
fn assert_misdirected(answer: &Answer) {
    assert_eq!((answer.status, &*answer.code()), (421, "MISDIRECTED_REQUEST"), "{answer}");
    assert!(answer.body.contains("--allowed-hosts"), "{answer}");
}

#[test]
fn a_page_that_resolves_its_name_to_this_machine_reaches_nothing() {
    let server = Server::start(&["--metrics=main"]);
    for host in ["evil.example", &format!("evil.example:{}", server.address().port())] {
        for (method, path, accept) in [
            (Method::POST, "/graphql", "application/json"),
            (Method::POST, "/graphql", "text/event-stream"),
            (Method::GET, "/graphql", "text/html"),
            (Method::GET, "/graphql?query=%7B__typename%7D", "*/*"),
            (Method::GET, "/graphql?query=%7B__typename%7D", "text/event-stream"),
            (Method::GET, "/", "*/*"),
            (Method::GET, "/schema.graphql", "*/*"),
            (Method::GET, "/graphiql/assets/none.js", "*/*"),
            (Method::GET, "/metrics", "*/*"),
            (Method::GET, "/nowhere", "*/*"),
        ] {
            assert_misdirected(&send(&server, host, &method, path, accept));
        }
        let origin = format!("http://{host}");
        let headers =
            [("host", host), ("origin", &origin), ("sec-websocket-protocol", SUBPROTOCOL)];
        assert_eq!(Socket::open_with(&server, &headers).err(), Some(421), "{host}");
        // What tells whether the server lives is asked by address or under any name.
        for path in ["/health/live", "/health/ready"] {
            assert_eq!(send(&server, host, &Method::GET, path, "*/*").status, 200, "{path}");
        }
    }
    let port = server.address().port();
    for host in [
        "localhost",
        &format!("LOCALHOST:{port}"),
        &format!("127.0.0.1:{port}"),
        "127.8.8.8",
        "[::1]:80",
    ] {
        assert_eq!(ask(&server, host).status, 200, "{host}");
    }
}

#[tokio::test]
async fn names_count_in_http_2_as_well() {
    let server = Server::start(&[]);
    let json = [("content-type", "application/json")];
    for (authority, expected) in [("evil.example", 421), ("localhost:1", 200)] {
        let mut client = Http2::connect(&server).await.naming(authority);
        let (status, answer) = whole(client.send(&json, Body::from(QUERY)).await).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_page_of_the_server_may_open_a_stream_over_http_2() {
    let server = Server::start(&[]);
    for (origin, expected) in [("http://localhost:1", 200), ("http://localhost:2", 403)] {
        let mut client = Http2::connect(&server).await.naming("localhost:1");
        let headers = [("accept", "text/event-stream"), ("origin", origin)];
        let response = client.get("/graphql?query=%7B__typename%7D", &headers).await;
        assert_eq!(response.status(), expected, "{origin}");
    }
}

#[test]
fn where_everyone_needs_a_credential_any_name_will_do() {
    let issuer = Issuer::hs256();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, &issuer.key_file).unwrap();
    let keyed = ["--jwt-key-file", file.to_str().unwrap()];
    let server = Server::start(&keyed);
    let token = format!("Bearer {}", issuer.sign(&claims(100_000)));
    let request = Request::post(server.url("/graphql"))
        .header("host", "films.example")
        .header("authorization", token)
        .header("content-type", "application/json");
    assert_eq!(server.send(request.body(QUERY).unwrap()).status, 200);
    assert_eq!(ask(&server, "films.example").code(), "UNAUTHENTICATED");

    // Strangers may read: so might any page.
    let server = Server::start(&[&keyed[..], &["--allow-anonymous=read"]].concat());
    assert_misdirected(&ask(&server, "films.example"));
    assert_eq!(ask(&server, "localhost").status, 200);
}

#[test]
fn the_first_key_of_a_library_makes_any_name_do() {
    let folder = tempfile::tempdir().unwrap();
    let library = format!("--database-url=sqlite:{}", folder.path().join("r.db").display());
    let server = Server::start(&[&library]);
    assert_misdirected(&ask(&server, "films.example"));
    let create = ["key", "create", "--name=lucy", "--role=reader", &library];
    crate::support::binary::Finished::run(reelgraph(&create)).with_code(0);
    let deadline = std::time::Instant::now() + PATIENCE;
    while ask(&server, "films.example").status != 401 {
        assert!(std::time::Instant::now() < deadline, "the key goes unnoticed\n{server}");
        std::thread::yield_now();
    }
}

#[test]
fn hosts_that_are_set_hold_wherever_the_server_listens() {
    let set = "--allowed-hosts=films.example,192.0.2.7,[2001:db8::7]";
    let everywhere = ["--listen=0.0.0.0:0", "--allow-anonymous=write", set];
    for server in [Server::start(&[set]), Server::start(&everywhere)] {
        for host in
            ["films.example", "Films.Example:8443", "192.0.2.7:1", "[2001:db8:0::7]:1", "localhost"]
        {
            assert_eq!(ask(&server, host).status, 200, "{host}");
        }
        for host in ["evil.example", "www.films.example", "192.0.2.8", "[2001:db8::8]"] {
            assert_misdirected(&ask(&server, host));
        }
    }
    let server = Server::start(&everywhere[..2]);
    assert_eq!(ask(&server, "films.example").status, 200);
}

#[test]
fn metrics_on_a_listener_of_their_own_are_no_pages_either() {
    let server = Server::start(&["--metrics", "127.0.0.1:0"]);
    let line: Value = serde_json::from_str(&server.wait_for_log("\"metrics\"")).unwrap();
    let url = line["url"].as_str().unwrap();
    for (host, expected) in [("evil.example", 421), ("localhost:9090", 200)] {
        let request = Request::get(url).header("host", host);
        let answer = server.send(request.body(()).unwrap());
        assert_eq!(answer.status, expected, "{answer}");
    }
}

#[test]
fn a_request_names_its_host_once() {
    let server = Server::start(&[]);
    for (version, hosts, expected) in [
        ("1.1", "", "400 Bad Request"),
        ("1.1", "host: localhost\r\nhost: localhost\r\n", "400 Bad Request"),
        ("1.1", "host: localhost, localhost\r\n", "400 Bad Request"),
        ("1.1", "host: localhost/x\r\n", "400 Bad Request"),
        ("1.1", "host: [::1\r\n", "400 Bad Request"),
        ("1.1", "host: localhost:4000:4000\r\n", "400 Bad Request"),
        ("1.0", "host: localhost\r\nhost: localhost\r\n", "400 Bad Request"),
        ("1.1", "host: [::1]\r\n", "200 OK"),
        ("1.1", "host: localhost\r\n", "200 OK"),
        ("1.0", "", "200 OK"),
    ] {
        let mut stream = server.connect();
        let head = format!("GET /health/live HTTP/{version}\r\n{hosts}connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said[9..].starts_with(expected), "{head}{said}");
        assert!(expected == "200 OK" || said.contains("the header Host"), "{said}");
    }
}
