//! `searchVideos`: its arguments, its limits, its cursors and what it asks of the store.

use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, data, error, input_with};
use crate::support::watched_store::Fault;

/// Six videos, the first one oldest, of which `two` finds five, in the order of [`FOUND`].
async fn library() -> TestApi {
    let api = TestApi::new();
    for (path, height) in [
        ("/m/The.Two.Towers.mkv", 1080),
        ("/m/Twofold.mkv", 720),
        ("/two/A.mkv", 1080),
        ("/twofold/B.mkv", 1080),
        ("/m/Two Days.mkv", 720),
        ("/m/C.mkv", 1080),
    ] {
        let input = input_with(path, json!({ "height": height }));
        data(api.ask_with(ADD, json!({ "input": input })).await);
    }
    api.store.take_calls();
    api
}

/// The result of a search, asked for with these arguments.
async fn search(api: &TestApi, arguments: &str) -> Value {
    let document = format!(
        "{{ searchVideos({arguments}) {{
            edges {{ cursor score }}
            nodes {{ path }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }} }}"
    );
    data(api.ask(&document).await)["searchVideos"].clone()
}

/// The paths of a page.
#[track_caller]
fn paths(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap_or_else(|| panic!("{page:#}"));
    nodes.iter().map(|node| node["path"].as_str().unwrap()).collect()
}

const FOUND: [&str; 5] =
    ["/m/Two Days.mkv", "/m/The.Two.Towers.mkv", "/m/Twofold.mkv", "/two/A.mkv", "/twofold/B.mkv"];

#[tokio::test]
async fn the_best_match_comes_first_and_the_score_falls() {
    let api = library().await;
    let document = "{ searchVideos(query: \"two\") {
        edges { node { path __typename } score __typename }
        totalCount
        __typename
    } }";
    let result = data(api.ask(document).await)["searchVideos"].clone();
    let edges = result["edges"].as_array().unwrap();
    let scores = edges.iter().map(|edge| edge["score"].as_f64().unwrap());
    assert_eq!(scores.collect::<Vec<_>>(), [1.0, 1.0, 0.75, 0.5, 0.25]);
    let paths: Vec<_> = edges.iter().map(|edge| edge["node"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, FOUND);
    assert_eq!(result["totalCount"], 5);
    assert_eq!(result["__typename"], "VideoSearchConnection");
    assert_eq!(edges[0]["__typename"], "VideoSearchEdge");
    assert_eq!(edges[0]["node"]["__typename"], "Video");
}

#[tokio::test]
async fn pages_follow_one_another_in_both_directions() {
    let api = library().await;
    let first = search(&api, "query: \"two\", first: 3").await;
    assert_eq!(paths(&first), FOUND[..3]);
    assert_eq!(first["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(first["pageInfo"]["startCursor"], first["edges"][0]["cursor"]);
    assert_eq!(first["pageInfo"]["endCursor"], first["edges"][2]["cursor"]);

    let end = &first["pageInfo"]["endCursor"];
    let second = search(&api, &format!("query: \"two\", after: {end}")).await;
    assert_eq!(paths(&second), FOUND[3..]);
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    let start = &second["pageInfo"]["startCursor"];
    let before =
        async |last: &str| search(&api, &format!("query: \"two\", {last} before: {start}")).await;
    assert_eq!(paths(&before("last: 2,").await), FOUND[1..3]);
    assert_eq!(paths(&before("").await), FOUND[..3]);
    assert_eq!(paths(&search(&api, "query: \"two\", last: 1").await), FOUND[4..]);
    assert_eq!(paths(&search(&api, "query: \"two\", first: 0").await), [""; 0]);
}

#[tokio::test]
async fn a_page_has_20_videos_where_nothing_else_is_asked_for() {
    let api = TestApi::with_videos(22).await;
    let page = search(&api, "query: \"mkv\"").await;
    let paths = paths(&page);
    assert_eq!((paths.len(), paths[0], paths[19]), (20, "/media/022.mkv", "/media/003.mkv"));
}

#[tokio::test]
async fn a_filter_applies_to_the_page_and_to_the_count() {
    let api = library().await;
    let document = "{ searchVideos(query: \"two\", filter: { height: { eq: 1080 } }) {
        nodes { path } totalCount
    } }";
    let result = data(api.ask(document).await)["searchVideos"].clone();
    assert_eq!(paths(&result), ["/m/The.Two.Towers.mkv", "/two/A.mkv", "/twofold/B.mkv"]);
    assert_eq!(result["totalCount"], 3);
    let refused = "{ searchVideos(query: \"two\", filter: { path: null }) { totalCount } }";
    let response = api.ask(refused).await;
    let message = "filter.path must not be null: omit it";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
}

#[tokio::test]
async fn a_page_with_another_filter_goes_on_from_the_cursors_place() {
    let api = library().await;
    let cursor = search(&api, "query: \"two\", first: 1").await["pageInfo"]["endCursor"].clone();
    let arguments =
        format!("query: \"two\", after: {cursor}, filter: {{ path: {{ startsWith: \"/two\" }} }}");
    assert_eq!(paths(&search(&api, &arguments).await), FOUND[3..]);
}

#[tokio::test]
async fn a_cursor_outlives_its_video() {
    let api = library().await;
    let cursor = search(&api, "query: \"two\", first: 2").await["pageInfo"]["endCursor"].clone();
    let id = counted_id(1);
    let deletion = format!(
        "mutation {{ deleteVideo(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}"
    );
    data(api.ask(&deletion).await);
    let rest = search(&api, &format!("query: \"two\", after: {cursor}")).await;
    assert_eq!(paths(&rest), FOUND[2..]);
}

