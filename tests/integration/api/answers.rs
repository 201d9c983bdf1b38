//! The shape of answers: order, nulls, errors with their codes, and what the log gets to know.

use async_graphql::Request;
use serde_json::{Value, json};

use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, TestApi, assert_refused, data, error, input};
use crate::support::logged;
use crate::support::watched_store::Fault;

const INTERNAL: (&str, &str) = (
    "INTERNAL_SERVER_ERROR",
    "internal server error: see the server's log for the cause, under the request ID",
);

#[tokio::test]
async fn fields_come_in_the_order_of_the_document() {
    let api = TestApi::with_videos(1).await;
    let document = "{ b: videos { totalCount nodes { version path } } a: __typename }";
    let answer = api.ask(document).await.to_string();
    let expected = r#"{"data":{"b":{"totalCount":1,"nodes":[{"version":1,"path":"/media/001.mkv"}]},"a":"Query"}}"#;
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn each_kind_of_bad_request_has_its_code() {
    let api = TestApi::new();
    for (document, code) in [
        ("{ videos { ", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ films { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ videos }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ video { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID) { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("query a { __typename } query b { __typename }", "BAD_USER_INPUT"),
    ] {
        let response = api.ask(document).await;
        let (its_code, message) = error(&response);
        assert_eq!(its_code, code, "{document}: {message}");
        assert_refused(&response, code, message);
    }
}

#[tokio::test]
async fn an_operation_is_chosen_by_its_name() {
    let api = TestApi::new();
    let request = || Request::new("query a { __typename } query b { b: __typename }");
    let answer = api.send(request().operation_name("b")).await;
    assert_eq!(data(answer), json!({ "b": "Query" }));
    let response = api.send(request().operation_name("c")).await;
    assert_refused(&response, "BAD_USER_INPUT", "the document has no operation named c");
}

#[tokio::test]
async fn a_nullable_field_that_fails_is_null_and_leaves_the_others_alone() {
    for fault in [Fault::Error, Fault::Panic] {
        let api = TestApi::with_videos(1).await;
        api.store.break_next("get_by_path", fault);
        let document = "{ videoByPath(path: \"/x\") { id } videos { totalCount } }";
        let response = api.ask(document).await;
        assert_eq!(response["data"], json!({ "videoByPath": null, "videos": { "totalCount": 1 } }));
        assert_eq!(error(&response), INTERNAL);
        assert_eq!(response["errors"][0]["path"], json!(["videoByPath"]));
        assert_eq!(response["errors"][0]["extensions"]["requestId"], "request-1");
    }
}

#[tokio::test]
async fn a_non_null_field_that_fails_takes_its_parent_along() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1);
    let document = format!(
        "{{ video(id: \"{id}\") {{ id auditEntries {{ nodes {{ id }} }} }} other: __typename }}"
    );
    api.store.break_next("entries_of", Fault::Error);
    let response = api.ask(&document).await;
    assert_eq!(response["data"], json!({ "video": null, "other": "Query" }));
    assert_eq!(error(&response), INTERNAL);
    assert_eq!(response["errors"][0]["path"], json!(["video", "auditEntries"]));
}

#[tokio::test]
async fn an_error_that_nothing_above_can_take_leaves_no_data() {
    for fault in [Fault::Error, Fault::Panic] {
        let api = TestApi::with_videos(1).await;
        api.store.break_next("list", fault);
        let response = api.ask("{ videos { nodes { id } } __typename }").await;
        assert_eq!(response["data"], Value::Null);
        assert_eq!(error(&response), INTERNAL);
        // The path tells it from a request of which nothing was executed.
        assert_eq!(response["errors"][0]["path"], json!(["videos"]));
    }
}

#[tokio::test]
async fn nodes_of_one_kind_can_fail_beside_those_of_another() {
    let api = TestApi::with_videos(1).await;
    let id = counted_id(1);
    api.store.break_next("get_entries", Fault::Error);
    let document = format!("{{ nodes(ids: [\"{id}\", \"{id}:1\"]) {{ id }} }}");
    let response = api.ask(&document).await;
    assert_eq!(response["data"], json!({ "nodes": [{ "id": id.to_string() }, null] }));
    assert_eq!(error(&response), INTERNAL);
    assert_eq!(response["errors"][0]["path"], json!(["nodes", 1]));
}

#[tokio::test]
async fn a_mutation_that_fails_does_not_hide_what_the_others_did() {
    for fault in [Fault::Error, Fault::Panic] {
        let api = TestApi::new();
        api.store.break_next("write", fault);
        let document = "mutation ($a: AddVideoInput!, $b: AddVideoInput!) {
            a: addVideo(input: $a) { video { path } }
            b: addVideo(input: $b) { video { path } }
        }";
        let variables = json!({ "a": input("/a"), "b": input("/b") });
        let response = api.ask_with(document, variables).await;
        assert_eq!(response["data"], json!({ "a": null, "b": { "video": { "path": "/b" } } }));
        assert_eq!(error(&response), INTERNAL);
        assert_eq!(response["errors"][0]["path"], json!(["a"]));
    }
}

