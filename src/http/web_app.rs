//! A built web app under `/app/`: its files, and its page for the paths that the app handles itself.
//!
//! The files are in memory. All requests get files of one build, no path leads out of the app's
//! folder, and no request waits for the disk.

use std::collections::HashMap;
use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::percent_decode_str;

use super::conditional::Tag;
use super::range::{self, Part};
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

    fn slice(&self, Range { start, end }: Range<u64>) -> Bytes {
        let at = |place| usize::try_from(place).expect("a part of what is in memory");
        self.content.slice(at(start)..at(end))
    }

    fn answer(&self, request: &Request) -> Response {
        if self.tag.is_known(request.headers()) {
            return policy::allow(self.tag.clone().not_modified(), POLICY);
        }
        let length = self.content.len() as u64;
        let part = Part::of(request.method(), request.headers(), &self.tag, length);
        let mut response = match part {
            Part::Whole => Response::new(Body::from(self.content.clone())),
            Part::None => return range::not_satisfiable(length),
            Part::Of(part) => {
                let shown = range::content_range(&part, length);
                let content = self.slice(part);
                (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, shown)], content).into_response()
            }
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        self.tag.clone().put_on(&mut response);
        policy::allow(response, POLICY)
    }
}
