//! GraphiQL, the explorer for browsers at `/graphql`, with examples.
//!
//! If Node.js was available at build time, GraphiQL is [embedded]. Otherwise, the page loads it
//! from a [content delivery network](cdn). The examples query the sample library,
//! `examples/sample.ndjson`.

mod cdn;
mod embedded;

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::{Value, json};

pub(super) use embedded::asset;

use super::policy;
use embedded::EMBEDDED;

/// Whether GraphiQL is part of the program.
pub const IS_EMBEDDED: bool = EMBEDDED.is_some();

/// The initial contents of a tab: a document, and its variables as JSON.
const EXAMPLES: [(&str, &str); 12] = [
    (include_str!("examples/first_page.graphql"), ""),
    (include_str!("examples/find.graphql"), include_str!("examples/find.json")),
    (include_str!("examples/search.graphql"), ""),
    (include_str!("examples/stats.graphql"), include_str!("examples/stats.json")),
    (include_str!("examples/one_video.graphql"), include_str!("examples/one_video.json")),
    (include_str!("examples/history.graphql"), ""),
    (include_str!("examples/then_and_now.graphql"), include_str!("examples/then_and_now.json")),
    (include_str!("examples/undo.graphql"), include_str!("examples/undo.json")),
    (include_str!("examples/change.graphql"), include_str!("examples/change.json")),
    (include_str!("examples/add.graphql"), include_str!("examples/add.json")),
    (include_str!("examples/follow.graphql"), ""),
    (include_str!("examples/scan.graphql"), include_str!("examples/scan.json")),
];

/// The page, with this name of the library. The page itself reads the query in its URL.
///
/// It loads its files relative to `/graphql`, and therefore has only that URL.
pub(super) fn page(address: &Uri, library: &str) -> Response {
    if address.path().ends_with('/') {
        let query = address.query().map_or(String::new(), |query| format!("?{query}"));
        return Redirect::temporary(&format!("../graphql{query}")).into_response();
    }
    let (page, policy) = match EMBEDDED {
        Some(embedded) => (embedded.page, embedded::POLICY),
        None => (cdn::PAGE, cdn::POLICY),
    };
    // The next version of the program has another page, which loads other files.
    let caching = [(CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    policy::allow((caching, Html(filled(page, library))).into_response(), policy)
}

/// Puts the examples and the name of the library into the places that a page has for them.
fn filled(page: &str, library: &str) -> String {
    let tab = |(query, variables)| json!({ "query": query, "variables": variables });
    let page = page.replace("__LIBRARY__", &in_script(&json!(library)));
    page.replace("__EXAMPLES__", &in_script(&json!(EXAMPLES.map(tab))))
}

/// JSON for a script element, which `</` could end.
fn in_script(json: &Value) -> String {
    json.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_graphql::{Request, Variables};
    use futures_util::StreamExt;

    use super::*;
    use crate::domain::catalogue::{Root, RootLook};
    use crate::domain::{RandomIds, Role, SystemClock, Text, Timestamp};
    use crate::feed::{Feed, FeedSettings};
    use crate::graphql::{Api, Caller, Services};
    use crate::repository::memory::MemoryRepository;
    use crate::repository::{OnConflict, VideoRepository};
    use crate::transfer::{ImportOptions, import};

    async fn sample() -> Api {
        let repository: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
        let text = include_bytes!("../../../examples/sample.ndjson").as_slice();
        let options = ImportOptions {
            on_conflict: OnConflict::Fail,
            request_id: "sample".to_owned(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        };
        import(&*repository, text, options, |_| {}).await.unwrap();
        let root = Root {
            id: "01933c2a-0f1e-7c3d-9a4b-5e6f70818293".parse().unwrap(),
            name: "home".parse().unwrap(),
            directory: b"/media/Home".to_vec(),
            path_prefix: Text::new("/media/Home").unwrap(),
            look: RootLook::default(),
            served_until: Some(Timestamp::MAX),
            watched_until: None,
        };
        assert!(repository.catalogue().add_root(&root).await.unwrap());
        let feed =
            Feed::new(Arc::clone(&repository), Arc::new(SystemClock), FeedSettings::default());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        Api::new(Services { repository, feed, clock, ids })
    }

    /// The names of a document's operations, in its order.
    fn operations(document: &str) -> impl Iterator<Item = &str> {
        let kinds = ["query ", "mutation ", "subscription "];
        document
            .lines()
            .filter(move |line| kinds.iter().any(|kind| line.starts_with(kind)))
            .filter_map(|line| line.split([' ', '(']).nth(1))
    }

    #[tokio::test]
    async fn every_example_finds_something_in_the_sample() {
        let api = sample().await;
        for (document, variables) in EXAMPLES {
            for operation in operations(document) {
                let mut request = Request::new(document).operation_name(operation);
                if !variables.is_empty() {
                    let variables: Value = serde_json::from_str(variables).unwrap();
                    request = request.variables(Variables::from_json(variables));
                }
                let caller = Caller {
                    request_id: "test".to_owned(),
                    actor: None,
                    role: Role::Admin,
                    expires_at: None,
                };
                let checked = api.check(request).unwrap();
                let response = api.subscribe(checked, caller).next().await.unwrap();
                let answer = serde_json::to_string_pretty(&response).unwrap();
                assert_eq!(response.errors, [], "{operation}: {answer}");
                // Nothing is missing, refused or empty but fields that may well be.
                let data = response.data.into_json().unwrap();
                for (_, field) in data.as_object().unwrap() {
                    assert!(!field.is_null(), "{operation}: {answer}");
                    for (part, empty) in
                        [("nodes", json!([])), ("edges", json!([])), ("count", json!(0))]
                    {
                        assert_ne!(field[part], empty, "{operation}: {answer}");
                    }
                    let is_refused =
                        field["userErrors"].as_array().is_some_and(|all| !all.is_empty());
                    assert!(!is_refused, "{operation}: {answer}");
                }
            }
        }
    }

    #[test]
    fn a_page_has_the_examples() {
        for page in [Some(cdn::PAGE), EMBEDDED.map(|embedded| embedded.page)].into_iter().flatten()
        {
            let page = filled(page, "</script>");
            let (_, tabs) =
                page.split_once(r#"<script id="examples" type="application/json">"#).unwrap();
            let (tabs, _) = tabs.split_once("</script>").unwrap();
            assert!(!tabs.contains('<'), "{tabs}");
            let tabs: Value = serde_json::from_str(tabs).unwrap();
            assert_eq!(tabs[0]["query"], EXAMPLES[0].0);
            assert_eq!(tabs.as_array().unwrap().len(), EXAMPLES.len());
            assert!(!page.contains("__LIBRARY__"), "{page}");
        }
    }
}
