//! Filters of videos: what they find, and which are refused.

use reelgraph::domain::NewVideo;
use reelgraph::repository::VideoRepository;
use serde_json::{Value, json};

use crate::support::graphql::{ADD, TestApi, data, error, input_with};
use crate::support::videos::{by, text, video_with};

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
        ("{ search: \"mkv\" }", "abc"),
        ("{ search: \"MEDIA c\" }", "c"),
        ("{ search: \"/media/c.MKV\" }", "c"),
        ("{ search: \"mkv -media\" }", "ab"),
        ("{ not: { search: \"media\" } }", "ab"),
        ("{ search: \"\" }", ""),
        ("{ not: { search: \"-media\" } }", "abc"),
        ("{ search: \"mkv\", width: { gt: 640 } }", "bc"),
        ("{ or: [{ search: \"a\" }, { search: \"c\" }] }", "ac"),
        ("{ and: [{ search: \"mkv\" }, { search: \"media\" }] }", "c"),
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
        ("{ search: null }", "filter.search"),
        ("{ or: [{ not: { search: null } }] }", "filter.or.0.not.search"),
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
            message.ends_with(
                "is nested too deeply: a filter can have at most 10 levels (max-filter-levels)"
            ),
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
    let message = "a filter can have at most 200 conditions (max-filter-conditions): combine values of one field \
         in a single in";
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

/// The fields with a filter for videos, and what each of them returns for it.
const FILTERED: &str = "query ($f: VideoFilter) {
    videos(filter: $f, orderBy: { field: PATH }) { totalCount nodes { path } }
    searchVideos(query: \"mkv\", filter: $f) { totalCount nodes { path } }
    videoStats(filter: $f) { count totalFileSize videoCodecs { codec count } }
}";

#[tokio::test]
async fn a_search_selects_videos_in_every_field_with_a_filter() {
    let api = library().await;
    let filter = json!({ "search": "media", "not": { "search": "nosuchword" } });
    let found = data(api.ask_with(FILTERED, json!({ "f": filter })).await);
    let page = json!({ "totalCount": 1, "nodes": [{ "path": "/media/c.MKV" }] });
    assert_eq!(found["videos"], page);
    assert_eq!(found["searchVideos"], page);
    let stats = &found["videoStats"];
    assert_eq!(
        (&stats["count"], &stats["totalFileSize"]),
        (&json!(1), &json!(9_007_199_254_740_991_i64))
    );
    assert_eq!(stats["videoCodecs"][0]["count"], 1);
}

#[tokio::test]
async fn a_search_in_a_filter_has_1000_characters_and_64_words_at_most() {
    let api = TestApi::new();
    let ask = async |fields: &str, text: &str| {
        let filter = json!({ "and": [{ "not": { "search": text } }] });
        let document = format!("query ($f: VideoFilter) {{ {fields} }}");
        api.ask_with(&document, json!({ "f": filter })).await
    };
    for (text, fault) in [
        ("é".repeat(1001), "must have at most 1000 characters, not 1001"),
        ("a ".repeat(65), "must have at most 64 words, not 65"),
    ] {
        let most = text.chars().count() - if fault.contains("words") { 2 } else { 1 };
        let longest: String = text.chars().take(most).collect();
        for fields in [
            "videos(filter: $f) { totalCount }",
            "searchVideos(query: \"a\", filter: $f) { totalCount }",
            "videoStats(filter: $f) { count }",
        ] {
            data(ask(fields, &longest).await);
            let response = ask(fields, &text).await;
            let message = format!("filter.and.0.not.search {fault}");
            assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()), "{fields}");
        }
    }
}

