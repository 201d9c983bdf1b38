//! Cache validation: ETags and conditional requests.
//!
//! A response by GET has a tag of everything that determines it, so that a client that sends the
//! tag back can get 304 without running the query. One part is the end of the log, which is read
//! before the query runs: a response can be newer than its tag, but never older.
//!
//! Source: [RFC 9110, section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13).

use std::sync::LazyLock;

use async_graphql::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::accept::MediaType;
use crate::domain::LogPosition;
use crate::domain::file::{Fingerprint, ThumbnailWidth};
use crate::graphql::{self, AddressesNow, Caller, CatalogueNow, ServerInfo};

/// The length of a tag's hash: enough to rule out collisions.
const TAG_BYTES: usize = 16;

/// The version of this program: other versions can respond differently.
static PROGRAM: LazyLock<Sha256> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    add(&mut hasher, env!("CARGO_PKG_VERSION"));
    add(&mut hasher, graphql::sdl());
    hasher
});

/// The tag of a response.
///
/// It is weak, because the response can be compressed in different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag(HeaderValue);

/// Everything that determines the response to a query.
pub(super) struct TaggedAnswer<'a> {
    /// The library, by the end of its log.
    pub library: LogPosition,
    /// Its roots, files and scans, if the response may show any of them.
    pub catalogue: Option<&'a CatalogueNow>,
    /// How addresses are given, if the response may show any.
    pub addresses: Option<&'a AddressesNow>,
    /// The query.
    pub request: &'a Request,
    /// The caller.
    pub caller: &'a Caller,
    /// Whether the response shows the caller.
    pub shows_viewer: bool,
    /// What the server reports of itself, if the response shows it.
    pub server_info: Option<&'a ServerInfo>,
    /// The format of the response.
    pub media_type: MediaType,
}

impl Tag {
    /// The tag of this response.
    pub fn of(answer: &TaggedAnswer<'_>) -> Self {
        // A new field of either may decide what is answered, and then belongs into the tag.
        let Caller { request_id: _, actor, role, expires_at } = answer.caller;
        let LogPosition { sequence, fingerprint } = answer.library;
        let variables = serde_json::to_vec(&answer.request.variables);
        let mut hasher = PROGRAM.clone();
        add(&mut hasher, sequence.to_be_bytes());
        add(&mut hasher, fingerprint.to_be_bytes());
        add(&mut hasher, &answer.request.query);
        add_option(&mut hasher, answer.request.operation_name.as_deref());
        add(&mut hasher, variables.expect("variables have only names as keys"));
        add_option(&mut hasher, actor.as_deref());
        add(&mut hasher, role.name());
        add(&mut hasher, answer.media_type.header());
        // Whether these four are there depends on the query alone.
        if answer.shows_viewer {
            add(&mut hasher, format!("{expires_at:?}"));
        }
        if let Some(CatalogueNow { revision, copied_revision, offline, watched }) = answer.catalogue
        {
            add(&mut hasher, revision.to_be_bytes());
            add(&mut hasher, format!("{copied_revision:?}"));
            for roots in [offline, watched] {
                add(&mut hasher, (roots.len() as u64).to_be_bytes());
                roots.iter().for_each(|root| add(&mut hasher, root.as_bytes()));
            }
        }
        if let Some(addresses) = answer.addresses {
            add(&mut hasher, format!("{addresses:?}"));
        }
        if let Some(server_info) = answer.server_info {
            add(&mut hasher, format!("{server_info:?}"));
        }
        Self::from(hasher)
    }

    /// The tag of what is the same in every response.
    pub fn of_content(content: impl AsRef<[u8]>) -> Self {
        Self::from(Sha256::new_with_prefix(content))
    }

    /// The tag of a file of this size that was modified then: every byte of it is the same as long as both are.
    pub fn of_file(size: u64, modified: i64) -> Self {
        let tag = format!("\"{size:x}-{modified:x}\"");
        Self(HeaderValue::from_str(&tag).expect("hexadecimal digits may stand in a header"))
    }

