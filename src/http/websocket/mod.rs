//! GraphQL over WebSocket, for any number of operations on one connection.
//!
//! [`connection`] knows the protocol and nothing about sockets, [`socket`] the other way round.
//! Each operation has its own task, in [`operations`], and all share one [`outbox`].
//!
//! Source: [GraphQL over WebSocket](https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md).

mod connection;
mod handshake;
mod message;
mod operations;
mod outbox;
mod socket;
mod unauthenticated;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use tracing::Instrument;

use super::Backend;
use super::origin;
use super::refusal::Rejection;
use crate::config::LimitSettings;

use message::Close;
use unauthenticated::Unauthenticated;

pub(super) use handshake::is_asked_for;

/// The name of the protocol.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// The size of a socket's read and write buffers: thousands of idle sockets should fit in memory.
const BUFFER_BYTES: usize = 4 * 1024;

/// How much longer than a response or a client's message the output can be, in bytes: because of
/// the envelope, pongs, and expanded numbers.
const BEYOND_MESSAGE_BYTES: usize = 1024 * 1024;

/// Opens a WebSocket, which lives on after the response.
///
/// # Errors
/// When the page's origin is not allowed, a credential is invalid, or the handshake is malformed.
pub(super) async fn open(backend: Backend, request: Request) -> Result<Response, Rejection> {
    origin::check(request.uri(), request.headers(), &backend.settings.connections.allowed_origins)?;
    let unauthenticated = Unauthenticated::of(&backend, &request)?;
    let upgrade = WebSocketUpgrade::from_request(request, &()).await;
    let upgrade = upgrade.map_err(|rejection| Rejection::bad_request(rejection.body_text()))?;
    let LimitSettings { max_body_bytes, max_answer_bytes, .. } = backend.settings.limits;
    let mut upgrade = upgrade
        .max_message_size(max_body_bytes)
        .max_frame_size(max_body_bytes)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(max_body_bytes.max(max_answer_bytes) + BEYOND_MESSAGE_BYTES)
        .protocols([SUBPROTOCOL]);
    let span = tracing::Span::current();
    if upgrade.selected_protocol().is_some() {
        return Ok(upgrade.on_upgrade(|socket| {
            socket::serve(socket, backend, unauthenticated).instrument(span)
        }));
    }
    // A client hears why only on a socket that speaks what it asked for.
    let requested = upgrade.requested_protocols().next().cloned();
    if let Some(protocol) = requested {
        upgrade.set_selected_protocol(protocol);
    }
    let close = Close::new(4406, format!("Subprotocol not acceptable: use {SUBPROTOCOL}"));
    Ok(upgrade.on_upgrade(|socket| socket::refuse(socket, close).instrument(span)))
}
