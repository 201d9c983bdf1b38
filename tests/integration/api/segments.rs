//! `filenameSegments` and `pathSegments`: where they are, their limits and their cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reelgraph::graphql::DocumentLimits;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, assert_refused, data, error, input};

const VIDEO: &str = "fragment V on Video {
  filenameSegments(query: \"spiderman man\") { text isMatch }
  pathSegments(query: \"spiderman man\") { text isMatch }
}";

/// An API over one video, whose ID is the first one.
async fn spider_man() -> TestApi {
    let api = TestApi::without_limits();
    data(api.ask_with(ADD, json!({ "input": input("/m/Spider-Man 2.mkv") })).await);
    api
}

fn segments(parts: &[(&str, bool)]) -> Value {
    parts.iter().map(|(text, is_match)| json!({ "text": text, "isMatch": is_match })).collect()
}

/// What [`VIDEO`] selects of the video.
fn expected() -> Value {
    let [name, rest] = [("Spider-Man", true), (" 2.mkv", false)];
    let (filename, path) = (segments(&[name, rest]), segments(&[("/m/", false), name, rest]));
    json!({ "filenameSegments": filename, "pathSegments": path })
}

#[tokio::test]
async fn every_video_has_them_wherever_it_is_listed() {
    let api = spider_man().await;
    let id = counted_id(1);
    for (document, pointer) in [
        ("videos { nodes { ...V } }".to_owned(), "/videos/nodes/0"),
        ("videos { edges { node { ...V } } }".to_owned(), "/videos/edges/0/node"),
        ("searchVideos(query: \"man\") { nodes { ...V } }".to_owned(), "/searchVideos/nodes/0"),
        (
            "searchVideos(query: \"man\") { edges { node { ...V } } }".to_owned(),
            "/searchVideos/edges/0/node",
        ),
        (format!("video(id: \"{id}\") {{ ...V }}"), "/video"),
        ("videoByPath(path: \"/m/Spider-Man 2.mkv\") { ...V }".to_owned(), "/videoByPath"),
        (format!("node(id: \"{id}\") {{ ...V }}"), "/node"),
        (format!("nodes(ids: [\"{id}\"]) {{ ...V }}"), "/nodes/0"),
        (
            "auditEntries { nodes { currentVideo { ...V } } }".to_owned(),
            "/auditEntries/nodes/0/currentVideo",
        ),
    ] {
        let direct = data(api.ask(&format!("{{ {document} }} {VIDEO}")).await);
        assert_eq!(direct.pointer(pointer), Some(&expected()), "{document}");
        // async-graphql resolves all of a document with introspection.
        let introspecting = format!("{{ {document} __type(name: \"\") {{ name }} }} {VIDEO}");
        let resolved = data(api.ask(&introspecting).await);
        assert_eq!(resolved.pointer(pointer), Some(&expected()), "{document}");
    }
}

#[tokio::test]
async fn the_payloads_of_mutations_and_events_have_them() {
    let api = spider_man().await;
    let id = counted_id(1);
    let follow = format!("subscription {{ videoChanges {{ currentVideo {{ ...V }} }} }} {VIDEO}");
    let mut stream = api.follow(&follow, json!({}));
    let update = format!(
        "mutation {{ updateVideo(input: {{ id: \"{id}\", width: 7 }}) {{ video {{ ...V }} }} }} {VIDEO}"
    );
    let (event, payload) = tokio::join!(stream.event(), api.ask(&update));
    assert_eq!(event["currentVideo"], expected());
    assert_eq!(data(payload)["updateVideo"]["video"], expected());
    let add = format!(
        "mutation ($input: AddVideoInput!) {{
            addVideo(input: $input) {{ video {{ ...V }} videoEdge {{ node {{ ...V }} }} }}
        }} {VIDEO}"
    );
    let payload =
        data(api.ask_with(&add, json!({ "input": input("/m/Man, Spiderman.mkv") })).await);
    let name = [("Man", true), (", ", false), ("Spiderman", true), (".mkv", false)];
    let filename = segments(&name);
    let path = segments(&[&[("/m/", false)], &name[..]].concat());
    let video = json!({ "filenameSegments": filename, "pathSegments": path });
    assert_eq!(payload["addVideo"], json!({ "video": video, "videoEdge": { "node": video } }));
}

