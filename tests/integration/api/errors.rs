//! What clients are told of a request that is not valid: all of it at once, and what to do.

use serde_json::{Value, json};

use crate::support::graphql::{TestApi, data, input};

const ERRORS: &str = include_str!("../../data/errors.txt");

/// The messages of a response, in their order.
fn messages(response: &Value) -> Vec<&str> {
    let errors = response["errors"].as_array().into_iter().flatten();
    errors.map(|error| error["message"].as_str().unwrap()).collect()
}

/// The names that a message suggests.
fn suggested(message: &str) -> Vec<&str> {
    let (_, names) = message.split_once("did you mean").unwrap_or_default();
    names.split('`').skip(1).step_by(2).collect()
}

#[tokio::test]
async fn as_many_errors_and_suggestions_are_reported_as_by_the_reference() {
    let mut others = Vec::new();
    for line in ERRORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (expected, document) = line.split_once(" | ").unwrap();
        let response = TestApi::new().ask(document).await;
        let messages = messages(&response);
        let names = messages.iter().flat_map(|message| suggested(message));
        let count = messages.len().to_string();
        let found: Vec<&str> = [count.as_str()].into_iter().chain(names).collect();
        if found.join(" ") != expected {
            others.push(format!("{line}: {messages:#?}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test]
async fn errors_are_reported_in_the_order_of_the_document() {
    let document =
        "{\n  films\n  videos(first: 1.50, filter: { widht: 1 }) { totalCuont }\n  node\n}";
    let response = TestApi::new().ask(document).await;
    let error = |message: &str, line: u8, column: u8, code: &str| {
        json!({
            "message": message,
            "locations": [{ "line": line, "column": column }],
            "extensions": { "code": code },
        })
    };
    let (invalid, misfit) = ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT");
    let no_field = "does not have a field";
    let expected = [
        error(&format!("type `Query` {no_field} `films`"), 2, 3, invalid),
        error("first must be a whole number of 32 bits, not 1.50", 3, 17, misfit),
        error("filter has no field widht: did you mean `width`, `height` or `id`?", 3, 40, misfit),
        error(
            &format!("type `VideoConnection` {no_field} `totalCuont`: did you mean `totalCount`?"),
            3,
            47,
            invalid,
        ),
    ];
    let errors = response["errors"].as_array().unwrap();
    assert_eq!(errors[..4], expected, "{response:#}");
    assert_eq!(errors[4]["message"], "the required argument `Query.node(id:)` is not provided");
}

#[tokio::test]
async fn all_that_an_input_lacks_is_reported_at_once() {
    let document = "mutation ($a: AddVideoInput!, $b: Int!) {
        addVideo(input: $a) { video { id } }
        deleteVideo(input: { id: \"x\", expectedVersion: $b }) { deletedVideoId }
    }";
    let variables = json!({ "a": { "path": "/a", "width": "1", "colour": true } });
    let response = TestApi::new().ask_with(document, variables).await;
    assert_eq!(
        messages(&response),
        [
            "$a.width must be a whole number of 32 bits, not \"1\"",
            "$a has no field colour",
            "$a.durationFrames is required",
            "$a.frameRate is required",
            "$a.height is required",
            "$a.videoCodec is required",
            "$a.fileSize is required",
            "$b is required",
        ],
        "{response:#}"
    );
}

#[tokio::test]
async fn no_more_than_ten_errors_are_reported() {
    let api = TestApi::new();
    let fields: String = (0..40).map(|at| format!("a{at}: films ")).collect();
    assert_eq!(messages(&api.ask(&format!("{{ {fields} }}")).await).len(), 10);
    let bad = "\"x\", ".repeat(40);
    let document = format!("{{ videos(filter: {{ width: {{ in: [{bad}] }} }}) {{ films }} }}");
    assert_eq!(messages(&api.ask(&document).await).len(), 10);
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let response = api.ask_with(document, json!({ "ids": vec![true; 40] })).await;
    assert_eq!(messages(&response).len(), 10);
}

#[tokio::test]
async fn syntax_errors_are_put_into_words() {
    for (document, message) in [
        ("", "expected an operation, found the end of the document"),
        ("{ videos { ", "expected a field, found the end of the document"),
        ("{ videos { totalCount }", "expected `}`, found the end of the document"),
        ("{ }", "expected a field, found `}`"),
        ("query Q", "expected fields in braces, found the end of the document"),
        ("{ a } }", "expected an operation or a fragment, found `}`"),
        ("querry { a }", "expected an operation or a fragment, found `querry`"),
        ("{ a: : b }", "expected a name, found `:`"),
        ("{ a(b: ) }", "expected a value, found `)`"),
        ("{ a(b 1) }", "expected `:` or `)`, found `1`"),
        ("{ a(b: 1 }", "expected `)`, found `}`"),
        ("{ a() }", "expected an argument, found `)`"),
        ("query($a Int) { a }", "expected `:`, found `Int`"),
        ("query() { a }", "expected a variable, found `)`"),
        ("query($a: ) { a }", "expected a type, found `)`"),
        ("{ ...on }", "expected the name of a type, found `}`"),
        ("fragment F Video { id }", "expected `on` and the name of a type, found `Video`"),
        ("{ \"d\" a }", "expected a field, found a string"),
    ] {
        let response = TestApi::new().ask(document).await;
        let [found] = messages(&response)[..] else { panic!("{document}: {response:#}") };
        assert_eq!(found, format!("syntax error: {message}"), "{document}");
    }
}

#[tokio::test]
async fn no_syntax_error_shows_a_name_of_the_parser() {
    let documents = include_str!("../../data/documents.txt").lines();
    for document in documents.filter_map(|line| line.strip_prefix("invalid ")) {
        let response = TestApi::new().ask(document).await;
        for message in messages(&response) {
            let words = ["EOF", "CURLY", "PAREN", "BRACK", "StringValue", "Selection", "_KW"];
            assert!(words.iter().all(|word| !message.contains(word)), "{document}: {message}");
        }
    }
}

#[tokio::test]
async fn whole_numbers_may_be_written_as_real_ones_in_variables() {
    let api = TestApi::with_videos(3).await;
    let document = "query ($first: Int, $size: SafeInt!, $width: [Int!], $id: ID!) {
        videos(first: $first, filter: { fileSize: { gt: $size }, width: { in: $width } }) {
            nodes { id }
        }
        node(id: $id) { id }
    }";
    let width = input("/a")["width"].as_i64().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a width has few digits")]
    let width = width as f64;
    let variables = json!({ "first": 2e0, "size": -0.0, "width": width, "id": 7.0 });
    let answer = data(api.ask_with(document, variables).await);
    assert_eq!(answer["videos"]["nodes"].as_array().unwrap().len(), 2, "{answer}");
    let costly = "query ($n: Int) { videos(first: $n) { nodes { auditEntries(first: $n) {
        nodes { id actor entityId entityType requestId timestamp version operation } } } } }";
    let response = api.ask_with(costly, json!({ "n": 1e2 })).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "TOO_COSTLY", "{response}");
}

