//! The story in docs/history.md: its queries, one after another, and the answers that are printed there.

use std::sync::Arc;

use reelgraph::domain::OnConflict;
use reelgraph::transfer::{ImportOptions, import};
use serde_json::Value;

use crate::support::clock::{CountedIds, TickingClock};
use crate::support::graphql::TestApi;

const DOCUMENT: &str = include_str!("../../../docs/history.md");
const SAMPLE: &str = include_str!("../../../examples/sample.ndjson");
const BEGIN: &str = "## From a wrong edit to the proof that it is undone";

/// A query with the answer that follows it, and the request ID that the text before it names.
struct Step<'d> {
    request_id: &'d str,
    query: &'d str,
    answer: &'d str,
}

fn steps() -> Vec<Step<'static>> {
    let story = &DOCUMENT[DOCUMENT.find(BEGIN).expect("there is a story")..];
    let story = story[BEGIN.len()..].split("\n## ").next().unwrap();
    let mut parts = story.split("```");
    let mut steps = Vec::new();
    while let (Some(text), Some(query)) = (parts.next(), parts.next()) {
        let (Some(_), Some(answer)) = (parts.next(), parts.next()) else { break };
        let request_id =
            text.split("`X-Request-Id: ").nth(1).map(|id| id.split('`').next().unwrap());
        steps.push(Step {
            request_id: request_id.unwrap_or("request-1"),
            query: query.strip_prefix("graphql\n").expect("a query"),
            answer: answer.strip_prefix("json\n").expect("an answer"),
        });
    }
    steps
}

#[tokio::test]
async fn the_story_of_the_documentation_happens_as_it_is_told() {
    let api = TestApi::new();
    let options = ImportOptions {
        on_conflict: OnConflict::Fail,
        request_id: "sample".to_owned(),
        clock: Arc::new(TickingClock::new()),
        ids: Arc::new(CountedIds::new()),
    };
    import(&*api.store, SAMPLE.as_bytes(), options, |_| {}).await.unwrap();
    let steps = steps();
    assert_eq!(steps.len(), 9);
    for Step { request_id, query, answer } in steps {
        let mut found = api.ask_as(request_id, query).await;
        assert_eq!(found["errors"], Value::Null, "{query}{found:#}");
        let expected: Value = serde_json::from_str(answer).unwrap_or_default();
        assert_eq!(found["data"].take(), expected, "{query}");
    }
}
