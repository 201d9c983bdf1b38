//! Keeps pages of other sites from using the API in their visitors' name.
//!
//! Browsers do not apply the same-origin policy to WebSockets and `EventSource`. They report the
//! origin of the page, though, and leave it to the server to reject the request: [`check`]. Before
//! any other JSON from a page of another site, they send a preflight request, which [`cors`]
//! answers.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::CorsLayer;

use super::authority;
use super::place::REELGRAPH_PLACE;
use super::refusal::Rejection;
use crate::config::ConnectionSettings;

/// Admits requests that come from no page, from a page of this server, or from an origin in
/// `allowed`.
///
/// # Errors
/// For every other page.
pub(super) fn check(uri: &Uri, headers: &HeaderMap, allowed: &[String]) -> Result<(), Rejection> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let is_own = authority::known(uri, headers).is_some_and(|host| is_same_host(origin, host));
    if is_own || allowed.iter().any(|allowed| allowed == origin) {
        return Ok(());
    }
    Err(Rejection::foreign_origin())
}

/// How long browsers can cache the permissions of pages of other sites.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The headers of requests that the API itself knows.
const HEADERS: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_NONE_MATCH,
    HeaderName::from_static("last-event-id"),
    REELGRAPH_PLACE,
    HeaderName::from_static("x-request-id"),
];

/// Rejects a preflight request with an explanation if the answer is no.
///
/// # Errors
/// When the origin is not allowed, or one of the headers.
pub(super) fn check_preflight(
    request: &Request,
    settings: &ConnectionSettings,
) -> Result<(), Rejection> {
    let headers = request.headers();
    let is_preflight = *request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let Some(origin) = headers.get(header::ORIGIN).filter(|_| is_preflight) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    if !settings.allowed_origins.iter().any(|allowed| allowed == origin) {
        return Err(Rejection::cors_origin());
    }
    let asked = headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).into_iter();
    let mut asked = asked
        .flat_map(|names| names.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty());
    let is_allowed = |name: &[u8]| {
        let is = |allowed: &str| name.eq_ignore_ascii_case(allowed.as_bytes());
        HEADERS.into_iter().any(|own| is(own.as_str()))
            || settings.allowed_headers.iter().any(|it| is(it))
    };
    match asked.all(is_allowed) {
        true => Ok(()),
        false => Err(Rejection::cors_header()),
    }
}

/// The CORS headers for pages of the allowed origins; none if there are none.
pub(super) fn cors(settings: &ConnectionSettings) -> Option<CorsLayer> {
    if settings.allowed_origins.is_empty() {
        return None;
    }
    let origins = settings.allowed_origins.iter().map(|origin| {
        HeaderValue::from_str(origin).expect("the setting takes only what can stand in a header")
    });
    let headers = settings
        .allowed_headers
        .iter()
        .map(|name| HeaderName::try_from(name).expect("the setting takes only names of headers"));
    let x_request_id = HeaderName::from_static("x-request-id");
    let exposed = [header::ETAG, REELGRAPH_PLACE, header::RETRY_AFTER, x_request_id];
    let layer = CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(HEADERS.into_iter().chain(headers).collect::<Vec<_>>())
        .expose_headers(exposed)
        .max_age(MAX_AGE);
    Some(layer)
}

/// Whether a page of this origin came from this host, including its port.
///
/// The scheme is not compared: behind a proxy, the server does not know it.
fn is_same_host(origin: &str, host: &str) -> bool {
    let Some((scheme, from)) = origin.split_once("://") else { return false };
    let default_port = if scheme == "https" { ":443" } else { ":80" };
    let without_default = |host: &'_ str| -> String {
        host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase()
    };
    without_default(from) == without_default(host)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn passes(origin: Option<&'static str>, host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
        check(&Uri::from_static("/"), &headers, &["https://films.example".to_owned()]).is_ok()
    }

    #[test]
    fn who_comes_from_no_page_passes() {
        assert!(passes(None, "localhost:4000"));
    }

    #[test]
    fn own_pages_pass_whose_requests_name_the_host_as_http_2_does() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://reel.example"));
        for (uri, passes) in [("http://reel.example/graphql", true), ("http://a.example/", false)] {
            let outcome = check(&Uri::from_static(uri), &headers, &[]);
            assert_eq!(outcome.is_ok(), passes, "{uri}");
        }
    }

    #[test]
    fn own_pages_and_allowed_ones_pass() {
        for (origin, host) in [
            ("http://localhost:4000", "localhost:4000"),
            ("http://LocalHost:4000", "localhost:4000"),
            ("https://reel.example", "reel.example"),
            ("https://reel.example", "reel.example:443"),
            ("http://reel.example", "reel.example:80"),
            ("http://[::1]:4000", "[::1]:4000"),
            ("https://films.example", "reel.example"),
        ] {
            assert!(passes(Some(origin), host), "{origin} at {host}");
        }
    }

    #[test]
    fn other_pages_do_not_pass() {
        for (origin, host) in [
            ("https://evil.example", "reel.example"),
            ("https://reel.example.evil.example", "reel.example"),
            ("https://evil-reel.example", "reel.example"),
            ("http://localhost:3000", "localhost:4000"),
            ("https://reel.example", "reel.example:80"),
            ("http://films.example", "reel.example"),
            ("https://films.example:8443", "reel.example"),
            ("https://FILMS.example", "reel.example"),
            ("null", "reel.example"),
            ("", "reel.example"),
            ("reel.example", "reel.example"),
        ] {
            assert!(!passes(Some(origin), host), "{origin} at {host}");
        }
    }
}
