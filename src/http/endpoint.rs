//! `/graphql`: GraphQL over HTTP, and the explorer for those who come with a browser.
//!
//! Source: [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/).

use async_graphql::{Request as GraphqlRequest, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Backend;
use super::accept::{Accept, MediaType};
use super::operation::Operation;
use super::outcome::Outcome;
use super::refusal::Refusal;
use super::{credentials, events, graphiql, origin, parameters, websocket};
use crate::domain::Role;
use crate::graphql::permission::FORBIDDEN;

/// Answers whatever comes to `/graphql`.
pub(super) async fn answer(State(backend): State<Backend>, request: Request) -> Response {
    if websocket::is_asked_for(request.headers()) {
        return websocket::open(backend, request).await.into_response();
    }
    let accept = Accept::of(request.headers());
    let mut response = if asks_for_page(&request) && accept.prefers_page() {
        graphiql::page()
    } else {
        respond(&backend, request, &accept).await.unwrap_or_else(|refusal| {
            let media_type = accept.media_type().map(MediaType::header);
            let mut response = refusal.into_response();
            if let Some(media_type) = media_type {
                response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            }
            response
        })
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

/// Reads a GraphQL request and answers it in the form that suits the client and the operation.
async fn respond(
    backend: &Backend,
    request: Request,
    accept: &Accept,
) -> Result<Response, Refusal> {
    let media_type = accept.media_type();
    if media_type.is_none() && !accept.names_events() {
        return Err(Refusal::not_acceptable());
    }
    let visitor = credentials::admit(backend, &request, Role::Reader)?;
    let (is_get, headers) = (request.method() != Method::POST, request.headers().clone());
    let operation = Operation::of(read(request).await?);
    if is_get && operation.is_mutation() {
        return Err(Refusal::mutation_by_get());
    }
    match media_type {
        _ if accept.prefers_events() || operation.is_subscription() && accept.names_events() => {
            if is_get {
                origin::check(&headers, &backend.settings.allowed_origins)?;
            }
            Ok(events::answer(operation, backend, visitor))
        }
        _ if operation.is_subscription() => Err(Refusal::subscription_without_stream()),
        None => Err(Refusal::not_acceptable()),
        Some(media_type) => {
            Ok(shape(operation.execute(backend, visitor.caller()).await, media_type))
        }
    }
}

async fn read(request: Request) -> Result<GraphqlRequest, Refusal> {
    match *request.method() {
        Method::POST => parameters::from_body(&body(request).await?),
        _ => parameters::from_query_string(request.uri().query().unwrap_or_default()),
    }
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

/// The response to a request, with the status that the media type asks for.
fn shape(outcome: Outcome, media_type: MediaType) -> Response {
    let mut response = match outcome {
        Outcome::Executed(response) => GraphQLResponse::from(response).into_response(),
        Outcome::Refused(errors) => {
            let status = match media_type {
                _ if have_code(&errors, "INTERNAL_SERVER_ERROR") => {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
                // It is not the document that is at fault: a proxy is to see it as it sees a 401.
                _ if have_code(&errors, FORBIDDEN) => StatusCode::FORBIDDEN,
                MediaType::Json => StatusCode::OK,
                MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
            };
            (status, axum::Json(json!({ "errors": errors }))).into_response()
        }
    };
    response.headers_mut().insert(header::CONTENT_TYPE, media_type.header());
    response
}

fn have_code(errors: &[ServerError], code: &str) -> bool {
    let code = Value::from(code);
    let mut extensions = errors.iter().filter_map(|error| error.extensions.as_ref());
    extensions.any(|extensions| extensions.get("code") == Some(&code))
}
