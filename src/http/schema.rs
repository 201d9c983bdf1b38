//! `/schema.graphql`: the schema as a file, for those who generate code from it.

use std::sync::LazyLock;

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::conditional::Tag;
use super::{Backend, credentials};
use crate::graphql;

/// There is no registered type for it, and browsers show this one.
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

static SCHEMA: LazyLock<(String, Tag)> = LazyLock::new(|| {
    let schema = graphql::sdl();
    let tag = Tag::of_content(&schema);
    (schema, tag)
});

/// The schema, for callers with permission for introspection, unless they already have it.
pub(super) fn answer(backend: &Backend, request: &Request) -> Response {
    let needed = backend.api.introspection_role();
    if let Err(refusal) = credentials::authenticate(backend, request, needed) {
        return refusal.into_response();
    }
    let (schema, tag) = &*SCHEMA;
    if tag.is_known(request.headers()) {
        return tag.clone().not_modified();
    }
    let mut response = ([(header::CONTENT_TYPE, CONTENT_TYPE)], schema.as_str()).into_response();
    tag.clone().put_on(&mut response);
    response
}
