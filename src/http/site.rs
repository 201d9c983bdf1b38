//! All that the server answers, and what every request goes through on its way there.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

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
use super::{
    Backend, endpoint, graphiql, health, metrics, opening, origin, policy, requests, schema,
};

/// Everything that the server answers. Cloning it copies nothing.
///
/// Each request goes through the same functions, in their order here, and comes back through them.
#[derive(Clone)]
pub struct Site(Arc<OnceLock<Open>>);

/// The site of an open library.
struct Open {
    backend: Backend,
    cors: Option<CorsLayer>,
    is_draining: AtomicBool,
}

impl Site {
    /// The site that is answered with this.
    pub fn new(backend: Backend) -> Self {
        let site = Self::opening();
        site.open(backend);
        site
    }

    /// A site that answers that its library is being opened, until it [is](Self::open).
    pub fn opening() -> Self {
        Self(Arc::default())
    }

    /// Answers with this from now on. To be called once.
    pub fn open(&self, backend: Backend) {
        let cors = origin::cors(&backend.settings.allowed_origins);
        self.0.get_or_init(|| Open { backend, cors, is_draining: AtomicBool::new(false) });
    }

    /// Is no longer ready from now on, and answers all the same.
    pub fn drain(&self) {
        if let Some(open) = self.0.get() {
            open.is_draining.store(true, Ordering::Relaxed);
        }
    }

    /// Answers a request. This never panics.
    pub async fn answer(&self, mut request: Request) -> Response {
        let is_head = request.method() == Method::HEAD;
        let mut response = match self.0.get() {
            Some(open) => {
                let route = Route::of(request.uri().path(), &open.backend.settings);
                let observation = Observation::begin(&open.backend, route, &mut request);
                observation.of(pin!(open.compressed(route, request))).await
            }
            None => opening::answer(&request),
        };
        policy::guard(&mut response);
        match is_head {
            true => without_body(response),
            false => response,
        }
    }
}

impl Open {
    async fn compressed(&self, route: Route, request: Request) -> Response {
        let encodings = Encodings::of(request.headers());
        encodings.compress(self.bounded(route, request).await).await
    }

    /// Refuses a request whose head is too long.
    async fn bounded(&self, route: Route, request: Request) -> Response {
        match requests::check_head(&request, self.backend.settings.max_header_bytes) {
            Ok(()) if route == Route::GraphQl => self.shared(request).await,
            Ok(()) => self.routed(route, request).await,
            Err(refusal) => refusal.into_response(),
        }
    }

    /// `/graphql`, and what pages of other sites may do there.
    async fn shared(&self, request: Request) -> Response {
        let Some(cors) = &self.cors else { return self.placed(request).await };
        let inner = service_fn(|request| async { Ok::<_, Infallible>(self.placed(request).await) });
        let Ok(response) = cors.layer(inner).oneshot(request).await;
        response
    }

    /// `/graphql` for as many requests as may be in flight.
    async fn placed(&self, request: Request) -> Response {
        let answer = |request| self.routed(Route::GraphQl, request);
        requests::in_place(&self.backend.requests, request, answer).await
    }

    async fn routed(&self, route: Route, request: Request) -> Response {
        let backend = &self.backend;
        if !route.allows(request.method()) {
            return Refusal::method_not_allowed(request.method(), route.methods()).into_response();
        }
        match route {
            Route::Start => Redirect::temporary("/graphql").into_response(),
            Route::GraphQl => endpoint::answer(backend, request).await,
            Route::Schema => schema::answer(backend, &request),
            Route::Asset => graphiql::asset(&request),
            Route::Live => health::live().into_response(),
            Route::Ready if self.is_draining.load(Ordering::Relaxed) => {
                health::stopping().into_response()
            }
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
