//! Answers in fewer bytes, for clients that can read them so.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// What is shorter fits into one packet anyway, in bytes.
const MIN_BYTES: u64 = 1024;

/// Compresses what gains by it. Events are to leave one by one, and what has an encoding keeps it.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    let gains = SizeAbove::new(MIN_BYTES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("font/"));
    CompressionLayer::new().br(true).gzip(true).zstd(true).compress_when(gains)
}

/// Has a client answered without compression that says not to read that.
///
/// It is sent what it cannot read either way. But the layer would put the status 406 on the answer of
/// a mutation that was carried out.
pub(super) fn pass_over_refusals(mut request: Request) -> Request {
    if refuses_plain(request.headers()) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    request
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
