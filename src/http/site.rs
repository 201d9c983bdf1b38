//! All that the server answers, and what every request goes through on its way there.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::CorsLayer;

use super::compression::Encodings;
use super::observe::Observation;
use super::refusal::Refusal;
use super::route::Route;
use super::{Backend, endpoint, graphiql, health, metrics, origin, policy, requests, schema};

/// Everything that the server answers. Cloning it copies nothing.
///
/// Each request goes through the same functions, in their order here, and comes back through them.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    backend: Backend,
    cors: Option<CorsLayer>,
}

impl Site {
    /// The site that is answered with this.
    pub fn new(backend: Backend) -> Self {
        let cors = origin::cors(&backend.settings.allowed_origins);
        Self(Arc::new(Inner { backend, cors }))
    }

    /// Answers a request. This never panics.
    pub async fn answer(&self, mut request: Request) -> Response {
        let backend = &self.0.backend;
        let is_head = request.method() == Method::HEAD;
        let route = Route::of(request.uri().path(), &backend.settings);
        let observation = Observation::begin(backend, route, &mut request);
        let mut response = observation.of(pin!(self.compressed(route, request))).await;
        policy::guard(&mut response);
        match is_head {
            true => without_body(response),
            false => response,
        }
    }

    async fn compressed(&self, route: Route, request: Request) -> Response {
        let encodings = Encodings::of(request.headers());
        encodings.compress(self.bounded(route, request).await).await
    }

    /// Refuses a request whose head is too long.
    async fn bounded(&self, route: Route, request: Request) -> Response {
        match requests::check_head(&request, self.0.backend.settings.max_header_bytes) {
            Ok(()) if route == Route::GraphQl => self.shared(request).await,
            Ok(()) => self.routed(route, request).await,
            Err(refusal) => refusal.into_response(),
        }
    }

    /// `/graphql`, and what pages of other sites may do there.
    async fn shared(&self, request: Request) -> Response {
        let Some(cors) = &self.0.cors else { return self.placed(request).await };
        let inner = service_fn(|request| async { Ok::<_, Infallible>(self.placed(request).await) });
        let Ok(response) = cors.layer(inner).oneshot(request).await;
        response
    }

    /// `/graphql` for as many requests as may be in flight.
    async fn placed(&self, request: Request) -> Response {
        let answer = |request| self.routed(Route::GraphQl, request);
        requests::in_place(&self.0.backend.requests, request, answer).await
    }

    async fn routed(&self, route: Route, request: Request) -> Response {
        let backend = &self.0.backend;
        if !route.allows(request.method()) {
            return Refusal::method_not_allowed(request.method(), route.methods()).into_response();
        }
        match route {
            Route::Start => Redirect::temporary("/graphql").into_response(),
            Route::GraphQl => endpoint::answer(backend, request).await,
            Route::Schema => schema::answer(backend, &request),
            Route::Asset => graphiql::asset(&request),
            Route::Live => health::live().into_response(),
            Route::Ready => health::ready(backend).await.into_response(),
            Route::Metrics => metrics::answer(backend, &request),
            Route::Nothing => Refusal::no_such_path(request.uri().path()).into_response(),
        }
    }
}

/// The response to HEAD: what GET would get, of which only the length is told.
fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    response.map(|_| Body::empty())
}
