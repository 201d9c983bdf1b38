//! What a browser is told not to do with what the explorer consists of.

use axum::http::HeaderValue;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::Response;

/// Gives a response this Content-Security-Policy, which says where the parts of a page may come from,
/// and the rest that keeps other sites away from it.
///
/// In a frame of another site, a click could be made to change the library. `X-Frame-Options` says
/// so to browsers that do not know the policy's `frame-ancestors`.
pub(super) fn guard(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
