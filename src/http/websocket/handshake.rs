//! The handshake of a WebSocket.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether a request asks for a WebSocket.
pub(in crate::http) fn is_asked_for(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).map(HeaderValue::as_bytes);
    upgrade.is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"))
}
