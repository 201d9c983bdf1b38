//! The schema in another program: `examples/embedded.rs`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use reelgraph::repository::memory::MemoryRepository;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use ureq::Agent;

use crate::support::binary::PATIENCE;
use crate::support::socket::{SUBPROTOCOL, Socket};

#[expect(dead_code, reason = "the program's own start, on a port of its own")]
#[path = "../../../examples/embedded.rs"]
mod example;

/// Where the program serves an empty library, for as long as the tests run.
fn start() -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            let app = example::app(Arc::new(MemoryRepository::new()));
            axum::serve(listener, app).await.unwrap();
        });
    });
    receiver.recv_timeout(PATIENCE).unwrap()
}

#[track_caller]
fn ask(address: SocketAddr, document: &str) -> Value {
    let agent: Agent = Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    let request = agent.post(format!("http://{address}/graphql"));
    let mut answer = request.send_json(json!({ "query": document })).unwrap();
    answer.body_mut().read_json().unwrap()
}

#[test]
fn an_embedded_library_is_changed_listed_searched_and_followed() {
    let address = start();
    let mut socket = Socket::to(address, &[("sec-websocket-protocol", SUBPROTOCOL)]).unwrap();
    socket = socket.initialised();
    socket
        .subscribe("a", "subscription { videoChanges(marks: true) { kind auditEntry { actor } } }");
    let event = |change: Value| json!({ "type": "next", "id": "a", "payload": { "data": { "videoChanges": change } } });
    assert_eq!(socket.receive(), event(json!({ "kind": "CAUGHT_UP", "auditEntry": null })));

    let added = ask(
        address,
        r#"mutation { addVideo(input: {
            path: "/a.mkv", durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1,
            videoCodec: "av1", fileSize: 1
        }) { userErrors { code } } }"#,
    );
    assert_eq!(added["data"], json!({ "addVideo": { "userErrors": [] } }), "{added}");
    let change = json!({ "kind": "CHANGE", "auditEntry": { "actor": "embedded" } });
    assert_eq!(socket.receive(), event(change));
    let found = ask(
        address,
        r#"{ videos { nodes { filename } } searchVideos(query: "mkv") { totalCount } }"#,
    );
    let expected = json!({
        "videos": { "nodes": [{ "filename": "a.mkv" }] }, "searchVideos": { "totalCount": 1 },
    });
    assert_eq!(found, json!({ "data": expected }));
}

#[test]
fn an_embedded_library_refuses_what_the_server_refuses() {
    let address = start();
    let answer = ask(address, "{ video }");
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    let mut socket = Socket::to(address, &[("sec-websocket-protocol", SUBPROTOCOL)]).unwrap();
    socket = socket.initialised();
    socket.subscribe("a", "subscription { videoChanges { nothing } }");
    let refused = socket.receive_next("a");
    assert_eq!(refused["data"], Value::Null);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
}
