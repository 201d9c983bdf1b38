//! GraphiQL, the explorer that a browser finds at `/graphql`, with examples to begin with.
//!
//! The page loads GraphiQL's scripts from a content delivery network, each held to its hash. The
//! examples ask for videos of the sample library, `examples/sample.ndjson`.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

const PAGE: &str = include_str!("page.html");

/// What the tabs show at first: a document, and its variables as JSON.
const EXAMPLES: [(&str, &str); 9] = [
    (include_str!("examples/first_page.graphql"), ""),
    (include_str!("examples/find.graphql"), include_str!("examples/find.json")),
    (include_str!("examples/search.graphql"), ""),
    (include_str!("examples/stats.graphql"), include_str!("examples/stats.json")),
    (include_str!("examples/one_video.graphql"), include_str!("examples/one_video.json")),
    (include_str!("examples/history.graphql"), ""),
    (include_str!("examples/change.graphql"), include_str!("examples/change.json")),
    (include_str!("examples/add.graphql"), include_str!("examples/add.json")),
    (include_str!("examples/follow.graphql"), ""),
];

/// In a frame of another site, a click could be made to change the library.
const POLICY: HeaderValue = HeaderValue::from_static("frame-ancestors 'none'");

/// The page.
pub(super) fn page() -> Response {
    let tab = |(query, variables)| json!({ "query": query, "variables": variables });
    let tabs = json!(EXAMPLES.map(tab)).to_string();
    // Inside a script element, `</` could end it.
    let page = PAGE.replace("__TABS__", &tabs.replace('<', "\\u003c"));
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_graphql::{Request, Variables};
    use futures_util::StreamExt;
    use serde_json::Value;

    use super::*;
    use crate::domain::{RandomIds, SystemClock};
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
        let feed = Feed::new(Arc::clone(&repository), FeedSettings::default());
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
                let caller = Caller { request_id: "test".to_owned(), actor: None };
                let response = api.subscribe(request, caller).next().await.unwrap();
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

    #[tokio::test]
    async fn the_page_has_the_examples() {
        let body = axum::body::to_bytes(page().into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(body.to_vec()).unwrap();
        let (_, tabs) = page.split_once("const defaultTabs = ").unwrap();
        let (tabs, _) = tabs.split_once(";\n").unwrap();
        assert!(!tabs.contains('<'), "{tabs}");
        let tabs: Value = serde_json::from_str(tabs).unwrap();
        assert_eq!(tabs[0]["query"], EXAMPLES[0].0);
        assert_eq!(tabs.as_array().unwrap().len(), EXAMPLES.len());
    }
}
