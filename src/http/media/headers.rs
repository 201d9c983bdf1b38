//! The headers of files and pictures.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a browser may do that opens a file itself: play it, whatever else it may contain.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
);

/// Adds what every file and picture has: it may be shown by its name, and nothing in it may be executed.
pub(super) fn guard(response: &mut Response, name: &str) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CONTENT_DISPOSITION, disposition(name));
}

/// Shows a file under its own name, in whatever characters.
///
/// Source: [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187).
fn disposition(name: &str) -> HeaderValue {
    const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let value = format!("inline; filename*=UTF-8''{}", utf8_percent_encode(name, NAME));
    HeaderValue::from_str(&value).expect("percent-encoded text may stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_cannot_end_the_header_or_look_like_a_path() {
        for (name, expected) in [
            ("a-b_c.mp4", "inline; filename*=UTF-8''a-b_c.mp4"),
            ("é \"x\".mkv", "inline; filename*=UTF-8''%C3%A9%20%22x%22.mkv"),
            ("a;b\r\nx: y/..\\", "inline; filename*=UTF-8''a%3Bb%0D%0Ax%3A%20y%2F..%5C"),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }
}
