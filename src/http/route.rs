//! The routes of the server.

use axum::http::Method;

/// The path of metrics, on any listener.
pub(super) const METRICS: &str = "/metrics";

/// Whether metrics are served on the main address.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServesMetrics(pub bool);

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
    Nothing,
}

impl Route {
    /// The target of a path on a server with or without metrics on its main address.
    pub fn of(path: &str, metrics: ServesMetrics) -> Self {
        match path {
            "/graphql" | "/graphql/" => Self::GraphQl,
            "/" => Self::Start,
            "/schema.graphql" => Self::Schema,
            "/health/live" => Self::Live,
            "/health/ready" => Self::Ready,
            METRICS if metrics.0 => Self::Metrics,
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
            Self::Nothing => "other",
        }
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
            Route::Nothing,
        ] {
            assert_eq!(Route::of(route.name(), ServesMetrics(true)), route);
        }
        for path in
            ["", "/graphql//", "//", "/GraphQL", "/graphiql/assets/", "/graphiql/assets/a/b"]
        {
            assert_eq!(Route::of(path, ServesMetrics(true)), Route::Nothing, "{path}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_the_api_changes_nothing() {
        assert_eq!(Route::of("/graphql/", ServesMetrics(false)), Route::GraphQl);
    }

    #[test]
    fn there_are_no_metrics_where_they_are_not_served() {
        assert_eq!(Route::of(METRICS, ServesMetrics(false)), Route::Nothing);
    }
}
