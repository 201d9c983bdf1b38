//! `/schema.graphql`: the schema as a file, for those who generate code from it.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::conditional::Tag;
use crate::graphql;

/// There is no registered type for it, and browsers show this one.
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

static SCHEMA: LazyLock<(String, Tag)> = LazyLock::new(|| {
    let schema = graphql::sdl();
    let tag = Tag::of_text(&schema);
    (schema, tag)
});

/// The schema, unless the client has it already.
pub(super) async fn answer(headers: HeaderMap) -> Response {
    let (schema, tag) = &*SCHEMA;
    if tag.is_known(&headers) {
        return tag.clone().not_modified();
    }
    let mut response = ([(header::CONTENT_TYPE, CONTENT_TYPE)], schema.as_str()).into_response();
    tag.clone().put_on(&mut response);
    response
}
