//! Subscriptions to the state of the library, over both transports.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::support::binary::{Server, read_until};
use crate::support::socket::Socket;

const STATE: &str = "subscription ($after: String) {
    libraryChanged(after: $after) { cursor videoIds membershipChanged } }";

/// Adds a video, and returns its ID.
fn add(server: &Server, path: &str) -> String {
    let query = format!(
        "mutation {{ addVideo(input: {{
            path: \"{path}\", durationFrames: 1, width: 1, height: 1, frameRate: {{ numerator: 25 }},
            videoCodec: \"av1\", fileSize: 1
        }}) {{ video {{ id }} }} }}"
    );
    let request = Request::post(server.url("/graphql")).header("content-type", "application/json");
    let answer = server.send(request.body(json!({ "query": query }).to_string()).unwrap());
    answer.json()["data"]["addVideo"]["video"]["id"].as_str().expect("it is added").to_owned()
}

/// A stream of events that resumes from a cursor as browsers do, or begins.
fn open(server: &Server, last_event_id: Option<&str>) -> TcpStream {
    let mut stream = server.connect();
    let body = json!({ "query": STATE }).to_string();
    let resume = last_event_id.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n{resume}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    stream
}

/// The next event of a stream, and its ID.
fn next(stream: &mut TcpStream) -> (Value, String) {
    let text = loop {
        let text = read_until(stream, "\n\n");
        if text.contains("event: next") {
            break text;
        }
    };
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let data: Value = serde_json::from_str(line("data: ")).unwrap();
    (data["data"]["libraryChanged"].clone(), line("id: ").to_owned())
}

#[test]
fn an_event_stream_resumes_with_the_id_of_its_last_event() {
    let server = Server::start(&[]);
    let mut stream = open(&server, None);
    let (first, id) = next(&mut stream);
    assert_eq!((&first["videoIds"], &first["membershipChanged"]), (&Value::Null, &json!(true)));
    assert_eq!(first["cursor"], id);
    let one = add(&server, "/one.mkv");
    let (second, id) = next(&mut stream);
    let expected = json!({ "cursor": id, "videoIds": [one], "membershipChanged": true });
    assert_eq!(second, expected);
    drop(stream);
    let two = add(&server, "/two.mkv");
    let (resumed, newest) = next(&mut open(&server, Some(&id)));
    let expected = json!({ "cursor": newest, "videoIds": [two], "membershipChanged": true });
    assert_eq!(resumed, expected);
    let (again, _) = next(&mut open(&server, Some(&newest)));
    assert_eq!(again, json!({ "cursor": newest, "videoIds": [], "membershipChanged": false }));
    let (strange, _) = next(&mut open(&server, Some("what is not a cursor")));
    let expected = json!({ "cursor": newest, "videoIds": null, "membershipChanged": true });
    assert_eq!(strange, expected);
}

#[test]
fn a_socket_follows_the_state_and_the_log_at_the_same_time() {
    let server = Server::start(&[]);
    let mut socket = Socket::ready(&server);
    socket.subscribe("1", STATE);
    let first = socket.receive_next("1")["data"]["libraryChanged"].take();
    assert_eq!(first["videoIds"], Value::Null);
    let id = add(&server, "/one.mkv");
    let second = socket.receive_next("1")["data"]["libraryChanged"].take();
    assert_eq!(second["videoIds"], json!([id]));
    let log = "subscription ($after: String) { videoChanges(after: $after) { auditEntry { id } } }";
    socket.subscribe_with("2", log, &json!({ "after": first["cursor"] }));
    let change = socket.receive_next("2")["data"]["videoChanges"].take();
    assert_eq!(change["auditEntry"]["id"], format!("{id}:1"));
    socket.subscribe_with("3", STATE, &json!({ "after": first["cursor"] }));
    let resumed = socket.receive_next("3")["data"]["libraryChanged"].take();
    assert_eq!(resumed, second);
}

#[test]
fn without_a_budget_a_filter_says_that_anything_may_have_changed() {
    let server = Server::start(&["--max-live-filter-tests=0"]);
    let mut socket = Socket::ready(&server);
    let filtered = "subscription { libraryChanged(filter: { width: { gt: 1000 } }) {
        videoIds membershipChanged } }";
    socket.subscribe("1", filtered);
    let unknown = json!({ "videoIds": null, "membershipChanged": true });
    assert_eq!(socket.receive_next("1")["data"]["libraryChanged"], unknown);
    add(&server, "/one.mkv");
    assert_eq!(socket.receive_next("1")["data"]["libraryChanged"], unknown);
}
