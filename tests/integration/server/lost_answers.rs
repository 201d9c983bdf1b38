//! Updates whose answer is lost: what a client does to find out whether they were made, as
//! `docs/requests.md` describes it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Answer, PATIENCE, Server};

const UPDATE: &str = "mutation ($input: UpdateVideoInput!) { updateVideo(input: $input) {
    video { version width } userErrors { code } } }";

const CHANGES: &str = "query ($id: String!) { auditEntries(filter: { requestId: $id }) {
    nodes { operation version changes { field new } } } }";

/// A server with one video, and the video's ID.
fn server_with_a_video() -> (Server, String) {
    let server = Server::start(&[]);
    let added = server.ask(
        r#"mutation { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1, height: 1,
            frameRate: { numerator: 25 }, videoCodec: "av1", fileSize: 1 }) { video { id } } }"#,
    );
    let id = added.json()["data"]["addVideo"]["video"]["id"].as_str().unwrap().to_owned();
    (server, id)
}

/// The body of an update of a video at this version.
fn update(id: &str, width: i32, expected_version: i32) -> String {
    let input = json!({ "id": id, "width": width, "expectedVersion": expected_version });
    json!({ "query": UPDATE, "variables": { "input": input } }).to_string()
}

fn send(server: &Server, request_id: &str, body: String) -> Answer {
    let request = Request::post(server.url("/graphql"))
        .header("accept", "application/graphql-response+json")
        .header("content-type", "application/json")
        .header("x-request-id", request_id);
    server.send(request.body(body).unwrap())
}

/// What an update was answered with: its codes, or the version after it.
fn outcome(answer: &Answer) -> Value {
    let payload = answer.json()["data"]["updateVideo"].take();
    match payload["userErrors"].as_array().map(Vec::as_slice) {
        Some([]) => payload["video"]["version"].clone(),
        _ => payload["userErrors"][0]["code"].clone(),
    }
}

/// The changes that the requests with this ID have made.
fn changes_of(server: &Server, request_id: &str) -> Value {
    let body = json!({ "query": CHANGES, "variables": { "id": request_id } }).to_string();
    send(server, "look-up", body).json()["data"]["auditEntries"]["nodes"].take()
}

/// A network between one client and the server that passes on the request and keeps the answer.
struct LossyNetwork {
    address: SocketAddr,
    /// Ends with the beginning of the answer that was lost.
    loss: JoinHandle<String>,
}

impl LossyNetwork {
    fn before(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = server.connect();
        let loss = thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let (mut from_client, mut to_server) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            let requests = thread::spawn(move || io::copy(&mut from_client, &mut to_server));
            let mut answer = [0; 15];
            server.read_exact(&mut answer).unwrap();
            // The client gets nothing but the end.
            client.shutdown(Shutdown::Both).unwrap();
            // What it has sent has been passed on.
            let _ = requests.join().unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        });
        Self { address, loss }
    }

    /// Sends an update through it, and returns how much the client has read of the answer.
    fn send(self, request_id: &str, body: &str) -> usize {
        let mut client = TcpStream::connect(self.address).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-request-id: {request_id}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        client.write_all((head + body).as_bytes()).unwrap();
        let mut answer = Vec::new();
        // It may also end with an error.
        let _ = client.read_to_end(&mut answer);
        assert_eq!(self.loss.join().unwrap(), "HTTP/1.1 200 OK");
        answer.len()
    }
}

#[test]
fn a_change_whose_answer_was_lost_is_found_by_its_request_id() {
    let (server, id) = server_with_a_video();
    let body = update(&id, 100, 1);
    assert_eq!(LossyNetwork::before(&server).send("edit-1", &body), 0);

    // Alone, the answer to the second attempt does not show who made the change.
    let again = send(&server, "edit-1", body);
    assert_eq!(outcome(&again), "VERSION_CONFLICT", "{again}");
    let made = json!([{
        "operation": "UPDATE", "version": 2, "changes": [{ "field": "width", "new": 100 }],
    }]);
    assert_eq!(changes_of(&server, "edit-1"), made);
}

#[test]
fn a_change_that_never_arrived_is_made_by_sending_it_again() {
    let (server, id) = server_with_a_video();
    // The connection ends in the middle of the request.
    let body = update(&id, 100, 1);
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-request-id: edit-1\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut client = server.connect();
    client.write_all((head + &body[..body.len() / 2]).as_bytes()).unwrap();
    drop(client);
    assert_eq!(outcome(&send(&server, "edit-1", body)), 2);
    assert_eq!(changes_of(&server, "edit-1").as_array().map(Vec::len), Some(1));
}

#[test]
fn a_conflict_with_another_change_leaves_none_under_the_request_id() {
    let (server, id) = server_with_a_video();
    assert_eq!(outcome(&send(&server, "other", update(&id, 50, 1))), 2);
    let body = update(&id, 100, 1);
    assert_eq!(LossyNetwork::before(&server).send("edit-1", &body), 0);
    assert_eq!(outcome(&send(&server, "edit-1", body)), "VERSION_CONFLICT");
    assert_eq!(changes_of(&server, "edit-1"), json!([]));
}
