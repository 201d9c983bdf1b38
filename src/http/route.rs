//! The routes of the server.

use axum::http::Method;

use crate::media::addresses::{FILES, THUMBNAILS};

/// The path of metrics, on any listener.
pub(super) const METRICS: &str = "/metrics";

/// What only some servers serve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Serves {
    /// Metrics on the main address.
    pub metrics: bool,
    /// A web app.
    pub web_app: bool,
    /// Files and thumbnails of videos.
    pub media: bool,
}

/// The target of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Start,
    GraphQl,
    Schema,
    Asset,
    Live,
    Ready,
    Metrics,
    WebApp,
    File,
    Thumbnail,
    Nothing,
}

impl Route {
    /// The target of a path on a server that serves these.
    pub fn of(path: &str, serves: Serves) -> Self {
        match path {
            "/graphql" | "/graphql/" => Self::GraphQl,
            "/" => Self::Start,
            "/schema.graphql" => Self::Schema,
            "/health/live" => Self::Live,
            "/health/ready" => Self::Ready,
            METRICS if serves.metrics => Self::Metrics,
            path if serves.web_app && (path == "/app" || path.starts_with("/app/")) => Self::WebApp,
            path if serves.media && path.starts_with(FILES) => Self::File,
            path if serves.media && path.starts_with(THUMBNAILS) => Self::Thumbnail,
            path => match path.strip_prefix("/graphiql/assets/") {
                Some(name) if !name.is_empty() && !name.contains('/') => Self::Asset,
                _ => Self::Nothing,
            },
        }
    }

    /// Its name in metrics and traces, which does not depend on client input.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "/",
            Self::GraphQl => "/graphql",
            Self::Schema => "/schema.graphql",
            Self::Asset => "/graphiql/assets/{name}",
            Self::Live => "/health/live",
            Self::Ready => "/health/ready",
            Self::Metrics => METRICS,
            Self::WebApp => "/app/{path}",
            Self::File => "/files/{id}",
            Self::Thumbnail => "/thumbnails/{id}/{width}.jpg",
            Self::Nothing => "other",
        }
    }

    /// Whether it serves what clients get addresses of: pages of other sites may use it where they may use the API,
    /// and it is sent as it is.
    pub fn is_media(self) -> bool {
        matches!(self, Self::File | Self::Thumbnail)
    }

    /// The methods that are allowed there, as `Allow` lists them.
    pub fn methods(self) -> &'static str {
        match self {
            Self::GraphQl => "GET,HEAD,POST",
            _ => "GET,HEAD",
        }
    }

    /// Whether a method is allowed. For unknown paths, all are.
    pub fn allows(self, method: &Method) -> bool {
        self == Self::Nothing || self.methods().split(',').any(|name| name == method.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Serves = Serves { metrics: true, web_app: true, media: true };
    const NONE: Serves = Serves { metrics: false, web_app: false, media: false };

    #[test]
    fn what_has_a_name_of_its_own_is_found_by_it() {
        for route in [
            Route::Start,
            Route::GraphQl,
            Route::Schema,
            Route::Asset,
            Route::Live,
            Route::Ready,
            Route::Metrics,
            Route::WebApp,
            Route::File,
            Route::Thumbnail,
            Route::Nothing,
        ] {
            assert_eq!(Route::of(route.name(), ALL), route);
        }
        for path in [
            "",
            "/graphql//",
            "//",
            "/GraphQL",
            "/graphiql/assets/",
            "/graphiql/assets/a/b",
            "/apps",
        ] {
            assert_eq!(Route::of(path, ALL), Route::Nothing, "{path}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_the_api_changes_nothing() {
        assert_eq!(Route::of("/graphql/", NONE), Route::GraphQl);
    }

    #[test]
    fn everything_below_the_web_app_is_its_own() {
        for path in ["/app", "/app/", "/app/videos/1", "/app/graphql"] {
            assert_eq!(Route::of(path, ALL), Route::WebApp, "{path}");
            assert_eq!(Route::of(path, NONE), Route::Nothing, "{path}");
        }
    }

    #[test]
    fn there_are_no_metrics_where_they_are_not_served() {
        assert_eq!(Route::of(METRICS, NONE), Route::Nothing);
    }
}
