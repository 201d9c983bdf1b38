//! Numbers in the JSON of requests, which are judged and quoted as they were sent.

use serde_json::json;
use tungstenite::Message;
use ureq::http::Request;

use crate::support::binary::{Answer, Server};
use crate::support::socket::Socket;

const FIND: &str =
    "query ($size: SafeInt!) { videos(filter: { fileSize: { eq: $size } }) { totalCount } }";

/// The answers to the search for this size, by POST and by GET.
fn find(server: &Server, size: &str) -> [Answer; 2] {
    let variables = format!(r#"{{"size":{size}}}"#);
    let body = format!(r#"{{"query":{},"variables":{variables}}}"#, json!(FIND));
    let post = Request::post(server.url("/graphql")).header("content-type", "application/json");
    let parameters = [("query", FIND), ("variables", &variables)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    [server.send(post.body(body).unwrap()), server.get(&format!("/graphql?{query}"))]
}

/// `serde_json` makes doubles of all of these, and some of them would fit then.
#[test]
fn a_number_that_does_not_fit_is_quoted_as_it_was_sent() {
    let server = Server::start(&[]);
    for size in [
        "9007199254740993.0",
        "9007199254740990.7",
        "4503599627370497.5",
        "1e18",
        "1.50",
        "-18446744073709551616",
        "18446744073709551616",
    ] {
        for answer in find(&server, size) {
            let message = answer.json()["errors"][0]["message"].as_str().unwrap().to_owned();
            let range = "from -9007199254740991 to 9007199254740991";
            assert_eq!(message, format!("$size must be a whole number {range}, not {size}"));
        }
    }
}

#[test]
fn a_whole_number_fits_however_it_is_written() {
    let server = Server::start(&[]);
    for size in ["9007199254740991.0", "-9.007199254740991e15", "1e3", "-0", "0.0"] {
        for answer in find(&server, size) {
            assert_eq!(
                answer.json(),
                json!({ "data": { "videos": { "totalCount": 0 } } }),
                "{size}"
            );
        }
    }
}

#[test]
fn a_pong_brings_numbers_back_as_they_were() {
    let server = Server::start(&[]);
    let mut socket = Socket::ready(&server);
    let payload = r#"{"a":[1.50,18446744073709551616,-0],"b":{"c":"1.50"}}"#;
    socket.send_frame(Message::text(format!(r#"{{"type":"ping","payload":{payload}}}"#)));
    assert_eq!(socket.receive_text(), format!(r#"{{"type":"pong","payload":{payload}}}"#));
}
