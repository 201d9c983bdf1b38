//! A built web app under `/app/`: its files, and its page for the paths that the app handles itself.
//!
//! The files are in memory. All requests get files of one build, no path leads out of the app's
//! folder, and no request waits for the disk.
//!
//! Source of ranges: [RFC 9110, section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14).

use std::collections::HashMap;
use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::percent_decode_str;

use super::conditional::Tag;
use super::refusal::Rejection;
use super::{content_type, policy};

/// The app's page.
const PAGE: &str = "index.html";

/// The type of a file whose name says nothing.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// The resources of the app: those of this server, and what its scripts themselves make. Builds put
/// small pictures and fonts into style sheets, as `data:`.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'self'; connect-src 'self'; font-src 'self' data:; \
     form-action 'none'; frame-ancestors 'none'; img-src 'self' data: blob:; manifest-src 'self'; \
     media-src 'self' blob:; script-src 'self'; style-src 'self'; worker-src 'self'",
);

/// A built web app.
pub struct WebApp {
    page: AppFile,
    /// By path below `/app/`.
    files: HashMap<String, AppFile>,
}

#[derive(Clone)]
struct AppFile {
    content: Bytes,
    content_type: HeaderValue,
    tag: Tag,
}

/// What is at a path.
enum Found<'a> {
    File(&'a AppFile),
    /// A folder with a page, without the slash at its end that links in the page rely on.
    Folder,
    Nothing,
}

impl WebApp {
    /// The app of these files, by their paths below its folder, with `/` between the parts; none if
    /// it has no `index.html`.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Option<Self> {
        let file = |(path, content): (String, Vec<u8>)| {
            let file = AppFile::new(&path, content);
            (path, file)
        };
        let files: HashMap<_, _> = files.into_iter().map(file).collect();
        let page = files.get(PAGE)?.clone();
        Some(Self { page, files })
    }

    /// The number of its files.
    pub fn number_of_files(&self) -> usize {
        self.files.len()
    }

    /// Answers a request for `/app` or anything below it.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let uri = request.uri();
        // Redirects are relative: a proxy may have put the server below a path of its own.
        let Some(path) = uri.path().strip_prefix("/app/") else { return redirect("app/", uri) };
        match self.find(&percent_decode_str(path).decode_utf8_lossy()) {
            Found::File(file) => file.answer(request),
            Found::Folder => {
                let name = path.rsplit('/').next().unwrap_or_default();
                redirect(&format!("{name}/"), uri)
            }
            Found::Nothing => Rejection::no_such_path(uri.path()).into_response(),
        }
    }

    fn find(&self, path: &str) -> Found<'_> {
        if path.is_empty() || path.ends_with('/') {
            return Found::File(self.files.get(&format!("{path}{PAGE}")).unwrap_or(&self.page));
        }
        match self.files.get(path) {
            Some(file) => Found::File(file),
            None if self.files.contains_key(&format!("{path}/{PAGE}")) => Found::Folder,
            None if is_part_of_a_page(path) => Found::Nothing,
            None => Found::File(&self.page),
        }
    }
}

/// Whether a path that is not there names a part of a page, e.g. a script or a picture.
///
/// The app's page instead would be an unreadable script or picture, and hide that a page of an
/// earlier build asks for parts that are gone. Names of videos are none of it: paths of the app may
/// well end with them.
fn is_part_of_a_page(path: &str) -> bool {
    let is_part = |ty: &str| !["text/html", "video/", "audio/"].iter().any(|it| ty.starts_with(it));
    content_type::of_name(path).is_some_and(is_part)
}

fn redirect(to: &str, uri: &Uri) -> Response {
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    Redirect::temporary(&format!("{to}{query}")).into_response()
}

impl AppFile {
    fn new(path: &str, content: Vec<u8>) -> Self {
        let content_type = content_type::of_name(path).unwrap_or(UNKNOWN_TYPE);
        Self {
            tag: Tag::of_content(&content),
            content_type: HeaderValue::from_static(content_type),
            content: content.into(),
        }
    }

    fn answer(&self, request: &Request) -> Response {
        if self.tag.is_known(request.headers()) {
            return policy::allow(self.tag.clone().not_modified(), POLICY);
        }
        let length = self.content.len();
        // Ranges are defined for GET alone.
        let range = match *request.method() == Method::GET {
            true => requested_range(request.headers(), length),
            false => None,
        };
        let mut response = match range {
            None => Response::new(Body::from(self.content.clone())),
            Some(range) if range.is_empty() => {
                let range = format!("bytes */{length}");
                return (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, range)])
                    .into_response();
            }
            Some(range) => {
                let Range { start, end } = range;
                let shown = format!("bytes {start}-{}/{length}", end - 1);
                let part = self.content.slice(range);
                (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, shown)], part).into_response()
            }
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        self.tag.clone().put_on(&mut response);
        policy::allow(response, POLICY)
    }
}

/// The part of so many bytes that a client requests, empty if there is no such part; none if it gets
/// all of them: if it requests no range, several, or one with a condition, which weak tags never meet.
fn requested_range(headers: &HeaderMap, length: usize) -> Option<Range<usize>> {
    let range = headers.get(RANGE).filter(|_| !headers.contains_key(IF_RANGE))?;
    let (first, last) = range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // What is beyond all numbers is beyond the end.
        is_number.then(|| text.parse().unwrap_or(usize::MAX))
    };
    if first.is_empty() {
        return Some(length.saturating_sub(number(last)?)..length);
    }
    let first = number(first)?;
    let last = if last.is_empty() { usize::MAX } else { number(last)? };
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
