//! A mutation runs once, however often it is selected.

use serde_json::{Value, json};

use crate::support::graphql::{TestApi, data, input};

/// Asks a mutation of `$a` and `$b`, with `$yes` and `$no`; and how often the store was written to.
async fn ask(selections: &str) -> (Value, usize) {
    let api = TestApi::new();
    let fragment = match selections.contains("...A") {
        true => "fragment A on Mutation { addVideo(input: $a) { video { path } } }",
        false => "",
    };
    let document = format!(
        "mutation ($a: AddVideoInput!, $b: AddVideoInput!, $yes: Boolean!, $no: Boolean = false) {{
            {selections}
            check: addVideo(input: $b) {{ video {{ id }} }}
            ... @skip(if: $yes) {{ x: addVideo(input: $a) {{ video {{ id }} }} }}
            ... @include(if: $no) {{ x: addVideo(input: $a) {{ video {{ id }} }} }}
        }}
        {fragment}"
    );
    let variables = json!({ "a": input("/a"), "b": input("/b"), "yes": true });
    let mut answer = data(api.ask_with(&document, variables).await);
    answer.as_object_mut().unwrap().remove("check");
    (answer, api.store.take_calls()["write"] - 1)
}

#[tokio::test]
async fn what_is_selected_twice_runs_once() {
    let video = json!({ "path": "/a" });
    let whole = json!({ "path": "/a", "version": 1 });
    let both = "addVideo(input: $a) { video { path } } addVideo(input: $a) { video { version } }";
    for (selections, expected, calls) in [
        (both, json!({ "addVideo": { "video": whole } }), 1),
        ("...A ...A", json!({ "addVideo": { "video": video } }), 1),
        (
            "...A ... { addVideo(input: $a) { video { version } } }",
            json!({ "addVideo": { "video": whole } }),
            1,
        ),
        ("...A @skip(if: $yes)", json!({}), 0),
        (
            "...A @include(if: $yes) ...A @include(if: $no)",
            json!({ "addVideo": { "video": video } }),
            1,
        ),
        (
            "...A other: addVideo(input: $a) { video { path } }",
            json!({ "addVideo": { "video": video }, "other": { "video": null } }),
            2,
        ),
    ] {
        assert_eq!(ask(selections).await, (expected, calls), "{selections}");
    }
}
