//! Past versions of videos in the API.

use reelgraph::domain::{AuditEntryId, VideoId};
use reelgraph::repository::{OnConflict, VideoRepository};
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, input_with};
use crate::support::videos::{by, pixels, video, video_with};

contract_suite! {
    api_cases:
        each_change_shows_the_record_before_and_after_it,
        a_version_has_every_value_that_the_video_had,
        a_version_is_found_by_its_number_and_by_its_id,
        a_page_of_a_long_history_is_one_look_up_for_each_level,
        a_version_leads_to_its_change_and_to_the_video_as_it_is_now,
        past_and_present_are_told_apart_by_their_types,
        aliases_and_both_sides_of_a_change_share_a_look_up;
}

/// Gives the first video these widths, one after another.
async fn widen(api: &TestApi, widths: impl IntoIterator<Item = i32>) {
    let wide = |width| video_with(1, |values| values.width = pixels(width));
    let videos = widths.into_iter().map(wide).collect();
    api.store.insert_many(videos, OnConflict::Update, by(1)).await.unwrap();
}

/// A video that is added, made wider and deleted, and added again.
async fn one_history(api: &TestApi) -> VideoId {
    widen(api, [1, 2]).await;
    api.store.delete(counted_id(1), None, by(2)).await.unwrap();
    api.store.insert(video(1), by(3)).await.unwrap();
    counted_id(1)
}

async fn each_change_shows_the_record_before_and_after_it(api: TestApi) {
    let id = one_history(&api).await;
    let state =
        |version: i32, width: Value| json!({ "id": format!("{id}@{version}"), "width": width });
    let width_of_first = json!(video(1).values.width.get());
    let expected = json!([
        { "operation": "INSERT", "before": null, "after": state(4, width_of_first) },
        { "operation": "DELETE", "before": state(2, json!(2)), "after": null },
        { "operation": "UPDATE", "before": state(1, json!(1)), "after": state(2, json!(2)) },
        { "operation": "INSERT", "before": null, "after": state(1, json!(1)) },
    ]);
    for introspection in ["", "__type(name: \"Video\") { name }"] {
        let document = format!(
            "{{ auditEntries {{ nodes {{
                operation before {{ id width }} after {{ id width }}
            }} }} {introspection} }}"
        );
        let answer = data(api.ask(&document).await);
        assert_eq!(answer["auditEntries"]["nodes"], expected, "{introspection}");
    }
}

/// Every field that videos and their versions share, but for the ID.
const RECORD: &str = "fragment Record on VideoRecord {
    path filename durationFrames durationSeconds frameRate { numerator denominator fps }
    width height videoCodec audioCodec fileSize thumbnailPath createdAt updatedAt version
    missingSince fileModifiedAt fingerprint container bitRate rotation
    pixelAspectRatio { numerator denominator } hasVariableFrameRate
    streams { index kind codec language channels } chapters(first: 7) { startSeconds title }
}";

async fn a_version_has_every_value_that_the_video_had(api: TestApi) {
    let fields = json!({ "thumbnailPath": "/a.jpg", "frameRate": { "numerator": 30000, "denominator": 1001 } });
    data(api.ask_with(ADD, json!({ "input": input_with("/media/a.mkv", fields) })).await);
    let id = counted_id(1);
    let present = format!("{{ video(id: \"{id}\") {{ ...Record }} }} {RECORD}");
    let mut states = vec![data(api.ask(&present).await)["video"].take()];
    for fields in [
        "path: \"/media/b.mkv\" audioCodec: null",
        "thumbnailPath: null durationFrames: 9007199254740991",
        "frameRate: { numerator: 25 } videoCodec: \"av1\" width: 3 height: 4 fileSize: 0",
    ] {
        let document = format!(
            "mutation {{ updateVideo(input: {{ id: \"{id}\" {fields} }}) {{ userErrors {{ code }} }} }}"
        );
        assert_eq!(data(api.ask(&document).await)["updateVideo"]["userErrors"], json!([]));
        states.push(data(api.ask(&present).await)["video"].take());
    }
    api.store.delete(id, None, by(9)).await.unwrap();
    assert_eq!(data(api.ask(&present).await)["video"], Value::Null);
    for (version, state) in (1..).zip(&states) {
        assert_eq!(state["version"], version, "{state}");
        for introspection in ["", "__type(name: \"Video\") { name }"] {
            let document = format!(
                "{{ videoSnapshot(videoId: \"{id}\", version: {version}) {{ ...Record }} {introspection} }} {RECORD}"
            );
            assert_eq!(data(api.ask(&document).await)["videoSnapshot"], *state, "{version}");
        }
    }
}