#[tokio::test]
async fn each_field_has_a_query_of_its_own() {
    let api = spider_man().await;
    let document = "query ($query: String!) { videos { nodes {
        a: filenameSegments(query: $query) { text isMatch }
        b: filenameSegments(query: \"2\") { text isMatch }
        c: filenameSegments(query: \"\") { text isMatch }
        d: pathSegments(query: \"/m/Spider-Man 2.mkv\") { text isMatch }
        e: filenameSegments(query: \"Spider-Man 2\") { text isMatch }
    } } }";
    let answer = data(api.ask_with(document, json!({ "query": "2 -man mkv" })).await);
    let expected = json!({
        "a": segments(&[("Spider-Man 2.mkv", false)]),
        "b": segments(&[("Spider-Man ", false), ("2", true), (".mkv", false)]),
        "c": segments(&[("Spider-Man 2.mkv", false)]),
        "d": segments(&[("/m/Spider-Man 2.mkv", true)]),
        "e": segments(&[("Spider-Man 2", true), (".mkv", false)]),
    });
    assert_eq!(answer["videos"]["nodes"][0], expected);
}

#[tokio::test]
async fn their_queries_have_the_limits_of_a_search() {
    let api = spider_man().await;
    for field in ["filenameSegments", "pathSegments"] {
        let document = format!(
            "query ($query: String!) {{ videos {{ nodes {{ {field}(query: $query) {{ text }} }} }} }}"
        );
        let ask = async |query: String| api.ask_with(&document, json!({ "query": query })).await;
        for query in ["日".repeat(1000), "ä ".repeat(64)] {
            data(ask(query).await);
        }
        for (query, message) in [
            ("日".repeat(1001), "query must have at most 1000 characters, not 1001"),
            ("ä ".repeat(65), "query must have at most 64 words, not 65"),
        ] {
            let response = ask(query).await;
            assert_eq!(error(&response), ("BAD_USER_INPUT", message));
            let path = json!(["videos", "nodes", 0, field]);
            assert_eq!(response["errors"][0]["path"], path);
        }
    }
}

#[tokio::test]
async fn they_cost_as_much_as_they_can_have_segments() {
    let document = "{ videos(first: 2) { nodes { pathSegments(query: \"m\") { text isMatch } } } }";
    let max_cost = 2 + 2 * (1 + 200 * 2);
    let limits = |max_cost| DocumentLimits { max_cost, ..DocumentLimits::default() };
    data(TestApi::with_limits(limits(max_cost)).ask(document).await);
    let response = TestApi::with_limits(limits(max_cost - 1)).ask(document).await;
    let message = format!(
        "the operation could return {max_cost} fields; the maximum is {} (max-cost): request fewer \
         rows, or nest lists less deeply",
        max_cost - 1
    );
    assert_refused(&response, "TOO_COSTLY", &message);
}

/// As on a page of 500 videos: five times 100 of them.
#[tokio::test]
async fn other_requests_go_on_while_long_names_are_examined() {
    let api = TestApi::without_limits();
    for number in 0..100 {
        let path = format!("/{number}/{}", "a b-c a1 ".repeat(430));
        data(api.ask_with(ADD, json!({ "input": input(&path) })).await);
    }
    let query: String = (0..60).map(|number| format!("a{number} ")).collect();
    let query = format!("a b-c {query}");
    let pages = (0..5).map(|page| {
        format!(
            "p{page}: videos(first: 100) {{ nodes {{
                filenameSegments(query: $query) {{ text isMatch }}
                pathSegments(query: $query) {{ text isMatch }}
            }} }} "
        )
    });
    let document = format!("query ($query: String!) {{ {} }}", pages.collect::<String>());
    let turns = Arc::new(AtomicUsize::new(0));
    let others = tokio::spawn({
        let turns = Arc::clone(&turns);
        async move {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    });
    let before = turns.load(Ordering::Relaxed);
    let answer = data(api.ask_with(&document, json!({ "query": query })).await);
    let turns = turns.load(Ordering::Relaxed) - before;
    others.abort();
    assert_eq!(answer["p4"]["nodes"].as_array().map(Vec::len), Some(100));
    // 1,000 fields examine 7,800 bytes each; a turn is 16 KiB.
    assert!(turns >= 300, "others had {turns} turns");
}
