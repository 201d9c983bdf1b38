//! Ranges: the part of a file that a client requests.
//!
//! Source: [RFC 9110, section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14).

use std::ops::Range;

use axum::http::header::{CONTENT_RANGE, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::conditional::Tag;

/// What a client gets of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// This part, which is not empty.
    Of(Range<u64>),
    /// Nothing: it has no such part.
    None,
}

impl Part {
    /// The part of so many bytes that a request asks for: all of them if it asks for no range, for several, or for
    /// one of a file with another tag. Ranges are defined for GET alone.
    pub fn of(method: &Method, headers: &HeaderMap, tag: &Tag, length: u64) -> Self {
        let is_of_another = headers.get(IF_RANGE).is_some_and(|known| !tag.is_strongly(known));
        if method != Method::GET || is_of_another {
            return Self::Whole;
        }
        match requested_range(headers, length) {
            None => Self::Whole,
            Some(range) if range.is_empty() => Self::None,
            Some(range) => Self::Of(range),
        }
    }
}

/// The value of `Content-Range` for a part.
pub(super) fn content_range(part: &Range<u64>, length: u64) -> HeaderValue {
    let shown = format!("bytes {}-{}/{length}", part.start, part.end - 1);
    HeaderValue::from_str(&shown).expect("digits may stand in a header")
}

/// The response to a request for a part that is not there.
pub(super) fn not_satisfiable(length: u64) -> Response {
    let range = format!("bytes */{length}");
    (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, range)]).into_response()
}

/// The requested part, empty if there is no such part; none if all is requested.
fn requested_range(headers: &HeaderMap, length: u64) -> Option<Range<u64>> {
    let range = headers.get(RANGE)?;
    let (first, last) = range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // What is beyond all numbers is beyond the end.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if first.is_empty() {
        return Some(length.saturating_sub(number(last)?)..length);
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    // A range that ends before it begins is none.
    (first <= last).then(|| first.min(length)..last.saturating_add(1).min(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read_and_whatever_else_is_ignored() {
        let requested = |range: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
            requested_range(&headers, 10)
        };
        for (range, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-5", Some(2..6)),
            ("bytes=2-", Some(2..10)),
            ("bytes=2-99999999999999999999999", Some(2..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=-0", Some(10..10)),
            ("bytes=10-", Some(10..10)),
            ("bytes=99999999999999999999999-", Some(10..10)),
            ("bytes=5-2", None),
            ("bytes=0-1,4-5", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
            ("bytes=+1-2", None),
            ("lines=0-1", None),
            ("", None),
        ] {
            assert_eq!(requested(range), expected, "{range}");
        }
    }
}
