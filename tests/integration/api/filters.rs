//! Filters of videos: what they find, and which are refused.

use serde_json::{Value, json};

use crate::support::graphql::{ADD, TestApi, data, error, input_with};

/// A library of three videos that differ in every way a filter can tell.
async fn library() -> TestApi {
    let api = TestApi::new();
    for input in [
        input_with("/a.mkv", json!({ "width": 640, "audioCodec": null, "fileSize": 10 })),
        input_with("/b.mkv", json!({ "width": 1280, "videoCodec": "av1", "fileSize": 20 })),
        input_with(
            "/media/c.MKV",
            json!({
                "fileSize": 9_007_199_254_740_991_i64,
                "durationFrames": 30000,
                "frameRate": { "numerator": 30000, "denominator": 1001 },
            }),
        ),
    ] {
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    api
}

async fn find(api: &TestApi, filter: &str) -> Value {
    let order = "orderBy: { field: PATH, direction: ASC }";
    let document =
        format!("{{ videos({order}, filter: {filter}) {{ nodes {{ path }} totalCount }} }}");
    api.ask(&document).await
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let api = library().await;
    for (filter, found) in [
        ("{}", "abc"),
        ("null", "abc"),
        ("{ and: [] }", "abc"),
        ("{ or: [] }", ""),
        ("{ not: { or: [] } }", "abc"),
        ("{ not: {} }", ""),
        ("{ width: { in: [] } }", ""),
        ("{ width: { in: [640, 1280] } }", "ab"),
        ("{ width: { gt: 640, lt: 1920 } }", "b"),
        ("{ height: { eq: 1080, ne: 1080 } }", ""),
        ("{ path: { startsWith: \"/media\" } }", "c"),
        ("{ filename: { contains: \".mkv\" } }", "ab"),
        ("{ filename: { endsWith: \".MKV\" } }", "c"),
        ("{ filename: { notIn: [\"a.mkv\", \"d.mkv\"] } }", "bc"),
        ("{ audioCodec: { notIn: [\"aac\"] } }", "a"),
        ("{ audioCodec: { notIn: [] } }", "abc"),
        ("{ createdAt: { isNull: true } }", ""),
        ("{ updatedAt: { isNull: false, gte: \"2026-01-01T00:00:01Z\" } }", "bc"),
        ("{ id: { eq: \"00000000-0000-7000-8000-000000000001\" } }", "a"),
        ("{ id: { ne: \"00000000-0000-7000-8000-000000000001\" } }", "bc"),
        ("{ id: { in: [\"00000000-0000-7000-8000-000000000002\", \"?\"] } }", "b"),
        ("{ id: { notIn: [\"00000000-0000-7000-8000-000000000002\", \"?\"] } }", "ac"),
        ("{ id: { isNull: true } }", ""),
        ("{ id: { isNull: false } }", "abc"),
        // What is malformed is the ID of no video.
        ("{ id: { eq: \"?\" } }", ""),
        ("{ id: { ne: \"?\" } }", "abc"),
        ("{ id: { in: [] } }", ""),
        ("{ not: { id: { in: [\"?\"] } } }", "abc"),
        ("{ videoCodec: { ne: \"av1\" } }", "ac"),
        ("{ audioCodec: { ne: \"aac\" } }", "a"),
        ("{ audioCodec: { isNull: true } }", "a"),
        ("{ audioCodec: { isNull: false, in: \"aac\" } }", "bc"),
        ("{ fileSize: { gte: 20, lte: 9007199254740991 } }", "bc"),
        ("{ frameRate: { gt: 29.97, lt: 29.98 } }", "c"),
        ("{ durationSeconds: { gt: 1000, lte: 1001 } }", "c"),
        ("{ createdAt: { gte: \"2026-01-01T00:00:01Z\" } }", "bc"),
        ("{ updatedAt: { lt: \"2026-01-01T00:00:01.000001Z\" } }", "ab"),
        ("{ or: [{ path: { eq: \"/a.mkv\" } }, { videoCodec: { eq: \"av1\" } }] }", "ab"),
        ("{ and: { width: { gt: 640 } }, not: { videoCodec: { eq: \"av1\" } } }", "c"),
    ] {
        let page = data(find(&api, filter).await)["videos"].clone();
        let nodes = page["nodes"].as_array().unwrap();
        let names = nodes
            .iter()
            .map(|node| node["path"].as_str().unwrap().rsplit('/').next().unwrap()[..1].to_owned());
        assert_eq!(names.collect::<String>(), found, "{filter}");
        assert_eq!(page["totalCount"], found.len(), "{filter}");
    }
}

#[tokio::test]
async fn an_explicit_null_is_refused_wherever_it_stands() {
    let api = TestApi::new();
    for (filter, place) in [
        ("{ path: null }", "filter.path"),
        ("{ path: { eq: null } }", "filter.path.eq"),
        ("{ audioCodec: { eq: \"aac\", ne: null } }", "filter.audioCodec.ne"),
        ("{ width: { in: null } }", "filter.width.in"),
        ("{ fileSize: { lt: null } }", "filter.fileSize.lt"),
        ("{ frameRate: { gte: null } }", "filter.frameRate.gte"),
        ("{ createdAt: { gt: null } }", "filter.createdAt.gt"),
        ("{ updatedAt: { isNull: null } }", "filter.updatedAt.isNull"),
        ("{ id: null }", "filter.id"),
        ("{ id: { notIn: null } }", "filter.id.notIn"),
        ("{ path: { endsWith: null } }", "filter.path.endsWith"),
        ("{ and: null }", "filter.and"),
        ("{ or: [{}, { not: null }] }", "filter.or.1.not"),
        ("{ not: { and: [{ height: { ne: null } }] } }", "filter.not.and.0.height.ne"),
    ] {
        let response = find(&api, filter).await;
        let message = format!("{place} must not be null: omit it");
        assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()));
    }
}

