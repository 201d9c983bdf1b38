//! Objects by their IDs, and videos by their paths.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};

#[tokio::test]
async fn nodes_are_videos_and_audit_entries() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1);
    let document = format!(
        "{{
          video: node(id: \"{}\") {{ __typename id ... on Video {{ filename }} }}
          entry: node(id: \"{id}:1\") {{ __typename id ... on AuditEntry {{ operation }} }}
        }}",
        id.to_string().to_uppercase()
    );
    let expected = json!({
        "video": { "__typename": "Video", "id": id.to_string(), "filename": "001.mkv" },
        "entry": { "__typename": "AuditEntry", "id": format!("{id}:1"), "operation": "INSERT" },
    });
    assert_eq!(data(api.ask(&document).await), expected);
}

#[tokio::test]
async fn ids_of_nothing_and_malformed_ones_answer_null() {
    let api = TestApi::with_videos(1).await;
    let simple = counted_id(1).to_string().replace('-', "");
    for id in [counted_id(2).to_string(), simple, "7".to_owned(), String::new()] {
        let document = format!(
            "{{ video(id: \"{id}\") {{ id }} node(id: \"{id}\") {{ id }}
                entry: node(id: \"{id}:1\") {{ id }} nodes(ids: [\"{id}\"]) {{ id }} }}"
        );
        let nothing = json!({ "video": null, "node": null, "entry": null, "nodes": [null] });
        assert_eq!(data(api.ask(&document).await), nothing, "{id}");
    }
}

#[tokio::test]
async fn nodes_come_in_the_order_of_their_ids() {
    let api = TestApi::with_videos(2).await;
    let [one, two] = [counted_id(1).to_string(), counted_id(2).to_string()];
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let ids = json!({ "ids": [two, "x", one, two] });
    let expected = json!({ "nodes": [{ "id": two }, null, { "id": one }, { "id": two }] });
    assert_eq!(data(api.ask_with(document, ids).await), expected);
}

#[tokio::test]
async fn more_than_100_nodes_are_refused() {
    let api = TestApi::new();
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let nodes = data(api.ask_with(document, json!({ "ids": vec!["x"; 100] })).await);
    assert_eq!(nodes["nodes"], Value::from(vec![Value::Null; 100]));
    let response = api.ask_with(document, json!({ "ids": vec!["x"; 101] })).await;
    let message = "ids can have at most 100 items, not 101";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn a_video_is_found_by_its_very_path() {
    let api = TestApi::with_videos(1).await;
    let document = "{
      same: videoByPath(path: \"/media/001.mkv\") { id }
      other: videoByPath(path: \"/Media/001.mkv\") { id }
      empty: videoByPath(path: \"\") { id }
    }";
    let expected =
        json!({ "same": { "id": counted_id(1).to_string() }, "other": null, "empty": null });
    assert_eq!(data(api.ask(document).await), expected);
}
