//! A client of GraphQL over WebSocket that says what it is told to, right or wrong.

use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, Message, WebSocket};

use super::binary::{PATIENCE, Server};

/// The name of the protocol.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

/// A socket, on which nothing blocks for ever.
pub struct Socket(WebSocket<TcpStream>);

impl Socket {
    /// An open socket, on which nothing was said yet.
    #[track_caller]
    pub fn open(server: &Server) -> Self {
        Self::open_with(server, &[("sec-websocket-protocol", SUBPROTOCOL)]).unwrap()
    }

    /// A socket from a request with these headers; the status where it is refused.
    #[track_caller]
    pub fn open_with(server: &Server, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        Self::to(server.address(), headers)
    }

    /// A socket to this address from a request with these headers; the status where it is refused.
    #[track_caller]
    pub fn to(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// A socket on which operations may begin.
    #[track_caller]
    pub fn ready(server: &Server) -> Self {
        Self::open(server).initialised()
    }

    /// This socket, on which operations may begin.
    #[track_caller]
    pub fn initialised(mut self) -> Self {
        self.send(&json!({ "type": "connection_init" }));
        assert_eq!(self.receive(), json!({ "type": "connection_ack" }));
        self
    }

    /// Says this.
    #[track_caller]
    pub fn send(&mut self, message: &Value) {
        self.send_frame(Message::text(message.to_string()));
    }

    /// Says this, whatever it is.
    #[track_caller]
    pub fn send_frame(&mut self, frame: Message) {
        self.0.send(frame).unwrap();
    }

    /// Begins with an operation.
    #[track_caller]
    pub fn subscribe(&mut self, id: &str, query: &str) {
        self.subscribe_with(id, query, &json!({}));
    }

    /// Begins with an operation that has variables.
    #[track_caller]
    pub fn subscribe_with(&mut self, id: &str, query: &str, variables: &Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload }));
    }

    /// Waits for the next message. Pings are answered meanwhile.
    #[track_caller]
    pub fn receive(&mut self) -> Value {
        serde_json::from_str(&self.receive_text()).unwrap()
    }

    /// The same, as the text that came.
    #[track_caller]
    pub fn receive_text(&mut self) -> String {
        self.next().unwrap_or_else(|closed| panic!("the socket was closed: {closed:?}"))
    }

    /// Waits for the result of an operation.
    #[track_caller]
    pub fn receive_next(&mut self, id: &str) -> Value {
        let mut message = self.receive();
        assert_eq!((&message["type"], &message["id"]), (&"next".into(), &id.into()), "{message}");
        message["payload"].take()
    }

    /// Waits until the server closes the socket: with which code, and why.
    #[track_caller]
    pub fn closed(&mut self) -> (u16, String) {
        match self.next() {
            Ok(text) => panic!("a message instead of the end: {text}"),
            Err(close) => close.expect("a Close says why"),
        }
    }

    /// The next text, or how the socket ended.
    #[track_caller]
    fn next(&mut self) -> Result<String, Option<(u16, String)>> {
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Ok(text.to_string()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(close)) => {
                    // Answers the Close.
                    let _ = self.0.flush();
                    let told = |CloseFrame { code, reason }| (code.into(), reason.to_string());
                    return Err(close.map(told));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until the connection ends without a Close.
    #[track_caller]
    pub fn wait_for_cut(mut self) {
        let stream = self.0.get_mut();
        let mut rest = [0; 1024];
        while let Ok(1..) = std::io::Read::read(stream, &mut rest) {}
    }
}
