//! The audit log: what it records, of one video and of the whole library.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};

/// A library of two videos: the first one changed and deleted, the second one as it was added.
async fn changed_library() -> TestApi {
    let api = TestApi::with_videos(2).await;
    let id = counted_id(1);
    let document = format!(
        "mutation {{
          updateVideo(input: {{ id: \"{id}\", audioCodec: null, frameRate: {{ numerator: 25 }} }}) {{
            userErrors {{ code }}
          }}
          deleteVideo(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }}
        }}"
    );
    data(api.ask(&document).await);
    api
}

async fn log(api: &TestApi, arguments: &str) -> Vec<String> {
    let document = format!("{{ auditEntries{arguments} {{ nodes {{ id }} totalCount }} }}");
    let log = data(api.ask(&document).await)["auditEntries"].clone();
    let nodes = log["nodes"].as_array().unwrap();
    assert_eq!(log["totalCount"], nodes.len(), "{arguments}");
    nodes.iter().map(|node| node["id"].as_str().unwrap()[34..].to_owned()).collect()
}

#[tokio::test]
async fn an_entry_tells_what_changed_when_and_by_whom() {
    let api = changed_library().await;
    let document = format!(
        "{{ node(id: \"{}:2\") {{ ... on AuditEntry {{
            id timestamp operation entityType entityId version actor requestId
            changes {{ field old new }} currentVideo {{ id }}
        }} }} }}",
        counted_id(1)
    );
    let entry = data(api.ask(&document).await)["node"].clone();
    let expected = json!({
        "id": "00000000-0000-7000-8000-000000000001:2",
        "timestamp": "2026-01-01T00:00:02.000000Z",
        "operation": "UPDATE",
        "entityType": "video",
        "entityId": "00000000-0000-7000-8000-000000000001",
        "version": 2,
        "actor": "tester",
        "requestId": "request-1",
        "changes": [
            {
                "field": "frameRate",
                "old": { "numerator": 24, "denominator": 1 },
                "new": { "numerator": 25, "denominator": 1 },
            },
            { "field": "audioCodec", "old": "aac", "new": null },
        ],
        "currentVideo": null,
    });
    assert_eq!(entry, expected);
}

#[tokio::test]
async fn an_insert_and_a_delete_list_every_field_that_has_a_value() {
    let api = changed_library().await;
    let id = counted_id(1);
    let document = format!(
        "{{ nodes(ids: [\"{id}:1\", \"{id}:3\"]) {{ ... on AuditEntry {{
            operation changes {{ field old new }}
        }} }} }}"
    );
    let nodes = data(api.ask(&document).await)["nodes"].clone();
    let fields = |entry: &Value, none: &str| -> Vec<String> {
        let changes = entry["changes"].as_array().unwrap();
        assert!(changes.iter().all(|change| change[none].is_null()), "{entry:#}");
        changes.iter().map(|change| change["field"].as_str().unwrap().to_owned()).collect()
    };
    let all = "path filename durationFrames frameRate width height videoCodec audioCodec fileSize \
               createdAt updatedAt";
    assert_eq!(fields(&nodes[0], "old").join(" "), all);
    assert_eq!(fields(&nodes[1], "new").join(" "), all.replace("audioCodec ", ""));
    assert_eq!(nodes[1]["operation"], "DELETE");
}

#[tokio::test]
async fn the_log_has_every_change_newest_first_and_takes_filters() {
    let api = changed_library().await;
    let [one, two] = [counted_id(1), counted_id(2)];
    assert_eq!(log(&api, "").await, ["01:3", "01:2", "02:1", "01:1"]);
    for (filter, ids) in [
        ("{}".to_owned(), &["01:3", "01:2", "02:1", "01:1"][..]),
        (format!("{{ entityId: \"{two}\" }}"), &["02:1"]),
        ("{ operations: [UPDATE, DELETE] }".to_owned(), &["01:3", "01:2"]),
        ("{ operations: INSERT }".to_owned(), &["02:1", "01:1"]),
        ("{ operations: [] }".to_owned(), &[]),
        (
            "{ actor: \"tester\", requestId: \"request-1\" }".to_owned(),
            &["01:3", "01:2", "02:1", "01:1"],
        ),
        ("{ actor: \"nobody\" }".to_owned(), &[]),
        (
            "{ timestamp: { gt: \"2026-01-01T00:00:00Z\", lte: \"2026-01-01T01:00:02+01:00\" } }"
                .to_owned(),
            &["01:2", "02:1"],
        ),
        (format!("{{ entityId: \"{one}\", operations: INSERT }}"), &["01:1"]),
    ] {
        assert_eq!(log(&api, &format!("(filter: {filter})")).await, ids, "{filter}");
    }
}

#[tokio::test]
async fn a_bad_filter_of_the_log_is_refused() {
    let api = TestApi::new();
    for (filter, message) in [
        ("{ actor: null }", "filter.actor must not be null: omit it"),
        ("{ timestamp: { gt: null } }", "filter.timestamp.gt must not be null: omit it"),
        (
            "{ entityId: \"7\" }",
            "filter.entityId must be a hyphenated UUID such as \
             0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2",
        ),
    ] {
        let document = format!("{{ auditEntries(filter: {filter}) {{ totalCount }} }}");
        assert_eq!(error(&api.ask(&document).await), ("BAD_USER_INPUT", message));
    }
}

#[tokio::test]
async fn the_history_of_a_video_is_paged() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1);
    for codec in ["av1", "vp9"] {
        let input = format!("{{ id: \"{id}\", videoCodec: \"{codec}\" }}");
        data(
            api.ask(&format!("mutation {{ updateVideo(input: {input}) {{ __typename }} }}")).await,
        );
    }
    let page = async |arguments: &str| {
        let document = format!(
            "{{ video(id: \"{id}\") {{ auditEntries({arguments}) {{
                nodes {{ version }} totalCount pageInfo {{ endCursor hasNextPage }}
            }} }} }}"
        );
        data(api.ask(&document).await)["video"]["auditEntries"].clone()
    };
    let first = page("first: 2").await;
    assert_eq!(first["nodes"], json!([{ "version": 3 }, { "version": 2 }]));
    assert_eq!(
        (&first["totalCount"], &first["pageInfo"]["hasNextPage"]),
        (&json!(3), &json!(true))
    );
    let rest = page(&format!("after: {}", first["pageInfo"]["endCursor"])).await;
    assert_eq!(rest["nodes"], json!([{ "version": 1 }]));
    assert_eq!(page("last: 1").await["nodes"], json!([{ "version": 1 }]));
}