async fn a_version_is_found_by_its_number_and_by_its_id(api: TestApi) {
    let id = one_history(&api).await;
    for (version, exists) in
        [(i32::MIN, false), (0, false), (1, true), (2, true), (3, false), (4, true), (5, false)]
    {
        let own_id = format!("{id}@{version}");
        let upper = own_id.to_uppercase();
        let document = format!(
            "{{
                videoSnapshot(videoId: \"{id}\", version: {version}) {{ __typename id videoId version }}
                node(id: \"{own_id}\") {{ ... on VideoSnapshot {{ __typename id videoId version }} }}
                nodes(ids: [\"{upper}\"]) {{ __typename id ... on VideoRecord {{ version }} ... on VideoSnapshot {{ videoId }} }}
            }}"
        );
        let found = match exists {
            true => {
                json!({ "__typename": "VideoSnapshot", "id": own_id, "videoId": id.to_string(), "version": version })
            }
            false => Value::Null,
        };
        let expected = json!({ "videoSnapshot": found, "node": found, "nodes": [found] });
        assert_eq!(data(api.ask(&document).await), expected, "{version}");
    }
    for malformed in [format!("{id}@01"), format!("{id}@"), format!("@{id}"), format!("{id}:1@1")] {
        let document = format!(
            "{{ node(id: \"{malformed}\") {{ id }} videoSnapshot(videoId: \"{malformed}\", version: 1) {{ id }} }}"
        );
        let nothing = json!({ "node": null, "videoSnapshot": null });
        assert_eq!(data(api.ask(&document).await), nothing, "{malformed}");
    }
}

async fn a_page_of_a_long_history_is_one_look_up_for_each_level(api: TestApi) {
    widen(&api, 1..=10_000).await;
    api.store.take_calls();
    let document = "{ auditEntries(first: 100) { nodes {
        version
        before { width currentVideo { version } auditEntry { after { width } before { width } } }
        after { width }
    } } }";
    let answer = data(api.ask(document).await);
    let calls = json!({ "list_entries": 1, "videos_at": 2, "get_many": 1, "get_entries": 1 });
    assert_eq!(json!(api.store.take_calls()), calls);
    let nodes = answer["auditEntries"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 100);
    for entry in nodes {
        let version = entry["version"].as_i64().unwrap();
        let [now, last, one_before] = [0, 1, 2].map(|back| json!({ "width": version - back }));
        assert_eq!(entry["after"], now);
        let before = json!({
            "width": version - 1,
            "currentVideo": { "version": 10_000 },
            "auditEntry": { "after": last, "before": one_before },
        });
        assert_eq!(entry["before"], before);
    }
}

async fn a_version_leads_to_its_change_and_to_the_video_as_it_is_now(api: TestApi) {
    let id = one_history(&api).await;
    let document = format!(
        "{{ videoSnapshot(videoId: \"{id}\", version: 2) {{
            auditEntry {{ id operation changes {{ field old new }} }}
            currentVideo {{ id version }}
        }} }}"
    );
    let expected = json!({ "videoSnapshot": {
        "auditEntry": {
            "id": AuditEntryId { entity_id: id, version: 2 }.to_string(),
            "operation": "UPDATE",
            "changes": [{ "field": "width", "old": 1, "new": 2 }],
        },
        "currentVideo": { "id": id.to_string(), "version": 4 },
    } });
    assert_eq!(data(api.ask(&document).await), expected);
    api.store.delete(id, None, by(4)).await.unwrap();
    let current = data(api.ask(&document).await)["videoSnapshot"]["currentVideo"].take();
    assert_eq!(current, Value::Null);
}

async fn past_and_present_are_told_apart_by_their_types(api: TestApi) {
    let id = one_history(&api).await;
    let document = format!(
        "{{ nodes(ids: [\"{id}\", \"{id}@4\", \"{id}:4\"]) {{
            id
            ... on VideoRecord {{ type: __typename version }}
            ... on Video {{ auditEntries {{ totalCount }} }}
            ... on VideoSnapshot {{ videoId }}
        }} }}"
    );
    let expected = json!({ "nodes": [
        { "id": id.to_string(), "type": "Video", "version": 4, "auditEntries": { "totalCount": 4 } },
        { "id": format!("{id}@4"), "type": "VideoSnapshot", "version": 4, "videoId": id.to_string() },
        { "id": format!("{id}:4") },
    ] });
    assert_eq!(data(api.ask(&document).await), expected);
}

async fn aliases_and_both_sides_of_a_change_share_a_look_up(api: TestApi) {
    let id = one_history(&api).await;
    api.store.take_calls();
    let document = format!(
        "{{
            one: videoSnapshot(videoId: \"{id}\", version: 1) {{ width }}
            two: videoSnapshot(videoId: \"{id}\", version: 2) {{ width }}
            node(id: \"{id}@1\") {{ id }}
            nodes(ids: [\"{id}@2\", \"{id}@4\"]) {{ id }}
        }}"
    );
    data(api.ask(&document).await);
    assert_eq!(json!(api.store.take_calls()), json!({ "videos_at": 1 }));
}
