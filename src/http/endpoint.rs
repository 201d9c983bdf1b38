//! `/graphql`: GraphQL over HTTP, and the explorer for those who come with a browser.
//!
//! Source: [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/).

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request as GraphqlRequest, Response as GraphqlResponse, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Backend;
use super::accept::{Accept, MediaType};
use super::observe::RequestId;
use super::refusal::Refusal;
use super::{graphiql, parameters};
use crate::graphql::{Caller, limits};

/// The longest message of an error, in bytes: some show a part of the request, e.g. a whole line.
const MAX_MESSAGE_BYTES: usize = 1_000;

/// Answers whatever comes to `/graphql`.
pub(super) async fn answer(State(backend): State<Backend>, request: Request) -> Response {
    let accept = Accept::of(request.headers());
    let mut response = if asks_for_page(&request) && accept.prefers_page() {
        graphiql::page()
    } else if let Some(media_type) = accept.media_type() {
        let mut response = match ask(&backend, request).await {
            Ok(response) => shape(response, media_type),
            Err(refusal) => refusal.into_response(),
        };
        response.headers_mut().insert(header::CONTENT_TYPE, media_type.header());
        response
    } else {
        Refusal::not_acceptable().into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Whether this is how a browser opens the page: by its address, without a query.
fn asks_for_page(request: &Request) -> bool {
    let parameters = request.uri().query().unwrap_or_default();
    let mut names = form_urlencoded::parse(parameters.as_bytes()).map(|(name, _)| name);
    request.method() != Method::POST && !names.any(|name| name == "query")
}

/// Reads a GraphQL request and has it answered.
async fn ask(backend: &Backend, request: Request) -> Result<GraphqlResponse, Refusal> {
    let RequestId(request_id) = request
        .extensions()
        .get()
        .cloned()
        .expect("every request went through `observe`, which gave it an ID");
    let is_post = request.method() == Method::POST;
    let mut request = if is_post {
        parameters::from_body(&body(request).await?)?
    } else {
        parameters::from_query_string(request.uri().query().unwrap_or_default())?
    };
    let only_queries = match look_at(&mut request) {
        Ok(kind) => kind.is_none_or(|kind| kind == OperationType::Query),
        Err(error) => return Ok(GraphqlResponse::from_errors(vec![error])),
    };
    if !is_post && !only_queries {
        return Err(Refusal::only_queries_by_get());
    }
    Ok(backend.api.execute(request, Caller { request_id, actor: None }).await)
}

async fn body(request: Request) -> Result<Bytes, Refusal> {
    if !is_json(request.headers()) {
        return Err(Refusal::unsupported_media_type());
    }
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::body_too_large(),
        _ => Refusal::bad_request("the body could not be read to its end"),
    })
}

/// Whether the body says to be JSON. A form in a page of another site cannot say so, which keeps
/// such pages from changing the library in their visitor's name.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    is_json && is_utf8
}

/// The kind of operation that the request is about, which is noted in the log.
///
/// None where there is no such operation, of which the API tells.
///
/// # Errors
/// When the document is larger than the API could stand.
fn look_at(request: &mut GraphqlRequest) -> Result<Option<OperationType>, ServerError> {
    limits::check_text(&request.query)?;
    let name = request.operation_name.take();
    // Parsed once: the request keeps the document. What does not parse, the API tells.
    let kind = match request.parsed_query() {
        Ok(document) => {
            limits::check_fields(document)?;
            selected(document, name.as_deref())
        }
        Err(_) => None,
    };
    request.operation_name = name;
    Ok(kind)
}

/// The kind of the operation that is to be executed.
fn selected(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let (name, operation) = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => (None, operation),
        (DocumentOperations::Multiple(all), Some(name)) => (Some(name), all.get(name)?),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => {
            let (name, operation) = all.iter().next()?;
            (Some(name.as_str()), operation)
        }
        (DocumentOperations::Multiple(_), None) => return None,
    };
    tracing::Span::current().record("operation", name.unwrap_or("anonymous"));
    Some(operation.node.ty)
}

/// The response to a request that was executed, or that was found to be invalid.
fn shape(mut response: GraphqlResponse, media_type: MediaType) -> Response {
    for error in &mut response.errors {
        error.message.truncate(error.message.floor_char_boundary(MAX_MESSAGE_BYTES));
    }
    let was_executed = response.data != Value::Null
        || response.errors.is_empty()
        || response.errors.iter().any(|error| !error.path.is_empty());
    if was_executed {
        return GraphQLResponse::from(response).into_response();
    }
    let status = match media_type {
        _ if response.errors.iter().any(is_internal) => StatusCode::INTERNAL_SERVER_ERROR,
        MediaType::Json => StatusCode::OK,
        MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
    };
    // Nothing was executed, so that there are no data, not even null.
    (status, axum::Json(json!({ "errors": response.errors }))).into_response()
}

fn is_internal(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    code == Some(&Value::from("INTERNAL_SERVER_ERROR"))
}
