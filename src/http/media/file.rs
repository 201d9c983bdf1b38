//! Files, whole or in part.
//!
//! Sources: [RFC 9110, section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13) for conditions, and
//! [section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14) for ranges.

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::headers::guard;
use super::sending::Sending;
use super::served::Media;
use crate::http::conditional::Tag;
use crate::http::range::{self, Part};
use crate::http::refusal::Rejection;
use crate::http::server::Patience;
use crate::media::{Address, Served};

/// The content types of videos, by the extensions of their names.
const TYPES: [(&str, &str); 25] = [
    ("3g2", "video/3gpp2"),
    ("3gp", "video/3gpp"),
    ("asf", "video/x-ms-asf"),
    ("avi", "video/x-msvideo"),
    ("divx", "video/x-msvideo"),
    ("dv", "video/x-dv"),
    ("f4v", "video/mp4"),
    ("flv", "video/x-flv"),
    ("m2ts", "video/mp2t"),
    ("m4v", "video/mp4"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("mts", "video/mp2t"),
    ("mxf", "application/mxf"),
    ("ogm", "video/ogg"),
    ("ogv", "video/ogg"),
    ("rm", "application/vnd.rn-realmedia"),
    ("rmvb", "application/vnd.rn-realmedia-vbr"),
    ("ts", "video/mp2t"),
    ("vob", "video/mpeg"),
    ("webm", "video/webm"),
    ("wmv", "video/x-ms-wmv"),
];

/// The file of a video.
///
/// # Errors
/// When it is not the file that the address was given for, and when too many are being sent.
pub(super) async fn answer(
    media: &Media,
    address: &Address,
    head: &Parts,
) -> Result<Response, Rejection> {
    let place = media.downloads.take_place()?;
    let served = media.files.open(address.video, address.fingerprint).await?;
    let tag = Tag::of_file(served.size(), served.modified());
    let mut response = match precondition(&tag, head) {
        Some(response) => response,
        None => {
            let body = |part| {
                let served = served.clone();
                Sending::begin(served, address.video, part, media.patience, place).into_body()
            };
            content(&served, &tag, head, body)
        }
    };
    response.extensions_mut().insert(Patience(media.patience));
    guard(&mut response, &served.name);
    tag.put_on(&mut response);
    Ok(response)
}

/// The response to a client that has the file already, or does not want this one.
fn precondition(tag: &Tag, head: &Parts) -> Option<Response> {
    let headers = &head.headers;
    if let Some(wanted) = headers.get(IF_MATCH)
        && wanted != "*"
        && !tag.is_strongly(wanted)
    {
        return Some(StatusCode::PRECONDITION_FAILED.into_response());
    }
    tag.is_known(headers).then(|| StatusCode::NOT_MODIFIED.into_response())
}

/// The response with the wanted part of a file; `body` is called with that, if a body is wanted.
fn content(
    served: &Served,
    tag: &Tag,
    head: &Parts,
    body: impl FnOnce(Range<u64>) -> Body,
) -> Response {
    let length = served.size();
    let part = Part::of(&head.method, &head.headers, tag, length);
    let (status, part) = match part {
        Part::None => return range::not_satisfiable(length),
        Part::Whole => (StatusCode::OK, 0..length),
        Part::Of(part) => (StatusCode::PARTIAL_CONTENT, part),
    };
    let content_type = HeaderValue::from_static(content_type(&served.name));
    let mut response = Response::new(match head.method == Method::HEAD {
        true => Body::empty(),
        false => body(part.clone()),
    });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(CONTENT_RANGE, range::content_range(&part, length));
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(part.end - part.start));
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.map_or("application/octet-stream", |(_, content_type)| content_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::Extensions;

    #[test]
    fn every_extension_of_a_video_has_a_type_that_is_no_page() {
        for extension in Extensions::DEFAULT.split(',') {
            let known = content_type(&format!("a.b.{}", extension.to_uppercase()));
            assert_ne!(known, "application/octet-stream", "{extension}");
        }
        for name in ["a.html", "mp4", "a.mp4.svg", ""] {
            assert_eq!(content_type(name), "application/octet-stream", "{name}");
        }
    }
}