#[tokio::test]
async fn a_filter_has_2_searches_at_most() {
    let api = TestApi::new();
    data(find(&api, "{ search: \"a\", or: [{ not: { search: \"b\" } }] }").await);
    let three = "{ search: \"a\", or: [{ not: { search: \"b\" } }, { search: \"a\" }] }";
    let message = "a filter can have at most 2 searches, not 3: to require the words of several, \
                   combine them in a single search";
    assert_eq!(error(&find(&api, three).await), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn a_search_in_a_filter_counts_as_a_condition() {
    let api = TestApi::new();
    let pair = "{ width: { gt: 1, lt: 9 } }, ".repeat(99);
    let filter = |more| format!("{{ or: [{pair}{{ search: \"a\", {more} }}] }}");
    data(find(&api, &filter("width: { gt: 1 }")).await);
    let response = find(&api, &filter("width: { gt: 1, lt: 9 }")).await;
    assert!(
        error(&response).1.starts_with("a filter can have at most 200 conditions"),
        "{response}"
    );
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

/// A library whose videos were added at the ends of days: `a` and `b` at those of January 5, 2019, and `c`
/// in the microsecond after it.
async fn library_of_days() -> TestApi {
    let api = TestApi::new();
    for (number, (name, at)) in (1..).zip([
        ("a", "2019-01-05T00:00:00Z"),
        ("b", "2019-01-05T23:59:59.999999Z"),
        ("c", "2019-01-06T00:00:00Z"),
    ]) {
        let at = Some(at.parse().unwrap());
        let named = video_with(number, |values| values.path = text(&format!("/{name}.mkv")));
        let video = NewVideo { created_at: at, updated_at: at, ..named };
        api.store.insert(video, by(1)).await.unwrap();
    }
    api
}

async fn found_by(api: &TestApi, document: &str, variables: Value) -> String {
    let page = data(api.ask_with(document, variables).await)["videos"].clone();
    let nodes = page["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["path"].as_str().unwrap()[1..2].to_owned()).collect()
}

#[tokio::test]
async fn a_date_alone_is_the_whole_day_for_every_operator() {
    const OF_FILTER: &str = "query ($filter: VideoFilter) {
        videos(filter: $filter, orderBy: { field: PATH }) { nodes { path } }
    }";
    let api = library_of_days().await;
    for (operator, day, found) in [
        ("gte", "2019-01-05", "abc"),
        ("gte", "2019-01-06", "c"),
        ("gte", "2019-01-07", ""),
        ("gt", "2019-01-04", "abc"),
        ("gt", "2019-01-05", "c"),
        ("gt", "2019-01-06", ""),
        ("lt", "2019-01-05", ""),
        ("lt", "2019-01-06", "ab"),
        ("lt", "2019-01-07", "abc"),
        ("lte", "2019-01-04", ""),
        ("lte", "2019-01-05", "ab"),
        ("lte", "2019-01-06", "abc"),
        ("gt", "9999-12-31", ""),
        ("lte", "9999-12-31", "abc"),
        ("gte", "0000-01-01", "abc"),
        ("lt", "0000-01-01", ""),
    ] {
        for field in ["createdAt", "updatedAt"] {
            let literal = format!(
                "{{ videos(filter: {{ {field}: {{ {operator}: \"{day}\" }} }},
                orderBy: {{ field: PATH }}) {{ nodes {{ path }} }} }}"
            );
            assert_eq!(found_by(&api, &literal, Value::Null).await, found, "{literal}");
            let filter = json!({ "filter": { field: { operator: day } } });
            assert_eq!(found_by(&api, OF_FILTER, filter).await, found, "{field} {operator} {day}");
            for (ty, default) in [("DateTime", ""), ("DateTime!", ""), ("DateTime", " = $")] {
                let default = default.replace('$', &format!("\"{day}\""));
                let document = format!(
                    "query ($day: {ty}{default}) {{
                    videos(filter: {{ {field}: {{ {operator}: $day }} }},
                    orderBy: {{ field: PATH }}) {{ nodes {{ path }} }} }}"
                );
                let given = if default.is_empty() { json!({ "day": day }) } else { json!({}) };
                assert_eq!(found_by(&api, &document, given).await, found, "{document} {day}");
            }
        }
    }
    let both = r#"{ videos(filter: { createdAt: { gte: "2019-01-05", lte: "2019-01-05" } },
        orderBy: { field: PATH }) { nodes { path } } }"#;
    assert_eq!(found_by(&api, both, Value::Null).await, "ab");
}

#[tokio::test]
async fn the_log_is_filtered_by_days_as_well() {
    let api = library().await;
    for (condition, count) in [
        ("gte: \"2026-01-01\", lte: \"2026-01-01\"", 3),
        ("gt: \"2026-01-01\"", 0),
        ("lt: \"2026-01-01\"", 0),
    ] {
        let document = format!(
            "{{ auditEntries(filter: {{ timestamp: {{ {condition} }} }}) {{ totalCount }} }}"
        );
        assert_eq!(data(api.ask(&document).await)["auditEntries"]["totalCount"], count);
    }
}

#[tokio::test]
async fn what_is_no_day_is_refused() {
    let api = TestApi::new();
    let must = "must be an RFC 3339 date and time such as 2026-11-22T10:15:30.123456Z, or a date \
                alone such as 2026-11-22";
    for day in ["2019-02-30", "2019-1-5", "2019-01", "2019-01-05T", "today", ""] {
        let literal = format!("{{ createdAt: {{ gte: \"{day}\" }} }}");
        let message = format!("filter.createdAt.gte {must}");
        assert_eq!(error(&find(&api, &literal).await), ("BAD_USER_INPUT", message.as_str()));

        let document = "query ($filter: VideoFilter) { videos(filter: $filter) { totalCount } }";
        let filter = json!({ "filter": { "not": { "updatedAt": { "lte": day } } } });
        let message = format!("$filter.not.updatedAt.lte {must}");
        let response = api.ask_with(document, filter).await;
        assert_eq!(error(&response), ("BAD_USER_INPUT", message.as_str()));

        let document = "query ($day: DateTime) {
            videos(filter: { createdAt: { gt: $day } }) { totalCount }
        }";
        let response = api.ask_with(document, json!({ "day": day })).await;
        assert_eq!(error(&response), ("BAD_USER_INPUT", format!("$day {must}").as_str()));
    }
}
