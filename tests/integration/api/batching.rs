//! What is nested in lists is looked up in as few calls as there are levels.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data};

/// Checks which calls of the store a document needs.
async fn check_calls(api: &TestApi, document: &str, calls: Value) -> Value {
    let answer = data(api.ask(document).await);
    assert_eq!(json!(api.store.take_calls()), calls, "{document}");
    answer
}

#[tokio::test]
async fn the_histories_of_a_page_of_videos_are_one_call() {
    let api = TestApi::with_videos(100).await;
    let document = "{ videos(first: 100) { nodes { auditEntries(first: 5) { nodes { id } } } } }";
    let answer = check_calls(&api, document, json!({ "list": 1, "entries_of": 1 })).await;
    let id = &answer["videos"]["nodes"][99]["auditEntries"]["nodes"][0]["id"];
    assert_eq!(*id, format!("{}:1", counted_id(1)));
}

#[tokio::test]
async fn the_videos_of_many_entries_are_one_call_more() {
    let api = TestApi::with_videos(100).await;
    for number in 1..=100 {
        for codec in ["av1", "vp9", "h264", "hevc"] {
            let id = counted_id(number);
            let input = format!("{{ id: \"{id}\", videoCodec: \"{codec}\" }}");
            let document = format!("mutation {{ updateVideo(input: {input}) {{ __typename }} }}");
            data(api.ask(&document).await);
        }
    }
    api.store.take_calls();
    let document = "{ videos(first: 100) { nodes { auditEntries(first: 5) {
        totalCount
        nodes { currentVideo { id } }
    } } } }";
    let calls = json!({ "list": 1, "entries_of": 1, "count_entries_of": 1, "get_many": 1 });
    let answer = check_calls(&api, document, calls).await;
    let history = &answer["videos"]["nodes"][0]["auditEntries"];
    assert_eq!(history["totalCount"], 5);
    assert_eq!(history["nodes"][4]["currentVideo"]["id"], counted_id(100).to_string());
}

#[tokio::test]
async fn each_size_of_history_is_a_call_of_its_own() {
    let api = TestApi::with_videos(10).await;
    let document = "{ videos { nodes {
        one: auditEntries(first: 1) { nodes { id } }
        same: auditEntries(first: 1) { nodes { id } }
        two: auditEntries(first: 2) { nodes { id } }
    } } }";
    check_calls(&api, document, json!({ "list": 1, "entries_of": 2 })).await;
}

#[tokio::test]
async fn nodes_are_one_call_for_each_kind() {
    let api = TestApi::with_videos(3).await;
    let [one, two] = [counted_id(1), counted_id(2)];
    let document = format!(
        "{{
          nodes(ids: [\"{one}\", \"{one}:1\", \"{two}\", \"{two}:1\"]) {{ id }}
          video(id: \"{two}\") {{ id }}
        }}"
    );
    check_calls(&api, &document, json!({ "get_many": 1, "get_entries": 1 })).await;
}

#[tokio::test]
async fn a_mutation_after_another_sees_what_that_changed() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1);
    let update = |codec| {
        format!(
            "updateVideo(input: {{ id: \"{id}\", videoCodec: \"{codec}\" }}) {{
                auditEntry {{ currentVideo {{ videoCodec }} }}
            }}"
        )
    };
    let document = format!("mutation {{ a: {} b: {} }}", update("av1"), update("vp9"));
    let answer = data(api.ask(&document).await);
    assert_eq!(answer["a"]["auditEntry"]["currentVideo"]["videoCodec"], "av1");
    assert_eq!(answer["b"]["auditEntry"]["currentVideo"]["videoCodec"], "vp9");
}
