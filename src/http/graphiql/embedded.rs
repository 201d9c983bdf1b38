//! GraphiQL as the build put it into the program: a page, and the files that it loads.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use brotli_decompressor::BrotliDecompress;

use crate::http::content_type;
use crate::http::policy;
use crate::http::preferences::preferences;
use crate::http::refusal::Rejection;

/// The output of `npm run build` in the folder `web`.
pub(super) struct Embedded {
    /// The page, which has a place for the examples.
    pub page: &'static str,
    /// The files that the page loads, by name, each compressed with Brotli.
    assets: &'static [(&'static str, &'static [u8])],
}

/// None if the program was built without Node.js.
pub(super) const EMBEDDED: Option<Embedded> = include!(concat!(env!("OUT_DIR"), "/explorer.rs"));

/// The resources of the page, and no more. The editor inserts styles into the page, and fonts and
/// pictures are in the style sheets.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self' data:; \
     form-action 'none'; frame-ancestors 'none'; img-src 'self' data:; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; worker-src 'self'",
);

/// The licences of everything that is embedded: the only file without a hash in its name, which can
/// change.
const LICENSES: &str = "licenses.md";

/// A file that the page loads.
pub(in crate::http) fn asset(request: &Request) -> Response {
    let path = request.uri().path();
    let Some((name, compressed)) = find(path) else {
        return Rejection::no_such_path(path).into_response();
    };
    let mut response = if reads_brotli(request.headers()) {
        let encoding = HeaderValue::from_static("br");
        ([(CONTENT_ENCODING, encoding)], Bytes::from_static(compressed)).into_response()
    } else {
        plain(name, compressed).into_response()
    };
    let caching = match name {
        LICENSES => "no-cache",
        _ => "public, max-age=31536000, immutable",
    };
    let content_type = HeaderValue::from_static(content_type(name));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    // Among the files are workers, which have the policy that they themselves come with.
    policy::allow(response, POLICY)
}

fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    let wanted = path.strip_prefix("/graphiql/assets/")?;
    EMBEDDED?.assets.iter().copied().find(|(name, _)| *name == wanted)
}

/// Whether a client can read Brotli: browsers on this machine or over HTTPS, but not others.
///
/// Source: [RFC 9110, section 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3).
fn reads_brotli(headers: &HeaderMap) -> bool {
    let mut codings = preferences(headers, ACCEPT_ENCODING);
    codings.any(|coding| coding.name.eq_ignore_ascii_case("br") && coding.weight > 0.0)
}

/// An uncompressed file. It stays in memory once it has been requested: with a copy for each
/// request, clients that do not read could fill the memory, because no credential is required.
fn plain(name: &'static str, compressed: &'static [u8]) -> Bytes {
    static PLAIN: Mutex<BTreeMap<&str, Bytes>> = Mutex::new(BTreeMap::new());
    let mut plain = PLAIN.lock().expect("decompressing does not panic");
    plain.entry(name).or_insert_with(|| decompressed(compressed).into()).clone()
}

fn decompressed(mut compressed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let outcome: io::Result<()> = BrotliDecompress(&mut compressed, &mut plain);
    outcome.expect("the build compressed it, and memory takes whatever is written");
    plain
}

fn content_type(name: &str) -> &'static str {
    content_type::of_name(name).unwrap_or("application/octet-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(not(explorer), ignore = "needs GraphiQL, which was not built with this")]
    fn every_file_has_a_content_type() {
        let embedded = EMBEDDED.unwrap();
        for asset in ["index-", LICENSES, "editor.worker-"] {
            assert!(embedded.assets.iter().any(|(name, _)| name.starts_with(asset)), "{asset}");
        }
        for (name, _) in embedded.assets {
            assert_ne!(content_type(name), "application/octet-stream", "{name}");
        }
    }
}
