//! `videoStats`: its numbers, its limits and what it asks of the store.

use serde_json::{Value, json};

use crate::support::graphql::{ADD, TestApi, data, error, input_with};
use crate::support::watched_store::Fault;

async fn library(videos: &[Value]) -> TestApi {
    let api = TestApi::new();
    for (number, fields) in videos.iter().enumerate() {
        let input = input_with(&format!("/{number}.mkv"), fields.clone());
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    api.store.take_calls();
    api
}

/// Four videos of 10 seconds and a megabyte each, but for what is said here.
async fn small_library() -> TestApi {
    library(&[
        json!({ "videoCodec": "av1", "audioCodec": null, "width": 640, "height": 360 }),
        json!({ "frameRate": { "numerator": 48, "denominator": 2 }, "durationFrames": 1 }),
        json!({ "videoCodec": "av1", "audioCodec": "AAC", "fileSize": 0 }),
        json!({ "videoCodec": "vp9", "audioCodec": null }),
    ])
    .await
}

async fn stats(api: &TestApi, selection: &str) -> Value {
    data(api.ask(&format!("{{ videoStats {{ {selection} }} }}")).await)["videoStats"].clone()
}

#[tokio::test]
async fn statistics_have_sums_and_the_most_frequent_values() {
    let api = small_library().await;
    let selection = "count totalDurationSeconds totalFileSize
        videoCodecs { codec count }
        audioCodecs { codec count }
        resolutions { width height count }";
    let expected = json!({
        "count": 4,
        "totalDurationSeconds": 30.0 + 1.0 / 24.0,
        "totalFileSize": 3_000_000,
        "videoCodecs": [
            { "codec": "av1", "count": 2 },
            { "codec": "h264", "count": 1 },
            { "codec": "vp9", "count": 1 },
        ],
        "audioCodecs": [
            { "codec": null, "count": 2 },
            { "codec": "AAC", "count": 1 },
            { "codec": "aac", "count": 1 },
        ],
        "resolutions": [
            { "width": 1920, "height": 1080, "count": 3 },
            { "width": 640, "height": 360, "count": 1 },
        ],
    });
    assert_eq!(stats(&api, selection).await, expected);
}

#[tokio::test]
async fn an_empty_library_has_statistics_too() {
    let api = TestApi::new();
    let selection = "count totalDurationSeconds totalFileSize videoCodecs { codec }";
    let expected = json!({
        "count": 0, "totalDurationSeconds": 0.0, "totalFileSize": 0, "videoCodecs": [],
    });
    assert_eq!(stats(&api, selection).await, expected);
}

#[tokio::test]
async fn a_filter_applies_to_every_number() {
    let api = small_library().await;
    let document = "{ videoStats(filter: { audioCodec: { isNull: true } }) {
        count totalFileSize videoCodecs { codec count } resolutions { count }
    } }";
    let expected = json!({
        "count": 2,
        "totalFileSize": 2_000_000,
        "videoCodecs": [{ "codec": "av1", "count": 1 }, { "codec": "vp9", "count": 1 }],
        "resolutions": [{ "count": 1 }, { "count": 1 }],
    });
    assert_eq!(data(api.ask(document).await)["videoStats"], expected);
    let response = api.ask("{ videoStats(filter: { or: null }) { count } }").await;
    let message = "filter.or must not be null: omit it";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn first_is_20_where_it_is_left_out_and_100_at_most() {
    let codecs: Vec<_> = (0..101)
        .map(
            |n| json!({ "videoCodec": n.to_string(), "audioCodec": n.to_string(), "width": n + 1 }),
        )
        .collect();
    let api = library(&codecs).await;
    for field in ["videoCodecs", "audioCodecs", "resolutions"] {
        for (arguments, count) in [("", 20), ("(first: 0)", 0), ("(first: 100)", 100)] {
            let rows = stats(&api, &format!("{field}{arguments} {{ count }}")).await;
            assert_eq!(rows[field].as_array().unwrap().len(), count, "{field}{arguments}");
        }
        for first in [-1, 101] {
            let document = format!("{{ videoStats {{ {field}(first: {first}) {{ count }} }} }}");
            let response = api.ask(&document).await;
            let message = format!("first must be from 0 to 100, not {first}");
            assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()));
            assert_eq!(response["errors"][0]["path"], json!(["videoStats", field]));
        }
    }
}

#[tokio::test]
async fn the_store_is_asked_once() {
    let api = small_library().await;
    for (selection, calls) in [
        ("__typename", json!({})),
        ("count", json!({ "count": 1 })),
        ("totalFileSize", json!({ "stats": 1 })),
        ("count totalDurationSeconds totalFileSize", json!({ "stats": 1 })),
        ("... on VideoStats { sum: totalFileSize } count", json!({ "stats": 1 })),
        ("count videoCodecs { count }", json!({ "stats": 1 })),
        ("few: audioCodecs(first: 1) { count } audioCodecs { count }", json!({ "stats": 1 })),
        ("resolutions { count } count totalFileSize", json!({ "stats": 1 })),
    ] {
        stats(&api, selection).await;
        assert_eq!(json!(api.store.take_calls()), calls, "{selection}");
    }
}

#[tokio::test]
async fn a_sum_of_bytes_that_no_safe_int_holds_is_an_error() {
    const MAX: i64 = 9_007_199_254_740_991;
    let api = library(&[json!({ "fileSize": MAX }), json!({ "fileSize": 0 })]).await;
    assert_eq!(stats(&api, "totalFileSize").await["totalFileSize"], MAX);
    let api = library(&[json!({ "fileSize": MAX }), json!({ "fileSize": 1 })]).await;
    let response = api.ask("{ videoStats { count totalFileSize } }").await;
    let message = "the videos have 9007199254740992 bytes in total, more than SafeInt can \
                   represent: select fewer videos with a filter";
    assert_eq!(error(&response), ("OUT_OF_RANGE", message));
    assert_eq!(response["errors"][0]["path"], json!(["videoStats", "totalFileSize"]));
    assert_eq!(stats(&api, "count totalDurationSeconds").await["count"], 2);
}

#[tokio::test]
async fn sums_that_fail_are_asked_for_once_and_tell_nothing_of_why() {
    let api = small_library().await;
    for (method, selection) in
        [("count", "count"), ("stats", "count totalFileSize resolutions { count }")]
    {
        api.store.break_next(method, Fault::Error);
        let response = api.ask(&format!("{{ videoStats {{ {selection} }} }}")).await;
        assert_eq!(response["data"], Value::Null);
        let errors = response["errors"].as_array().unwrap();
        for error in errors {
            assert_eq!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR");
            assert_eq!(error["path"][0], "videoStats");
        }
        assert!(!response.to_string().contains("fire"), "{response:#}");
        assert_eq!(json!(api.store.take_calls()), json!({ method: 1 }));
    }
}
