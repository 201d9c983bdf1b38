//! How many items of a list a mutation's caller may request.

use reelgraph::repository::VideoReader;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};

/// Carries out what changes the first video, with the given arguments of a list in the payload.
fn documents(arguments: &str) -> Vec<String> {
    let id = counted_id(1).to_string();
    let select = format!("select: {{ ids: [\"{id}\"] }}");
    let list = |name: &str, fields: &str| format!("{name}({arguments}) {{ {fields} }}");
    vec![
        format!(
            "updateVideos(input: {{ {select}, set: {{ width: 7 }}, dryRun: false, plan: $plan }}) {{ {} }}",
            list("items", "videoId")
        ),
        format!(
            "deleteVideos(input: {{ {select}, dryRun: false, plan: $plan }}) {{ {} }}",
            list("videos", "id")
        ),
        format!(
            "updateVideo(input: {{ id: \"{id}\", width: 7 }}) {{ video {{ {} }} }}",
            list("chapters", "title")
        ),
        format!(
            "deleteVideo(input: {{ id: \"{id}\" }}) {{ auditEntry {{ ...Entry }} }} }} \
             fragment Entry on AuditEntry {{ after {{ {} }}",
            list("chapters", "title")
        ),
        format!("addVideo(input: $new) {{ video {{ {} }} }}", list("auditEntries", "nodes { id }")),
    ]
}

/// What carries out a mutation on the first video that was planned.
async fn plan(api: &TestApi, document: &str) -> Value {
    let name = if document.starts_with("delete") { "deleteVideos" } else { "updateVideos" };
    let set = if name == "updateVideos" { ", set: { width: 7 }" } else { "" };
    let id = counted_id(1);
    let document = format!(
        "mutation {{ {name}(input: {{ select: {{ ids: [\"{id}\"] }}{set} }}) {{ plan }} }}"
    );
    data(api.ask(&document).await)[name]["plan"].take()
}

async fn ask(api: &TestApi, variables: &str, document: &str, first: Value) -> Value {
    let plan = plan(api, document).await;
    let new = json!({
        "path": "/new.mkv", "filename": "new.mkv", "durationFrames": 1,
        "frameRate": { "numerator": 24, "denominator": 1 }, "width": 1, "height": 1,
        "videoCodec": "h264", "fileSize": 1,
    });
    let used = [("$plan", "String"), ("$new", "AddVideoInput!")].into_iter();
    let used = used.filter(|(name, _)| document.contains(name));
    let declared: Vec<String> = used.map(|(name, ty)| format!("{name}: {ty}")).collect();
    let declared = format!("{} {variables}", declared.join(" "));
    let declared = if declared.trim().is_empty() { String::new() } else { format!("({declared})") };
    let document = format!("mutation {declared} {{ {document} }}");
    let mut variables = json!({ "plan": plan, "new": new });
    if first.is_number() {
        variables["n"] = first;
    }
    api.ask_with(&document, variables).await
}

#[tokio::test]
async fn more_items_than_a_list_may_have_are_refused_before_anything_is_changed() {
    let requests = [
        ("first: -1", "", Value::Null, "first must be from 0 to"),
        ("first: 1001", "", Value::Null, "first must be from 0 to"),
        ("first: $n", "$n: Int!", json!(1001), "first must be from 0 to"),
        ("first: $n", "$n: Int! = -1", Value::Null, "first must be from 0 to"),
    ];
    let api = TestApi::with_videos(2).await;
    let before = api.store.newest().await.unwrap();
    for (arguments, variables, first, expected) in requests {
        for document in documents(arguments) {
            let answer = ask(&api, variables, &document, first.clone()).await;
            let (code, message) = error(&answer);
            assert_eq!(code, "BAD_USER_INPUT", "{document}: {message}");
            assert!(message.contains(expected), "{document}: {message}");
            assert_eq!(api.store.newest().await.unwrap(), before, "{document}");
        }
    }
    let answer = ask(&api, "", &documents("first: 1001")[0], Value::Null).await;
    assert_eq!(answer["errors"][0]["path"], json!(["updateVideos", "items"]));
    let answer = ask(&api, "$n: Int = 100", &documents("first: $n")[0], Value::Null).await;
    assert_eq!(answer["errors"], Value::Null);
}