    /// The tag of a picture of this content and width.
    pub fn of_thumbnail(fingerprint: Fingerprint, width: ThumbnailWidth) -> Self {
        let tag = format!("\"{fingerprint}-{}\"", width.pixels());
        Self(HeaderValue::from_str(&tag).expect("fingerprints may stand in a header"))
    }

    /// Whether a tag from a client stands for the same bytes, which weak tags never do.
    pub fn is_strongly(&self, other: &HeaderValue) -> bool {
        self.0 == other && !self.0.as_bytes().starts_with(b"W/")
    }

    /// Whether the client already has this response: `If-None-Match` contains its tag, or `*`.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let opaque = opaque(self.0.as_bytes());
        let lists = headers.get_all(header::IF_NONE_MATCH).into_iter().map(HeaderValue::as_bytes);
        // Tags of this server have no comma, so that one of others which is torn apart is none.
        let mut tags =
            lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        tags.any(|tag| tag == b"*" || self::opaque(tag) == opaque)
    }

    /// The response to a client that already has it.
    pub fn not_modified(self) -> Response {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.put_on(&mut response);
        response
    }

    /// Lets the client store a response, and revalidate it with the tag.
    pub fn put_on(self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.0);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
}

impl From<Sha256> for Tag {
    fn from(hasher: Sha256) -> Self {
        let tag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hasher.finalize()[..TAG_BYTES]));
        Self(HeaderValue::from_str(&tag).expect("the letters of Base64 may stand in a header"))
    }
}

/// The part of a tag that is compared, weak or strong.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Adds a part with its length, so that parts cannot be confused.
fn add(hasher: &mut Sha256, part: impl AsRef<[u8]>) {
    let part = part.as_ref();
    hasher.update((part.len() as u64).to_be_bytes());
    hasher.update(part);
}

