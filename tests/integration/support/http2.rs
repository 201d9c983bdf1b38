//! A client of HTTP/2 that knows beforehand that the server speaks it, and the frames for one that does
//! what no library would.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{Request, Response, Version};
use hyper::client::conn::http2::{Connection, SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::binary::{PATIENCE, Server};

/// A connection, on which nothing waits for ever.
pub struct Http2 {
    /// What requests name as the server.
    authority: String,
    sender: SendRequest<Body>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl Http2 {
    /// A connection on which nothing was asked yet.
    pub async fn connect(server: &Server) -> Self {
        Self::to(server.address()).await
    }

    /// A connection to this address, on which nothing was asked yet.
    pub async fn to(address: SocketAddr) -> Self {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (sender, connection): (_, Connection<_, Body, _>) =
            handshake(TokioExecutor::new(), stream).await.unwrap();
        let authority = address.to_string();
        Self { authority, sender, connection: tokio::spawn(connection) }
    }

    /// Has requests name the server so.
    pub fn naming(self, authority: &str) -> Self {
        Self { authority: authority.to_owned(), ..self }
    }

    /// Sends a request to `/graphql` with these headers.
    pub async fn send(&mut self, headers: &[(&str, &str)], body: Body) -> Response<Body> {
        let request = Request::post(format!("http://{}/graphql", self.authority));
        self.request(request, headers, body).await
    }

    async fn request(
        &mut self,
        mut request: Builder,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Response<Body> {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = self.sender.send_request(request.body(body).unwrap());
        let response = timeout(PATIENCE, sent).await.expect("an answer").unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        response.map(Body::new)
    }

    /// Gets this path with these headers.
    pub async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let request = Request::get(format!("http://{}{path}", self.authority));
        self.request(request, headers, Body::empty()).await
    }

    /// Asks a GraphQL document: the status, and the body as JSON.
    pub async fn ask(&mut self, document: &str) -> (u16, Value) {
        let json = [("content-type", "application/json")];
        let body = Body::from(json!({ "query": document }).to_string());
        whole(self.send(&json, body).await).await
    }

    /// Waits until the server has ended the connection.
    pub async fn wait_for_end(self) {
        let _ended = timeout(PATIENCE, self.connection).await.expect("an end").unwrap();
    }
}

/// The status of a response, and its body as JSON.
pub async fn whole(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = timeout(PATIENCE, to_bytes(response.into_body(), usize::MAX)).await;
    (status, serde_json::from_slice(&body.expect("a body").unwrap()).unwrap())
}

/// How a client begins.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A whole request to `/graphql`, which accepts this.
pub fn post(stream: u8, accept: &str, request: &Value) -> Vec<u8> {
    let mut headers = vec![0x83, 0x86];
    // Names by their numbers in the static table of RFC 7541, values as they are.
    for (name, value) in [
        (&[0x04][..], "/graphql"),
        (&[0x01], "localhost"),
        (&[0x0f, 0x10], "application/json"),
        (&[0x0f, 0x04], accept),
    ] {
        headers.extend_from_slice(name);
        headers.push(u8::try_from(value.len()).unwrap());
        headers.extend_from_slice(value.as_bytes());
    }
    [frame(1, 4, stream, &headers), frame(0, 1, stream, request.to_string().as_bytes())].concat()
}
