//! The app, and the functions that every request passes through.

use std::convert::Infallible;
use std::future::ready;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Version, header};
use axum::response::{IntoResponse, Redirect, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::CorsLayer;

use super::compression::Encodings;
use super::observe::{Observation, Observer};
use super::refusal::Rejection;
use super::requests::{Upload, close_after};
use super::route::{Route, Serves};
use super::server::Handler;
use super::{
    Backend, authority, endpoint, graphiql, health, media, metrics, opening, origin, policy,
    requests, schema,
};
use crate::config::MetricsListen;

/// The app: everything that the server responds to. Cloning it is cheap.
///
/// Each request passes through the same functions, in the order in which they appear here, and its
/// response back through them.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    observer: Observer,
    /// Empty while the library is being opened.
    open: OnceLock<Open>,
}

/// The app of an open library.
struct Open {
    backend: Backend,
    cors: Option<CorsLayer>,
    is_draining: AtomicBool,
}

impl App {
    /// An app with this backend.
    pub fn new(backend: Backend) -> Self {
        let app = Self::opening(backend.observer());
        app.open(backend);
        app
    }

    /// An app that responds that its library is being opened, until it [is](Self::open).
    pub fn opening(observer: Observer) -> Self {
        Self(Arc::new(Inner { observer, open: OnceLock::new() }))
    }

    /// Answers with this from now on. To be called once.
    pub fn open(&self, backend: Backend) {
        let cors = origin::cors(&backend.settings.connections);
        self.0.open.get_or_init(|| Open { backend, cors, is_draining: AtomicBool::new(false) });
    }

    /// Is no longer ready from now on, but keeps serving.
    pub fn drain(&self) {
        if let Some(open) = self.0.open.get() {
            open.is_draining.store(true, Ordering::Relaxed);
        }
    }

    /// Answers a request. This never panics.
    pub async fn answer(&self, mut request: Request) -> Response {
        let is_head = request.method() == Method::HEAD;
        let keeps_connections = request.version() < Version::HTTP_2;
        let mut upload = Upload::of(&mut request);
        let Inner { observer, open } = &*self.0;
        let open = open.get();
        let route = Route::of(request.uri().path(), Open::serves(open));
        let observation = Observation::begin(observer, route, &mut request);
        let (mut response, has_ended) = match open {
            Some(open) => {
                let answer = open.compressed(route, request, &mut upload);
                let response = observation.of(pin!(answer)).await;
                (response, upload.finish(open.backend.settings.body_limits()).await)
            }
            None => {
                let answer = ready(opening::answer(route, request.method()));
                (observation.of(answer).await, upload.has_ended())
            }
        };
        policy::guard(&mut response);
        // In HTTP/2 the request alone ends where its body is not read.
        if !has_ended && keeps_connections {
            close_after(&mut response);
        }
        match is_head {
            true => without_body(response),
            false => response,
        }
    }
}

impl Handler for App {
    async fn answer(&self, request: Request) -> Response {
        self.answer(request).await
    }
}

impl Open {
    /// What is served, once there is an open library.
    fn serves(open: Option<&Self>) -> Serves {
        let backend = open.map(|open| &open.backend);
        let is_main = |it: &Backend| it.settings.telemetry.metrics == MetricsListen::Main;
        Serves {
            metrics: backend.is_some_and(is_main),
            web_app: backend.is_some_and(|backend| backend.web_app.is_some()),
            media: backend.is_some_and(|backend| backend.media.is_some()),
        }
    }

    async fn compressed(&self, route: Route, request: Request, body: &mut Upload) -> Response {
        if route.is_media() {
            return self.checked(route, request, body).await;
        }
        let encodings = Encodings::of(request.headers());
        encodings.compress(self.checked(route, request, body).await).await
    }

    /// Rejects a request whose header is too long, or which is for another host.
    async fn checked(&self, route: Route, request: Request, body: &mut Upload) -> Response {
        match self.check(route, &request) {
            Ok(()) if route == Route::GraphQl || route.is_media() => {
                self.shared(route, request, body).await
            }
            Ok(()) => self.routed(route, request, body).await,
            Err(refusal) => refusal.into_response(),
        }
    }

    /// # Errors
    /// When the header is too long, or the host is not one of this server's. Health checks work
    /// under any name: they reveal nothing about the library, and their clients use addresses
    /// rather than names.
    fn check(&self, route: Route, request: &Request) -> Result<(), Rejection> {
        let Backend { settings, authenticator, .. } = &self.backend;
        requests::check_head(request, settings.limits.max_header_bytes)?;
        let authority = authority::of(request)?;
        match route {
            Route::Live | Route::Ready => Ok(()),
            _ => settings.hosts.check(authority, || authenticator.accepts_anyone()),
        }
    }

    /// The API and what it gives addresses of, with CORS.
    async fn shared(&self, route: Route, request: Request, body: &mut Upload) -> Response {
        if let Err(refusal) = origin::check_preflight(&request, &self.backend.settings.connections)
        {
            return refusal.into_response();
        }
        let Some(cors) = &self.cors else { return self.placed(route, request, body).await };
        let mut body = Some(body);
        let inner = service_fn(|request| {
            let body = body.take().expect("it is asked once");
            async { Ok::<_, Infallible>(self.placed(route, request, body).await) }
        });
        let Ok(response) = cors.layer(inner).oneshot(request).await;
        response
    }

    /// `/graphql` within the limit on requests in flight; files have a limit of their own.
    async fn placed(&self, route: Route, request: Request, body: &mut Upload) -> Response {
        if route != Route::GraphQl {
            return self.routed(route, request, body).await;
        }
        requests::in_place(&self.backend.requests, request, |request| {
            self.routed(Route::GraphQl, request, body)
        })
        .await
    }

    async fn routed(&self, route: Route, request: Request, body: &mut Upload) -> Response {
        let backend = &self.backend;
        if !route.allows(request.method()) {
            return Rejection::method_not_allowed(request.method(), route.methods())
                .into_response();
        }
        match route {
            // A proxy may have put the app below a path of its own.
            Route::Start => Redirect::temporary("graphql").into_response(),
            Route::GraphQl => endpoint::answer(backend, request, body).await,
            Route::Schema => schema::answer(backend, &request),
            Route::Asset => graphiql::asset(&request),
            Route::Live => health::live().into_response(),
            Route::Ready if self.is_draining.load(Ordering::Relaxed) => {
                health::stopping().into_response()
            }
            Route::Ready => health::ready(backend).await.into_response(),
            Route::Metrics => metrics::answer(backend, request).await,
            Route::WebApp => match &backend.web_app {
                Some(app) => app.answer(&request),
                None => Rejection::no_such_path(request.uri().path()).into_response(),
            },
            Route::File | Route::Thumbnail => match &backend.media {
                Some(media) => media::answer(backend, media, request).await,
                None => Rejection::no_such_path(request.uri().path()).into_response(),
            },
            Route::Nothing => Rejection::no_such_path(request.uri().path()).into_response(),
        }
    }
}

/// The response to HEAD: that of GET, reduced to its length.
fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    response.map(|_| Body::empty())
}
