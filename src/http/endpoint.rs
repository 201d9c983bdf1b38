//! `/graphql`: GraphQL over HTTP, and the explorer for browsers.
//!
//! Source: [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/).

use async_graphql::ServerError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Backend;
use super::accept::{Accept, MediaType};
use super::conditional::Tag;
use super::operation::Operation;
use super::outcome::Outcome;
use super::place::{self, REELGRAPH_PLACE};
use super::refusal::{Rejection, fixed_status};
use super::requester::RequestContext;
use super::requests::Upload;
use super::{answer, batch, credentials, events, graphiql, origin, parameters, websocket};
use crate::domain::Role;
use crate::graphql::error::{RETRY_AFTER_SECONDS, code_of};

/// Handles all requests to `/graphql`.
pub(super) async fn answer(backend: &Backend, request: Request, body: &mut Upload) -> Response {
    if websocket::is_asked_for(request.headers()) {
        return websocket::open(backend.clone(), request).await.into_response();
    }
    let accept = Accept::of(request.headers());
    let mut response = if asks_for_page(&request) && accept.prefers_page() {
        graphiql::page(request.uri(), &backend.settings.library)
    } else {
        respond(backend, request, body, &accept).await.unwrap_or_else(|refusal| {
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

/// Whether a browser is opening the page: by its URL, possibly with a query to show.
fn asks_for_page(request: &Request) -> bool {
    let parameters = request.uri().query().unwrap_or_default();
    request.method() != Method::POST && !parameters::names_known_document(parameters)
}

/// Reads a GraphQL request and responds in the format that suits the client and the operation.
async fn respond(
    backend: &Backend,
    request: Request,
    body: &mut Upload,
    accept: &Accept,
) -> Result<Response, Rejection> {
    let media_type = accept.media_type();
    if media_type.is_none() && !accept.names_events() {
        return Err(Rejection::not_acceptable());
    }
    let authenticated = credentials::authenticate(backend, &request, Role::Reader)?;
    let is_get = request.method() != Method::POST;
    let (head, _) = request.into_parts();
    let requester = RequestContext::of(authenticated.caller(), &head.extensions);
    let mut requests = read(backend, &head, body).await?;
    if let Some(place) = place::sent_in(&head.headers) {
        requests.not_before(&place);
    }
    let mut operation = match requests {
        parameters::Body::One(parameters) => Operation::of(*parameters, backend),
        parameters::Body::Batch(requests) => {
            let media_type = media_type.filter(|_| !accept.prefers_events());
            let media_type = media_type.ok_or_else(Rejection::batch_as_stream)?;
            let batch::Answer { json, place } = batch::answer(requests, backend, requester).await;
            return Ok(with_place(as_json(json.into_response(), media_type), place));
        }
    };
    if is_get && operation.is_mutation() {
        return Err(Rejection::mutation_by_get());
    }
    match media_type {
        _ if accept.prefers_events() || operation.is_subscription() && accept.names_events() => {
            if is_get {
                origin::check(
                    &head.uri,
                    &head.headers,
                    &backend.settings.connections.allowed_origins,
                )?;
            }
            let last_event_id = events::last_event_id(&head.headers);
            let requester = RequestContext { last_event_id, ..requester };
            Ok(events::answer(operation, backend, &authenticated.pass, requester))
        }
        _ if operation.is_subscription() => Err(Rejection::subscription_without_stream()),
        None => Err(Rejection::not_acceptable()),
        Some(media_type) => {
            // HTTP knows no conditions for POST, so that nobody could use a tag there.
            let tag = match is_get {
                true => operation.tag(backend, &requester, media_type).await,
                false => None,
            };
            match tag {
                Some(tag) if tag.is_known(&head.headers) => Ok(tag.not_modified()),
                tag => {
                    let outcome = operation.execute(backend, requester).await;
                    let max_bytes = backend.settings.limits.max_answer_bytes;
                    Ok(shape(outcome, Form { media_type, max_bytes, tag }))
                }
            }
        }
    }
}

async fn read(
    backend: &Backend,
    head: &Parts,
    body: &mut Upload,
) -> Result<parameters::Body, Rejection> {
    if head.method == Method::POST {
        if !is_json(&head.headers) {
            return Err(Rejection::unsupported_media_type());
        }
        if !is_plain(&head.headers) {
            return Err(Rejection::unsupported_encoding());
        }
        let body = body.read(backend.settings.body_limits()).await?;
        return parameters::from_body(&body, backend.settings.requests.max_batch);
    }
    let parameters = head.uri.query().unwrap_or_default();
    parameters::from_query_string(parameters).map(|one| parameters::Body::One(Box::new(one)))
}

/// Whether the body is declared as JSON. A form in a page of another site cannot do that, which
/// prevents such pages from changing the library on behalf of their visitors.
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

/// Whether the body is uncompressed: `identity` changes nothing.
fn is_plain(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).into_iter();
    codings
        .flat_map(|codings| codings.as_bytes().split(|byte| *byte == b','))
        .all(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"identity"))
}

/// The format of a response.
struct Form {
    media_type: MediaType,
    max_bytes: usize,
    tag: Option<Tag>,
}

/// The response to a request, with the status for the media type, and with the tag if there are no
/// errors: errors can be temporary.
fn shape(outcome: Outcome, Form { media_type, max_bytes, tag }: Form) -> Response {
    let (mut kept, mut place) = (None, None);
    let response = match outcome {
        Outcome::Executed(response) => {
            place = place::of_answer(&response);
            match answer::json(&response, max_bytes) {
                Ok(text) => {
                    kept = tag.filter(|_| response.errors.is_empty());
                    Response::new(Body::from(text))
                }
                Err(refusal) => refusal.into_response(),
            }
        }
        Outcome::Refused(errors) => {
            let status = errors.iter().find_map(status).unwrap_or(match media_type {
                MediaType::Json => StatusCode::OK,
                MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
            });
            let mut response = (status, axum::Json(json!({ "errors": errors }))).into_response();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                let seconds = HeaderValue::from(RETRY_AFTER_SECONDS);
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
    };
    let mut response = with_place(as_json(response, media_type), place);
    if let Some(tag) = kept {
        tag.put_on(&mut response);
    }
    response
}

/// The approximate number of header fields of a response.
const HEADER_FIELDS: usize = 8;

/// A response of this type, which must not be stored unless stated otherwise.
fn as_json(mut response: Response, media_type: MediaType) -> Response {
    let headers = response.headers_mut();
    headers.reserve(HEADER_FIELDS);
    headers.insert(header::CONTENT_TYPE, media_type.header());
    headers.insert(header::CACHE_CONTROL, const { HeaderValue::from_static("no-store") });
    response
}

/// A response with the place that the caller of a mutation has seen.
fn with_place(mut response: Response, place: Option<HeaderValue>) -> Response {
    if let Some(place) = place {
        response.headers_mut().insert(REELGRAPH_PLACE, place);
    }
    response
}

/// The status of an error for which it is not the document that is at fault: proxies are to see it,
/// whatever the media type.
fn status(error: &ServerError) -> Option<StatusCode> {
    code_of(error).and_then(fixed_status)
}
