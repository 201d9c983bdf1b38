//! What is answered while the library is being opened, which can take as long as its migrations do.

use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};

use super::health;
use super::refusal::Refusal;
use super::route::Route;

/// Answers a request that came too early. It has no line in the log: most of them are probes, and
/// what the server is at stands there once.
pub(super) fn answer(request: &Request) -> Response {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    match request.uri().path() {
        path if is_read && path == Route::Live.name() => health::live().into_response(),
        path if is_read && path == Route::Ready.name() => health::opening().into_response(),
        _ => Refusal::opening().into_response(),
    }
}