#[tokio::test]
async fn a_variable_that_is_null_is_refused_and_one_left_out_is_no_condition() {
    let api = library().await;
    let document = "query ($codec: String) {
        videos(filter: { audioCodec: { eq: $codec } }) { totalCount }
    }";
    assert_eq!(data(api.ask(document).await)["videos"]["totalCount"], 3);
    let response = api.ask_with(document, json!({ "codec": null })).await;
    let message = "filter.audioCodec.eq must not be null: omit it";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn a_filter_has_10_levels_at_most() {
    let api = TestApi::new();
    for (level, way) in [("{ not: ", " }"), ("{ and: [", "] }"), ("{ or: [{}, ", "] }")] {
        let nested =
            |levels: usize| format!("{}{{}}{}", level.repeat(levels - 1), way.repeat(levels - 1));
        data(find(&api, &nested(10)).await);
        let response = find(&api, &nested(11)).await;
        let (code, message) = error(&response);
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(
            message.ends_with("is nested too deeply: a filter can have at most 10 levels"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_filter_has_200_conditions_at_most() {
    let api = TestApi::new();
    let pair = "{ width: { gt: 1, lt: 9 } }, ";
    let filter = |pairs, one| format!("{{ or: [{}{{ path: {{ {one} }} }}] }}", pair.repeat(pairs));
    data(find(&api, &filter(99, "in: [\"a\", \"b\", \"c\"], isNull: true")).await);
    data(find(&api, &filter(100, "")).await);
    let response = find(&api, &filter(100, "eq: \"a\"")).await;
    let message =
        "a filter can have at most 200 conditions: combine values of one field in a single in";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn in_has_1000_values_at_most() {
    let api = TestApi::new();
    let filter = |count| format!("{{ height: {{ in: [{}] }} }}", "7, ".repeat(count));
    data(find(&api, &filter(1000)).await);
    let response = find(&api, &filter(1001)).await;
    let message = "filter.height.in can have at most 1000 values, not 1001";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn lists_of_what_is_left_out_and_of_ids_have_limits_as_well() {
    let api = TestApi::new();
    for (field, operator, most) in
        [("path", "notIn", 1000), ("id", "in", 100), ("id", "notIn", 100)]
    {
        let filter =
            |count| format!("{{ {field}: {{ {operator}: [{}] }} }}", "\"7\", ".repeat(count));
        data(find(&api, &filter(most)).await);
        let response = find(&api, &filter(most + 1)).await;
        let message =
            format!("filter.{field}.{operator} can have at most {most} values, not {}", most + 1);
        assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()));
    }
}

#[tokio::test]
async fn an_entry_of_the_log_always_has_a_time() {
    let api = library().await;
    for (is_null, count) in [(true, 0), (false, 3)] {
        let filter = format!("{{ timestamp: {{ isNull: {is_null} }} }}");
        let document = format!("{{ auditEntries(filter: {filter}) {{ totalCount }} }}");
        assert_eq!(data(api.ask(&document).await)["auditEntries"]["totalCount"], count);
    }
}
