//! `videoStats` by groups: units of time, ranges, folders, and the smallest and the largest numbers.

use reelgraph::graphql::DocumentLimits;
use serde_json::{Value, json};

use crate::support::graphql::{ADD, TestApi, data, error, input_with};
use crate::support::watched_store::Fault;

async fn add(api: &TestApi, videos: &[(&str, Value)]) {
    for (path, fields) in videos {
        let input = input_with(path, fields.clone());
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    api.store.take_calls();
}

/// Videos of 10 seconds and a megabyte each, unless it says otherwise.
async fn library() -> TestApi {
    let api = TestApi::new();
    let videos = [
        ("/media/films/a.mkv", json!({ "fileSize": 0, "videoCodec": "av1" })),
        ("/media/films/b.mkv", json!({ "durationFrames": 1 })),
        ("/media/top.mkv", json!({ "videoCodec": "av1", "durationFrames": 480 })),
        ("D:\\films\\c.mkv", json!({ "fileSize": 9_000_000 })),
        ("plain.mkv", json!({})),
    ];
    add(&api, &videos).await;
    api
}

async fn stats(api: &TestApi, selection: &str) -> Value {
    data(api.ask(&format!("{{ videoStats {{ {selection} }} }}")).await)["videoStats"].clone()
}

#[tokio::test]
async fn units_of_time_have_their_first_instants() {
    let api = library().await;
    let created = data(api.ask("{ videos { nodes { createdAt } } }").await);
    let year = &created["videos"]["nodes"][0]["createdAt"].as_str().unwrap()[..4];
    let buckets = stats(&api, "timeBuckets(unit: YEAR) { start count totalFileSize }").await;
    let start = format!("{year}-01-01T00:00:00.000000Z");
    let expected = json!([{ "start": start, "count": 5, "totalFileSize": 12_000_000 }]);
    assert_eq!(buckets["timeBuckets"], expected);
    let selection =
        "timeBuckets(field: UPDATED_AT, unit: YEAR, timeZone: \"Asia/Tokyo\", first: 1) { start }";
    let start = &stats(&api, selection).await["timeBuckets"][0]["start"];
    assert!(start.as_str().unwrap().ends_with("-12-31T15:00:00.000000Z"), "{start}");
    assert_eq!(
        stats(&api, "timeBuckets(unit: DAY, first: 0) { start }").await["timeBuckets"],
        json!([])
    );
}

#[tokio::test]
async fn ranges_have_their_bounds_and_sums() {
    let api = library().await;
    let selection = "fileSizes(bounds: [1, 1000000]) { lower upper count totalFileSize }
        durations(bounds: [10]) { lower upper count totalFileSize }
        all: durations(bounds: []) { lower upper count }";
    let expected = json!({
        "fileSizes": [
            { "lower": null, "upper": 1, "count": 1, "totalFileSize": 0 },
            { "lower": 1, "upper": 1_000_000, "count": 0, "totalFileSize": 0 },
            { "lower": 1_000_000, "upper": null, "count": 4, "totalFileSize": 12_000_000 },
        ],
        "durations": [
            { "lower": null, "upper": 10.0, "count": 1, "totalFileSize": 1_000_000 },
            { "lower": 10.0, "upper": null, "count": 4, "totalFileSize": 11_000_000 },
        ],
        "all": [{ "lower": null, "upper": null, "count": 5 }],
    });
    assert_eq!(stats(&api, selection).await, expected);
}

#[tokio::test]
async fn extremes_are_those_of_the_filter_and_null_without_videos() {
    let api = library().await;
    let selection = "minFileSize maxFileSize minDurationSeconds maxDurationSeconds";
    let expected = json!({
        "minFileSize": 0, "maxFileSize": 9_000_000,
        "minDurationSeconds": 1.0 / 24.0, "maxDurationSeconds": 20.0,
    });
    assert_eq!(stats(&api, selection).await, expected);
    let filtered = |codec: &str| {
        let filter = format!("filter: {{ videoCodec: {{ eq: \"{codec}\" }} }}");
        format!("{{ videoStats({filter}) {{ {selection} }} }}")
    };
    let expected = json!({
        "minFileSize": 0, "maxFileSize": 1_000_000,
        "minDurationSeconds": 10.0, "maxDurationSeconds": 20.0,
    });
    assert_eq!(data(api.ask(&filtered("av1")).await)["videoStats"], expected);
    let nothing = json!({
        "minFileSize": null, "maxFileSize": null,
        "minDurationSeconds": null, "maxDurationSeconds": null,
    });
    assert_eq!(data(api.ask(&filtered("none")).await)["videoStats"], nothing);
}

#[tokio::test]
async fn folders_lead_to_those_below_them() {
    let api = library().await;
    let selection = "folders { path name count totalFileSize }
        media: folders(under: \"/media/\") { path name count }
        none: folders(under: \"/media/films/\") { path }
        drive: folders(under: \"D:\\\\\") { path name }
        first: folders(first: 1) { path }
        second: folders(first: 1, afterPath: \"/\") { path }";
    let expected = json!({
        "folders": [
            { "path": "/", "name": "", "count": 3, "totalFileSize": 2_000_000 },
            { "path": "D:\\", "name": "D:", "count": 1, "totalFileSize": 9_000_000 },
        ],
        "media": [{ "path": "/media/films/", "name": "films", "count": 2 }],
        "none": [],
        "drive": [{ "path": "D:\\films\\", "name": "films" }],
        "first": [{ "path": "/" }],
        "second": [{ "path": "D:\\" }],
    });
    assert_eq!(stats(&api, selection).await, expected);
    // Nothing but `/` is the top of absolute paths.
    assert_eq!(
        stats(&api, "folders(under: \"/\") { path }").await["folders"],
        json!([{ "path": "/media/" }])
    );
}

#[tokio::test]
async fn codecs_and_resolutions_have_sums() {
    let api = library().await;
    let selection = "videoCodecs { codec count totalFileSize totalDurationSeconds }
        resolutions { totalFileSize totalDurationSeconds }";
    let found = stats(&api, selection).await;
    assert_eq!(
        found["videoCodecs"],
        json!([
            { "codec": "h264", "count": 3, "totalFileSize": 11_000_000, "totalDurationSeconds": 481.0 / 24.0 },
            { "codec": "av1", "count": 2, "totalFileSize": 1_000_000, "totalDurationSeconds": 30.0 },
        ])
    );
    let resolutions =
        json!([{ "totalFileSize": 12_000_000, "totalDurationSeconds": 1201.0 / 24.0 }]);
    assert_eq!(found["resolutions"], resolutions);
}

#[tokio::test]
async fn arguments_that_mean_nothing_are_refused() {
    let api = library().await;
    let rising: String = (0..51).map(|number| format!("{number} ")).collect();
    for (field, message) in [
        (
            "timeBuckets(unit: DAY, timeZone: \"Berlin\") { count }",
            "timeZone must be an IANA time zone such as Europe/Berlin",
        ),
        (
            "timeBuckets(unit: DAY, timeZone: \"\") { count }",
            "timeZone must be an IANA time zone such as Europe/Berlin",
        ),
        ("timeBuckets(unit: DAY, first: 1001) { count }", "first must be from 0 to 1000, not 1001"),
        ("timeBuckets(unit: DAY, first: -1) { count }", "first must be from 0 to 1000, not -1"),
        ("folders(first: 101) { count }", "first must be from 0 to 100, not 101"),
        ("fileSizes(bounds: [5, 5]) { count }", "bounds must rise: 5 is not greater than 5"),
        ("durations(bounds: [2, 1.5]) { count }", "bounds must rise: 1.5 is not greater than 2.0"),
        (
            &format!("fileSizes(bounds: [{rising}]) {{ count }}"),
            "bounds can have at most 50 items, not 51",
        ),
        (
            "folders(under: \"/media\") { count }",
            "under must be a path from folders, with the separator at its end",
        ),
        ("folders(under: \"\") { count }", "under must not be empty"),
        (
            "folders(under: \"D:\") { count }",
            "under must be a path from folders, with the separator at its end",
        ),
    ] {
        let response = api.ask(&format!("{{ videoStats {{ {field} }} }}")).await;
        assert_eq!(error(&response), ("BAD_USER_INPUT", message), "{field}");
        let name = field.split('(').next().unwrap();
        assert_eq!(response["errors"][0]["path"], json!(["videoStats", name]));
    }
}

#[tokio::test]
async fn a_number_that_no_double_holds_is_no_bound() {
    let api = library().await;
    for bounds in ["[1e999]", "[-1e999, 0]"] {
        let response = api
            .ask(&format!("{{ videoStats {{ durations(bounds: {bounds}) {{ count }} }} }}"))
            .await;
        assert!(response["errors"][0]["extensions"]["code"].is_string(), "{response:#}");
        assert!(response["data"].is_null(), "{response:#}");
    }
}

#[tokio::test]
async fn the_store_is_asked_for_what_is_selected() {
    let api = library().await;
    // The scan budget needs the number of videos, once.
    stats(&api, "folders { count }").await;
    api.store.take_calls();
    for (selection, calls) in [
        (
            "minFileSize maxFileSize minDurationSeconds max: maxDurationSeconds",
            json!({ "extremes": 1 }),
        ),
        ("count folders { count }", json!({ "newest": 1, "count": 1, "folders": 1 })),
        (
            "fileSizes(bounds: 1) { count } more: fileSizes(bounds: [1, 2]) { count }",
            json!({ "newest": 1, "file_sizes": 2 }),
        ),
        (
            "... on VideoStats { durations(bounds: 1) { count } } durations(bounds: 1) { lower }",
            json!({ "newest": 1, "durations": 1 }),
        ),
        (
            "timeBuckets(unit: DAY) { count } videoCodecs { totalFileSize }",
            json!({ "newest": 1, "time_buckets": 1, "stats": 1 }),
        ),
    ] {
        stats(&api, selection).await;
        assert_eq!(json!(api.store.take_calls()), calls, "{selection}");
    }
}

#[tokio::test]
async fn each_alias_has_its_own_arguments() {
    let api = library().await;
    let document = "query ($bound: SafeInt! = 1) { videoStats {
        ...Sizes
        two: fileSizes(bounds: [$bound, 5000000]) { count }
        fileSizes(bounds: [1]) { upper }
        ... on VideoStats { months: timeBuckets(unit: MONTH) { count } }
        timeBuckets(unit: YEAR, first: 1) { count }
    } }
    fragment Sizes on VideoStats { one: fileSizes(bounds: []) { count } fileSizes(bounds: [1]) { count } }";
    let expected = json!({
        "one": [{ "count": 5 }],
        "fileSizes": [{ "count": 1, "upper": 1 }, { "count": 4, "upper": null }],
        "two": [{ "count": 1 }, { "count": 3 }, { "count": 1 }],
        "months": [{ "count": 5 }],
        "timeBuckets": [{ "count": 5 }],
    });
    assert_eq!(data(api.ask(document).await)["videoStats"], expected);
}

#[tokio::test]
async fn sums_of_bytes_that_no_safe_int_holds_fail_only_where_they_are_selected() {
    const MAX: i64 = 9_007_199_254_740_991;
    let api = TestApi::new();
    let largest = json!({ "fileSize": MAX });
    add(&api, &[("/a", largest.clone()), ("/b", largest)]).await;
    for field in [
        "videoCodecs",
        "resolutions",
        "folders",
        "timeBuckets(unit: DAY)",
        "fileSizes(bounds: [])",
        "durations(bounds: [])",
    ] {
        let name = field.split('(').next().unwrap();
        assert_eq!(stats(&api, &format!("{field} {{ count }}")).await[name][0]["count"], 2);
        let response =
            api.ask(&format!("{{ videoStats {{ {field} {{ totalFileSize }} }} }}")).await;
        let message = "the videos have 18014398509481982 bytes in total, more than SafeInt can \
                       represent: select fewer videos with a filter";
        assert_eq!(error(&response), ("OUT_OF_RANGE", message), "{field}");
    }
}

#[tokio::test]
async fn extremes_that_fail_are_null_next_to_an_error() {
    let api = library().await;
    api.store.break_next("extremes", Fault::Error);
    let response = api.ask("{ videoStats { minFileSize count maxDurationSeconds } }").await;
    let expected = json!({ "minFileSize": null, "count": 5, "maxDurationSeconds": null });
    assert_eq!(response["data"]["videoStats"], expected);
    assert_eq!(response["errors"].as_array().unwrap().len(), 2);
    assert_eq!(response["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
}

#[tokio::test]
async fn each_group_counts_every_video_towards_the_scan_budget() {
    let limits = DocumentLimits { max_scan_tests: 30, ..DocumentLimits::default() };
    let api = TestApi::with_limits(limits);
    api.add(10).await;
    let by_path = "(filter: { path: { eq: \"/media/001.mkv\" } })";
    let two = "(filter: { fileSize: { gt: 1 }, createdAt: { isNull: false } })";
    for (filter, selection, is_allowed) in [
        (
            "",
            "timeBuckets(unit: DAY) { count } folders { count } fileSizes(bounds: 1) { count }",
            true,
        ),
        (
            "",
            "a: folders { count } b: folders { count } c: folders { count } d: folders { count }",
            false,
        ),
        (
            "",
            "...F ... on VideoStats { b: folders { count } c: durations(bounds: 1) { count } d: folders { count } }",
            false,
        ),
        ("", "minFileSize maxFileSize minDurationSeconds count totalFileSize", true),
        (two, "folders { count }", true),
        (two, "folders { count } count", false),
        (two, "folders { count } minFileSize", false),
        (
            by_path,
            "a: folders { count } b: folders { count } c: folders { count } d: folders { count }",
            true,
        ),
    ] {
        let fragment = "fragment F on VideoStats { folders { count } }";
        let fragment = if selection.contains("...F") { fragment } else { "" };
        let document = format!("{{ videoStats{filter} {{ {selection} }} }} {fragment}");
        let response = api.ask(&document).await;
        match is_allowed {
            true => drop(data(response)),
            false => assert_eq!(error(&response).0, "TOO_COSTLY", "{document}"),
        }
    }
    let fields = "folders { count } durations(bounds: 1) { count }";
    let document = format!("{{ a: videoStats {{ {fields} }} b: videoStats {{ {fields} }} }}");
    api.store.take_calls();
    assert_eq!(error(&api.ask(&document).await).0, "TOO_COSTLY");
    assert_eq!(json!(api.store.take_calls()), json!({ "newest": 1 }), "nothing is scanned");
}

#[tokio::test]
async fn the_queries_of_the_documentation_work() {
    let api = TestApi::new();
    for line in include_str!("../../../examples/sample.ndjson").lines().take(20) {
        let mut input: Value = serde_json::from_str(line).unwrap();
        input.as_object_mut().unwrap().remove("createdAt");
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    let blocks = include_str!("../../../docs/statistics.md").split("```graphql\n").skip(1);
    let queries: Vec<&str> = blocks.map(|block| block.split("```").next().unwrap()).collect();
    assert!(queries.len() > 6);
    for query in queries {
        let found = data(api.ask(query).await);
        assert!(!found.is_null(), "{query}");
    }
}
