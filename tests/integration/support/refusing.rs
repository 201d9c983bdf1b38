//! A server that refuses every subscription, as one does whose library is away.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::HeaderValue;

use super::process::PATIENCE;
use super::socket::SUBPROTOCOL;

/// A server that is there for as long as the test runs.
pub struct Refusing {
    address: SocketAddr,
    refusals: Receiver<()>,
}

impl Refusing {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (refused, refusals) = channel();
        thread::spawn(move || {
            for client in listener.incoming() {
                let refused = refused.clone();
                thread::spawn(move || refuse(client.unwrap(), &refused));
            }
        });
        Self { address, refusals }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until a subscription is refused.
    #[track_caller]
    pub fn wait(&self) {
        self.refusals.recv_timeout(PATIENCE).expect("somebody subscribes");
    }
}

/// Refuses the subscriptions of a client until it has gone; none if it speaks something else.
fn refuse(client: TcpStream, refused: &Sender<()>) -> Option<()> {
    let mut socket = tungstenite::accept_hdr(client, choose).ok()?;
    loop {
        let Message::Text(text) = socket.read().ok()? else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        let answer = match message["type"].as_str()? {
            "connection_init" => json!({ "type": "connection_ack" }),
            "ping" => json!({ "type": "pong" }),
            "subscribe" => json!({ "type": "error", "id": message["id"], "payload": [{
                "message": "the library is not available: try again later",
                "extensions": { "code": "SERVICE_UNAVAILABLE", "retryAfterSeconds": 1 },
            }] }),
            _ => continue,
        };
        socket.send(Message::text(answer.to_string())).ok()?;
        if message["type"] == "subscribe" {
            // The test may be over.
            refused.send(()).ok()?;
        }
    }
}

#[expect(clippy::result_large_err, reason = "tungstenite wants it so")]
fn choose(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    response.headers_mut().insert("sec-websocket-protocol", protocol);
    Ok(response)
}