#[tokio::test]
async fn a_field_below_a_mutation_that_fails_does_not_hide_that_it_was_done() {
    let api = TestApi::new();
    api.store.break_next("entries_of", Fault::Error);
    let document = "mutation ($input: AddVideoInput!) { addVideo(input: $input) {
        video { auditEntries { totalCount nodes { id } } } auditEntry { version }
    } }";
    let response = api.ask_with(document, json!({ "input": input("/a") })).await;
    let expected = json!({ "addVideo": { "video": null, "auditEntry": { "version": 1 } } });
    assert_eq!(response["data"], expected);
    assert_eq!(error(&response), INTERNAL);
}

#[tokio::test]
async fn the_cause_of_an_internal_error_is_logged_once_and_never_shown() {
    let api = TestApi::with_videos(3).await;
    api.store.break_next("get_many", Fault::Error);
    logged::take();
    let response = api.ask("{ auditEntries { nodes { currentVideo { id } } } }").await;

    assert_eq!(response["errors"].as_array().unwrap().len(), 3);
    assert!(!response.to_string().contains("fire"), "{response:#}");
    let log = logged::take();
    assert_eq!(log.matches("ERROR").count(), 1, "{log}");
    assert!(log.contains("could not ask the disk: the disk is on fire"), "{log}");
    assert!(log.contains("request-1"), "{log}");
}

#[tokio::test]
async fn mutations_run_one_after_another() {
    let api = TestApi::new();
    let id = counted_id(7).to_string();
    let mut input = input("/a");
    input["id"] = json!(id);
    let document = format!(
        "mutation ($input: AddVideoInput!) {{
            a: addVideo(input: $input) {{ video {{ version }} }}
            b: deleteVideo(input: {{ id: \"{id}\" }}) {{ auditEntry {{ version }} }}
            c: addVideo(input: $input) {{ video {{ version }} }}
        }}"
    );
    let expected = json!({
        "a": { "video": { "version": 1 } },
        "b": { "auditEntry": { "version": 2 } },
        "c": { "video": { "version": 3 } },
    });
    assert_eq!(data(api.ask_with(&document, json!({ "input": input })).await), expected);
    assert_eq!(
        data(api.ask_with(ADD, json!({ "input": input })).await)["addVideo"]["video"]["version"],
        3
    );
}

#[tokio::test]
async fn everything_in_the_schema_has_a_description() {
    let api = TestApi::new();
    let document = "{ __schema {
        types {
            name description
            fields { name description args { name description } }
            inputFields { name description }
            enumValues { name description }
        }
        directives { name description args { name description } }
    } }";
    let schema = data(api.ask(document).await)["__schema"].clone();
    let mut count = 0;
    let types = schema["types"].as_array().unwrap();
    for part in types.iter().chain(schema["directives"].as_array().unwrap()) {
        let name = part["name"].as_str().unwrap();
        // These are GraphQL's own.
        if name != "ID" && !name.starts_with("__") {
            count += assert_described(part, "");
        }
    }
    assert!(count > 200, "only {count} descriptions were looked at");
}

/// Checks this part of the schema and all below it, and counts them.
fn assert_described(part: &Value, parent: &str) -> usize {
    let name = format!("{parent}.{}", part["name"].as_str().unwrap());
    let description = part["description"].as_str().unwrap_or_default();
    assert!(!description.is_empty(), "{name} has no description");
    let lists = ["fields", "args", "inputFields", "enumValues"];
    let below = lists.iter().filter_map(|list| part[list].as_array()).flatten();
    1 + below.map(|part| assert_described(part, &name)).sum::<usize>()
}
