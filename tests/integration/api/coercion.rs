//! Values are coerced as in the GraphQL specification, and bad ones refused before anything runs.

use serde_json::{Value, json};

use crate::support::graphql::{TestApi, assert_refused, data, input, input_with};

/// Asks for videos with a variable of this type.
async fn with_variable(ty: &str, argument: &str, value: Value) -> Value {
    let document = format!("query ($it: {ty}) {{ videos({argument}) {{ totalCount }} }}");
    TestApi::new().ask_with(&document, json!({ "it": value })).await
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_in_documents() {
    let api = TestApi::new();
    let int = "must be a whole number of 32 bits, not";
    let safe_int = "must be a whole number from -9007199254740991 to 9007199254740991, not";
    for (arguments, message) in [
        ("first: 2147483648", format!("first {int} 2147483648")),
        ("first: 1.0", format!("first {int} 1.0")),
        ("first: \"5\"", format!("first {int} \"5\"")),
        ("first: true", format!("first {int} true")),
        ("after: 5", "after must be a string, not 5".to_owned()),
        ("filter: 5", "filter must be an object, not 5".to_owned()),
        ("filter: { size: 5 }", "filter has no field size".to_owned()),
        ("filter: { width: { eq: 9e9 } }", format!("filter.width.eq {int} 9e9")),
        ("filter: { width: { in: [1, null] } }", "filter.width.in.1 must not be null".to_owned()),
        ("filter: { and: [null] }", "filter.and.0 must not be null".to_owned()),
        (
            "filter: { fileSize: { eq: 9007199254740992 } }",
            format!("filter.fileSize.eq {safe_int} 9007199254740992"),
        ),
        ("filter: { fileSize: { eq: 1.0 } }", format!("filter.fileSize.eq {safe_int} 1.0")),
        ("filter: { fileSize: { eq: \"1\" } }", format!("filter.fileSize.eq {safe_int} \"1\"")),
        (
            "filter: { frameRate: { gt: \"1\" } }",
            "filter.frameRate.gt must be a number, not \"1\"".to_owned(),
        ),
        (
            "filter: { path: { isNull: 1 } }",
            "filter.path.isNull must be true or false, not 1".to_owned(),
        ),
        (
            "filter: { createdAt: { gt: \"today\" } }",
            "filter.createdAt.gt must be an RFC 3339 date and time such as \
             2026-11-22T10:15:30.123456Z, or a date alone such as 2026-11-22"
                .to_owned(),
        ),
        (
            "orderBy: { field: PATH, direction: UP }",
            "orderBy.direction must be one of ASC, DESC, not UP".to_owned(),
        ),
        (
            "orderBy: { field: PATH, direction: \"ASC\" }",
            "orderBy.direction must be one of ASC, DESC, not \"ASC\": did you mean `ASC` or `DESC`?"
                .to_owned(),
        ),
        ("orderBy: [{ direction: ASC }]", "orderBy.0.field is required".to_owned()),
    ] {
        let response = api.ask(&format!("{{ videos({arguments}) {{ totalCount }} }}")).await;
        assert_refused(&response, "BAD_USER_INPUT", &message);
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_in_variables() {
    for (ty, argument, value, message) in [
        (
            "Int",
            "first: $it",
            json!(2_147_483_648_u64),
            "$it must be a whole number of 32 bits, not 2147483648",
        ),
        ("Int", "first: $it", json!(1.5), "$it must be a whole number of 32 bits, not 1.5"),
        ("Int", "first: $it", json!("5"), "$it must be a whole number of 32 bits, not \"5\""),
        ("Int!", "first: $it", json!(null), "$it must not be null"),
        (
            "VideoFilter",
            "filter: $it",
            json!({ "and": [{ "sise": 1 }] }),
            "$it.and.0 has no field sise",
        ),
        (
            "[VideoOrder!]",
            "orderBy: $it",
            json!([{ "direction": "ASC" }]),
            "$it.0.field is required",
        ),
        (
            "OrderDirection!",
            "orderBy: { field: PATH, direction: $it }",
            json!("UP"),
            "$it must be one of ASC, DESC, not \"UP\"",
        ),
    ] {
        assert_refused(&with_variable(ty, argument, value).await, "BAD_USER_INPUT", message);
    }
}

#[tokio::test]
async fn a_variable_that_is_required_must_be_given() {
    let api = TestApi::new();
    let response = api.ask("query ($id: ID!) { video(id: $id) { id } }").await;
    assert_refused(&response, "BAD_USER_INPUT", "$id is required");
    let document =
        "query ($first: Int = 5) { videoStats { videoCodecs(first: $first) { codec } } }";
    let response = api.ask_with(document, json!({ "first": null })).await;
    assert_refused(&response, "BAD_USER_INPUT", "first must not be null, which $first is");
    data(api.ask(document).await);
}

#[tokio::test]
async fn a_variable_that_is_left_out_leaves_its_place_to_the_default() {
    let api = TestApi::new();
    let document = "query ($first: Int) { videoStats { videoCodecs(first: $first) { codec } } }";
    data(api.ask(document).await);
    let document = "mutation ($input: AddVideoInput!, $denominator: Int) {
        add: addVideo(input: $input) { video { id } }
        updateVideo(input: { id: \"x\", frameRate: { numerator: 25, denominator: $denominator } }) {
            userErrors { field }
        }
    }";
    let answer = data(api.ask_with(document, json!({ "input": input("/a") })).await);
    assert_eq!(answer["updateVideo"]["userErrors"], json!([{ "field": ["input", "id"] }]));
}

#[tokio::test]
async fn non_finite_numbers_are_refused() {
    let document = "{ videos(filter: { frameRate: { gt: 1e999 } }) { totalCount } }";
    let response = TestApi::new().ask(document).await;
    let message = "filter.frameRate.gt must be a number that 64 bits can hold, not 1e999";
    assert_refused(&response, "BAD_USER_INPUT", message);
}

#[tokio::test]
async fn values_that_fit_are_taken() {
    for (ty, argument, value) in [
        ("Int", "first: $it", json!(5)),
        ("Int", "first: $it", json!(null)),
        ("Int = 7", "first: $it", json!(5)),
        ("[VideoOrder!]", "orderBy: $it", json!({ "field": "PATH", "direction": "ASC" })),
        ("[Int!]", "filter: { width: { in: $it } }", json!(5)),
        ("VideoFilter", "filter: $it", json!({ "and": { "width": { "in": 5 } } })),
        ("Float!", "filter: { frameRate: { gt: $it } }", json!(25)),
        ("SafeInt!", "filter: { fileSize: { gt: $it } }", json!(-9_007_199_254_740_991_i64)),
        ("DateTime!", "filter: { createdAt: { gt: $it } }", json!("2026-01-01T01:00:00+01:00")),
    ] {
        data(with_variable(ty, argument, value).await);
    }
}

#[tokio::test]
async fn an_id_can_be_written_as_a_number() {
    let api = TestApi::new();
    assert_eq!(data(api.ask("{ node(id: 7) { id } }").await), json!({ "node": null }));
    let response = api.ask("{ node(id: 7.5) { id } }").await;
    assert_refused(&response, "BAD_USER_INPUT", "id must be a string, not 7.5");
}

#[tokio::test]
async fn a_bad_value_in_the_second_mutation_keeps_the_first_from_running() {
    let add = "mutation ($a: AddVideoInput!, $b: AddVideoInput!) {
        a: addVideo(input: $a) { video { id } } b: addVideo(input: $b) { video { id } }
    }";
    let wide = input_with("/b", json!({ "width": 3_000_000_000_u32 }));
    let delete = "mutation ($a: AddVideoInput!) {
        a: addVideo(input: $a) { video { id } }
        b: deleteVideo(input: { id: \"x\", expectedVersion: 3000000000 }) { deletedVideoId }
    }";
    for (document, variables, message) in [
        (
            add,
            json!({ "a": input("/a"), "b": wide }),
            "$b.width must be a whole number of 32 bits, not 3000000000",
        ),
        (add, json!({ "a": input("/a") }), "$b is required"),
        (
            delete,
            json!({ "a": input("/a") }),
            "input.expectedVersion must be a whole number of 32 bits, not 3000000000",
        ),
    ] {
        let api = TestApi::new();
        let response = api.ask_with(document, variables).await;
        assert_refused(&response, "BAD_USER_INPUT", message);
        assert_eq!(api.store.take_calls().len(), 0, "{document}");
    }
}

#[tokio::test]
async fn values_in_fragments_are_checked_too() {
    let api = TestApi::new();
    let document = "{ ...a } fragment a on Query { videos(first: 1.0) { totalCount } }";
    let message = "first must be a whole number of 32 bits, not 1.0";
    assert_refused(&api.ask(document).await, "BAD_USER_INPUT", message);
}