#[tokio::test]
async fn a_cursor_is_good_for_the_same_query_in_another_spelling() {
    let api = library().await;
    let cursor = search(&api, "query: \"two\", first: 4").await["pageInfo"]["endCursor"].clone();
    let rest = search(&api, &format!("query: \" ＴＷÓ. \", after: {cursor}")).await;
    assert_eq!(paths(&rest), FOUND[4..]);
}

#[tokio::test]
async fn a_cursor_of_another_query_or_connection_is_refused() {
    let api = library().await;
    let found = search(&api, "query: \"two\"").await["pageInfo"]["endCursor"].clone();
    let answer = data(
        api.ask("{ videos { pageInfo { endCursor } } auditEntries { pageInfo { endCursor } } }")
            .await,
    );
    let of_videos = &answer["videos"]["pageInfo"]["endCursor"];
    let of_log = &answer["auditEntries"]["pageInfo"]["endCursor"];
    let damaged = json!(found.as_str().unwrap().replace('A', "B"));
    for (field, cursor, why) in [
        ("searchVideos(query: \"twofold\",", &found, "the cursor belongs to another search"),
        ("searchVideos(query: \"\\\"two\\\"\",", &found, "the cursor belongs to another search"),
        ("searchVideos(query: \"\",", &found, "the cursor belongs to another search"),
        ("searchVideos(query: \"two\",", of_videos, "the cursor belongs to another connection"),
        ("searchVideos(query: \"two\",", of_log, "the cursor belongs to another connection"),
        ("videos(", &found, "the cursor belongs to another connection"),
        ("auditEntries(", &found, "the cursor belongs to another connection"),
        ("searchVideos(query: \"two\",", &damaged, "the cursor is malformed"),
    ] {
        for side in ["after", "before"] {
            let response =
                api.ask(&format!("{{ {field} {side}: {cursor}) {{ totalCount }} }}")).await;
            let (code, message) = error(&response);
            assert_eq!(code, "INVALID_CURSOR", "{field}");
            assert!(message.starts_with(why), "{field}: {message}");
        }
    }
}

#[tokio::test]
async fn contradicting_paging_arguments_are_refused() {
    let api = TestApi::new();
    let response =
        api.ask("{ searchVideos(query: \"a\", first: 1, last: 1) { totalCount } }").await;
    let message = "first and last cannot be combined: page forward with first and after, or \
                   backward with last and before";
    assert_eq!(error(&response), ("BAD_USER_INPUT", message));
    let response = api.ask("{ searchVideos(query: \"a\", first: 101) { totalCount } }").await;
    assert_eq!(error(&response), ("BAD_USER_INPUT", "first must be from 0 to 100, not 101"));
}

#[tokio::test]
async fn a_query_has_1000_characters_and_64_words_at_most() {
    let api = TestApi::new();
    let document = "query ($query: String!) { searchVideos(query: $query) { totalCount } }";
    let words = |count: usize| "ä ".repeat(count);
    for query in ["日".repeat(1000), "*".repeat(1000), words(64)] {
        let answer = api.ask_with(document, json!({ "query": query })).await;
        assert_eq!(data(answer)["searchVideos"]["totalCount"], 0);
    }
    for (query, message) in [
        ("日".repeat(1001), "query must have at most 1000 characters, not 1001"),
        ("*".repeat(10_000), "query must have at most 1000 characters, not 10000"),
        (words(65), "query must have at most 64 words, not 65"),
        (format!("\"{}\" -b", words(64)), "query must have at most 64 words, not 65"),
    ] {
        let response = api.ask_with(document, json!({ "query": query })).await;
        assert_eq!(error(&response), ("BAD_USER_INPUT", message));
        assert_eq!(response["errors"][0]["path"], json!(["searchVideos"]));
    }
    assert_eq!(api.store.take_calls().get("count_found"), Some(&3));
}

#[tokio::test]
async fn what_is_found_is_counted_only_where_that_is_asked_for() {
    let api = library().await;
    search(&api, "query: \"two\"").await;
    assert_eq!(json!(api.store.take_calls()), json!({ "search": 1 }));
    data(api.ask("{ searchVideos(query: \"two\") { nodes { id } totalCount } }").await);
    assert_eq!(json!(api.store.take_calls()), json!({ "count_found": 1, "search": 1 }));
}

#[tokio::test]
async fn the_histories_of_what_is_found_are_one_call() {
    let api = library().await;
    let document =
        "{ searchVideos(query: \"two\") { edges { node { auditEntries { totalCount } } } } }";
    data(api.ask(document).await);
    let calls = json!({ "count_entries_of": 1, "entries_of": 1, "search": 1 });
    assert_eq!(json!(api.store.take_calls()), calls);
}

#[tokio::test]
async fn a_search_that_fails_tells_nothing_of_why() {
    let api = library().await;
    for (method, path) in [
        ("search", json!(["searchVideos"])),
        ("count_found", json!(["searchVideos", "totalCount"])),
    ] {
        api.store.break_next(method, Fault::Error);
        let response =
            api.ask("{ searchVideos(query: \"two\") { nodes { id } totalCount } }").await;
        assert_eq!(error(&response).0, "INTERNAL_SERVER_ERROR");
        assert_eq!(response["errors"][0]["path"], path);
        assert_eq!(response["data"], Value::Null);
        assert!(!response.to_string().contains("fire"), "{response:#}");
    }
}
