//! GraphiQL, the explorer that a browser finds at `/graphql`, with examples to begin with.
//!
//! The page loads GraphiQL's scripts from a content delivery network, each held to its hash. The
//! examples ask for videos of the sample library, `examples/sample.ndjson`.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

const PAGE: &str = include_str!("page.html");

/// What the tabs show at first: a document, and its variables as JSON.
pub(super) const EXAMPLES: [(&str, &str); 6] = [
    (include_str!("examples/first_page.graphql"), ""),
    (include_str!("examples/find.graphql"), include_str!("examples/find.json")),
    (include_str!("examples/one_video.graphql"), include_str!("examples/one_video.json")),
    (include_str!("examples/history.graphql"), ""),
    (include_str!("examples/change.graphql"), include_str!("examples/change.json")),
    (include_str!("examples/add.graphql"), include_str!("examples/add.json")),
];

/// In a frame of another site, a click could be made to change the library.
const POLICY: HeaderValue = HeaderValue::from_static("frame-ancestors 'none'");

/// The page.
pub(super) fn page() -> Response {
    let tab = |(query, variables)| json!({ "query": query, "variables": variables });
    let tabs = json!(EXAMPLES.map(tab)).to_string();
    // Inside a script element, `</` could end it.
    let page = PAGE.replace("__TABS__", &tabs.replace('<', "\\u003c"));
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
}
