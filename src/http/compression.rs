//! Answers in fewer bytes, for clients that can read them so.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::response::Response;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// What is shorter fits into one packet anyway, in bytes.
const MIN_BYTES: u64 = 1024;

/// The encodings that a client can read, as its `Accept-Encoding` tells.
pub(super) struct Encodings(HeaderMap);

impl Encodings {
    /// Those of a request. A client that says not to read what is not compressed is answered as one
    /// that says nothing: it is sent what it cannot read either way, but with the status of the answer
    /// and not with 406, which would hide that a mutation was carried out.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut encodings = HeaderMap::new();
        if !refuses_plain(headers) {
            for encoding in headers.get_all(header::ACCEPT_ENCODING) {
                encodings.append(header::ACCEPT_ENCODING, encoding.clone());
            }
        }
        Self(encodings)
    }

    /// Compresses an answer that gains by it. Events are to leave one by one, and what has an encoding
    /// keeps it.
    ///
    /// Caches learn that another client may get the answer in another encoding, also where this one
    /// is too short for any or has no body: the next answer to the same request may be longer.
    pub async fn compress(self, mut response: Response) -> Response {
        let is_text = NotForContentType::SSE
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::const_new("font/"));
        if !is_text.should_compress(&response) {
            return response;
        }
        vary_by_encoding(response.headers_mut());
        let gains = SizeAbove::new(MIN_BYTES);
        if !gains.should_compress(&response) {
            return response;
        }
        let layer = CompressionLayer::new().br(true).gzip(true).zstd(true).compress_when(gains);
        let mut response = Some(response);
        let answered =
            service_fn(|_| ready(Ok::<_, Infallible>(response.take().expect("it is asked once"))));
        let mut request = Request::new(());
        *request.headers_mut() = self.0;
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

fn refuses_plain(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter().map(HeaderValue::to_str);
    let mut codings = values.filter_map(Result::ok).flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().to_ascii_lowercase();
        let weight = weight.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        let is_about_plain =
            ["identity", "*"].iter().any(|it| name.trim().eq_ignore_ascii_case(it));
        is_about_plain && weight == Some(0.0)
    })
}