fn add_option(hasher: &mut Sha256, part: Option<&str>) {
    add(hasher, [u8::from(part.is_some())]);
    add(hasher, part.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;
    use serde_json::json;

    use super::*;
    use crate::config::DocumentLimits;
    use crate::domain::catalogue::RootId;
    use crate::domain::{Role, Timestamp};

    fn request(query: &str, name: Option<&str>, variables: serde_json::Value) -> Request {
        let mut request = Request::new(query).variables(Variables::from_json(variables));
        request.operation_name = name.map(str::to_owned);
        request
    }

    fn caller(actor: Option<&str>) -> Caller {
        let actor = actor.map(str::to_owned);
        Caller { request_id: "request-1".to_owned(), actor, role: Role::Reader, expires_at: None }
    }

    #[test]
    fn whatever_decides_an_answer_changes_its_tag() {
        let base = request("{ a }", None, json!({ "a": 1 }));
        let nobody = caller(None);
        let answer = || TaggedAnswer {
            library: LogPosition { sequence: 1, fingerprint: 2 },
            catalogue: None,
            addresses: None,
            request: &base,
            caller: &nobody,
            shows_viewer: false,
            server_info: None,
            media_type: MediaType::Json,
        };
        let mut tags = vec![Tag::of(&answer())];
        let root = RootId::from_bytes([1; 16]);
        for (revision, copied_revision, offline, watched) in [
            (1, None, vec![], vec![]),
            (2, None, vec![], vec![]),
            (1, Some(1), vec![], vec![]),
            (1, Some(2), vec![], vec![]),
            (1, None, vec![root], vec![]),
            (1, None, vec![], vec![root]),
        ] {
            let catalogue = CatalogueNow { revision, copied_revision, offline, watched };
            tags.push(Tag::of(&TaggedAnswer { catalogue: Some(&catalogue), ..answer() }));
        }
        for library in [(2, 2), (1, 3), (0, 0)] {
            let library = LogPosition { sequence: library.0, fingerprint: library.1 };
            tags.push(Tag::of(&TaggedAnswer { library, ..answer() }));
        }
        for request in [
            request("{ a  }", None, json!({ "a": 1 })),
            request("{ a }", Some(""), json!({ "a": 1 })),
            request("{ a }", Some("A"), json!({ "a": 1 })),
            request("{ a }", None, json!({ "a": 2 })),
            request("{ a }", None, json!({ "a": "1" })),
            request("{ a }", None, json!({ "b": 1 })),
            request("{ a }", None, json!({})),
        ] {
            tags.push(Tag::of(&TaggedAnswer { request: &request, ..answer() }));
        }
        for actor in [Some(""), Some("ana"), Some("ben")] {
            tags.push(Tag::of(&TaggedAnswer { caller: &caller(actor), ..answer() }));
        }
        tags.push(Tag::of(&TaggedAnswer { media_type: MediaType::GraphqlResponse, ..answer() }));
        for (index, tag) in tags.iter().enumerate() {
            assert!(!tags[..index].contains(tag), "{index}");
        }
        // The ID of the request decides nothing.
        let again = Caller { request_id: "request-2".to_owned(), ..nobody.clone() };
        assert_eq!(Tag::of(&TaggedAnswer { caller: &again, ..answer() }), tags[0]);
    }

    #[test]
    fn the_expiry_of_a_credential_counts_where_the_viewer_is_shown() {
        let request = request("{ viewer { expiresAt } }", None, json!({}));
        let tag = |shows_viewer, expires_at: Option<i64>| {
            let expires_at = expires_at.map(|micros| Timestamp::from_micros(micros).unwrap());
            Tag::of(&TaggedAnswer {
                catalogue: None,
                addresses: None,
                library: LogPosition::START,
                request: &request,
                caller: &Caller { expires_at, ..caller(Some("ana")) },
                shows_viewer,
                server_info: None,
                media_type: MediaType::Json,
            })
        };
        assert_eq!(tag(false, None), tag(false, Some(1)));
        assert_eq!(tag(true, Some(1)), tag(true, Some(1)));
        assert_ne!(tag(true, Some(1)), tag(true, Some(2)));
        assert_ne!(tag(true, Some(1)), tag(true, None));
    }

    #[test]
    fn what_the_server_reports_of_itself_counts_where_it_is_shown() {
        let request = request("{ serverInfo { maxCost } }", None, json!({}));
        let tag = |limits: Option<DocumentLimits>| {
            Tag::of(&TaggedAnswer {
                catalogue: None,
                addresses: None,
                library: LogPosition::START,
                request: &request,
                caller: &caller(None),
                shows_viewer: false,
                server_info: limits.as_ref().map(ServerInfo::from).as_ref(),
                media_type: MediaType::Json,
            })
        };
        let default = DocumentLimits::default;
        let others = [
            None,
            Some(DocumentLimits { max_cost: 7, ..default() }),
            Some(DocumentLimits { max_filter_conditions: 7, ..default() }),
        ];
        assert_eq!(tag(Some(default())), tag(Some(default())));
        // Nothing that it does not report.
        assert_eq!(tag(Some(default())), tag(Some(DocumentLimits { max_depth: 7, ..default() })));
        for other in others {
            assert_ne!(tag(Some(default())), tag(other.clone()), "{other:?}");
        }
    }

    #[test]
    fn tags_are_looked_for_in_lists_and_compared_weakly() {
        let tag = Tag::of_content("a");
        let own = tag.0.to_str().unwrap().to_owned();
        let strong = own.trim_start_matches("W/");
        let is_known = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
            }
            tag.is_known(&headers)
        };
        for values in [
            &[&*own][..],
            &[strong],
            &["*"],
            &[&format!("\"x\", {own}")],
            &[&format!(" W/\"y,z\" ,\t{own} , \"x\"")],
            &["\"x\"", &own],
        ] {
            assert!(is_known(values), "{values:?}");
        }
        for values in [&[][..], &[""], &["\"x\""], &[strong.trim_matches('"')], &["W/"]] {
            assert!(!is_known(values), "{values:?}");
        }
    }
}