#[tokio::test]
async fn an_id_may_be_a_whole_number_of_any_size() {
    let api = TestApi::new();
    let document = "{ node(id: 123456789012345678901234567890) { id }
        nodes(ids: [-9223372036854775809, 18446744073709551616, 1]) { id } }";
    let expected = json!({ "node": null, "nodes": [null, null, null] });
    assert_eq!(data(api.ask(document).await), expected);
    let document = "query ($id: ID! = 123456789012345678901234567890, $ids: [ID!]!) {
        node(id: $id) { id } nodes(ids: $ids) { id }
    }";
    let variables = json!({ "ids": [18_446_744_073_709_551_615_u64, 1] });
    let answer = data(api.ask_with(document, variables).await);
    assert_eq!(answer, json!({ "node": null, "nodes": [null, null] }));
}

#[tokio::test]
async fn descriptions_are_read_over_and_keep_places() {
    let api = TestApi::with_videos(2).await;
    let document = "\"\"\"\nThe first page, é.\n\"\"\"\nquery Q(\"How many.\" $first: Int = 1) {
        videos(first: $first) { nodes { ...F } }
    }
    \"A video.\" fragment F on Video { filename }";
    let answer = data(api.ask(document).await);
    assert_eq!(answer["videos"]["nodes"].as_array().unwrap().len(), 1, "{answer}");
    let response = api.ask("\"é\"\nquery Q(\"é\" $a: Int) { films }").await;
    let places: Vec<_> = response["errors"].as_array().unwrap().iter().collect();
    let place = |line: u8, column: u8| json!([{ "line": line, "column": column }]);
    assert_eq!(places[0]["locations"], place(2, 13), "{response:#}");
    assert_eq!(places[1]["locations"], place(2, 24), "{response:#}");
}
