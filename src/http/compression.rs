//! Answers in fewer bytes, for clients that can read them so.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::response::Response;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use super::preferences::{Preference, preferences};

/// Shorter responses fit into one packet anyway, in bytes.
const MIN_BYTES: u64 = 1024;

/// The encoding that a client prefers, according to its `Accept-Encoding`; none for identity.
pub(super) struct Encodings(Option<HeaderValue>);

/// The encodings, in order of preference at equal weights. zstd comes last: some tools offer it but
/// cannot read it, such as those on Node.js 20.
const ENCODINGS: [&str; 3] = ["br", "gzip", "zstd"];

impl Encodings {
    /// The encodings of a request. A client that rejects uncompressed responses is treated like one
    /// without preferences: it gets a response that it cannot read, but with the right status
    /// instead of 406, which would hide that a mutation was executed.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut weights = [0.0; ENCODINGS.len()];
        for Preference { name, weight, .. } in preferences(headers, header::ACCEPT_ENCODING) {
            if weight == 0.0 && ["identity", "*"].iter().any(|it| name.eq_ignore_ascii_case(it)) {
                return Self(None);
            }
            if let Some(at) = ENCODINGS.iter().position(|it| name.eq_ignore_ascii_case(it)) {
                weights[at] = weight;
            }
        }
        let mut best = (0.0, None);
        for (weight, encoding) in weights.into_iter().zip(ENCODINGS) {
            if weight > best.0 {
                best = (weight, Some(HeaderValue::from_static(encoding)));
            }
        }
        Self(best.1)
    }

    /// Compresses a response if that is worth it. Events must be sent one by one, and a response
    /// with an encoding keeps it.
    ///
    /// Tells caches that responses can vary by encoding, even if this one is too short for
    /// compression or has no body: the next response to the same request can be longer.
    pub async fn compress(self, mut response: Response) -> Response {
        let is_text = NotForContentType::SSE
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::const_new("audio/"))
            .and(NotForContentType::const_new("font/"))
            .and(NotForContentType::const_new("video/"));
        if !is_text.should_compress(&response) {
            return response;
        }
        vary_by_encoding(response.headers_mut());
        let gains = SizeAbove::new(MIN_BYTES);
        let Some(encoding) = self.0.filter(|_| gains.should_compress(&response)) else {
            return response;
        };
        let layer = CompressionLayer::new().br(true).gzip(true).zstd(true).compress_when(gains);
        let mut response = Some(response);
        let answered =
            service_fn(|_| ready(Ok::<_, Infallible>(response.take().expect("it is asked once"))));
        let mut request = Request::new(());
        request.headers_mut().insert(header::ACCEPT_ENCODING, encoding);
        let Ok(response) = layer.layer(answered).oneshot(request).await;
        response.map(Body::new)
    }
}

fn vary_by_encoding(headers: &mut HeaderMap) {
    const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");
    if !headers.get_all(header::VARY).into_iter().any(|by| by == ACCEPT_ENCODING) {
        headers.append(header::VARY, ACCEPT_ENCODING);
    }
}
