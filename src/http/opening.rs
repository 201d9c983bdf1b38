//! The response while the library is being opened, which can take as long as its migrations.

use axum::http::Method;
use axum::response::{IntoResponse, Response};

use super::health;
use super::refusal::Rejection;
use super::route::Route;

/// Answers a request that came too early.
pub(super) fn answer(route: Route, method: &Method) -> Response {
    match route {
        Route::Live if route.allows(method) => health::live().into_response(),
        Route::Ready if route.allows(method) => health::opening().into_response(),
        _ => Rejection::opening().into_response(),
    }
}
