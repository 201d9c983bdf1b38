//! Introspection describes the schema that documents are validated against.

use std::collections::BTreeMap;

use reelgraph::graphql::{DocumentLimits, sdl};
use serde_json::{Value, json};

use crate::support::graphql::{TestApi, data, types_of_types};

/// What the fields of the types of introspection lead to, by type and field.
type Fields = BTreeMap<String, BTreeMap<String, String>>;

/// The fields that introspection announces of its own types.
async fn announced() -> Fields {
    let named = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
    let document = format!(
        "{{ __schema {{ types {{ name fields(includeDeprecated: true) {{ name type {{ {named} }} \
         }} }} }} }}"
    );
    let answer = data(TestApi::new().ask(&document).await);
    let types = answer["__schema"]["types"].as_array().unwrap().iter();
    let types = types.filter(|ty| ty["name"].as_str().unwrap().starts_with("__"));
    let of_type = |ty: &Value| {
        let fields = ty["fields"].as_array().into_iter().flatten();
        let fields = fields.map(|field| {
            let mut ty = &field["type"];
            while ty["ofType"].is_object() {
                ty = &ty["ofType"];
            }
            (field["name"].as_str().unwrap().to_owned(), ty["name"].as_str().unwrap().to_owned())
        });
        (ty["name"].as_str().unwrap().to_owned(), fields.collect())
    };
    types.map(of_type).collect()
}

/// How many fields an answer has, at all depths.
fn count(answer: &Value) -> usize {
    match answer {
        Value::Object(fields) => fields.len() + fields.values().map(count).sum::<usize>(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn whatever_introspection_announces_can_be_selected() {
    let announced = announced().await;
    let paths = [
        ("__Schema", "__schema"),
        ("__Type", "__schema types"),
        ("__Field", "__schema types fields"),
        ("__InputValue", "__schema types inputFields"),
        ("__EnumValue", "__schema types enumValues"),
        ("__Directive", "__schema directives"),
    ];
    let names: Vec<_> = announced.keys().filter(|name| !announced[*name].is_empty()).collect();
    let mut expected: Vec<_> = paths.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(announced["__Type"].contains_key("isOneOf"), "{announced:?}");
    for (name, path) in paths {
        let fields = announced[name].iter().map(|(field, ty)| {
            let below = if announced.get(ty).is_some_and(|it| !it.is_empty()) {
                "{ __typename }"
            } else {
                ""
            };
            format!("{field} {below} ")
        });
        let mut document = fields.collect::<String>();
        for field in path.split(' ').rev() {
            document = format!("{field} {{ {document} }}");
        }
        let answer = data(TestApi::new().ask(&format!("{{ {document} }}")).await);
        assert!(count(&answer) > announced[name].len(), "{name}: {answer}");
    }
}

#[tokio::test]
async fn the_cost_of_introspection_is_the_number_of_fields_it_gives() {
    // Such as tools send, which name the types of fields and arguments in fragments.
    let whole = "query Schema {
            __schema {
                description
                queryType { name } mutationType { name } subscriptionType { name }
                types { ...Type }
                directives { name isRepeatable locations args(includeDeprecated: true) { ...Input } }
            }
        }
        fragment Type on __Type {
            kind name description isOneOf
            fields(includeDeprecated: true) { name args { ...Input } type { ...Named } }
            inputFields { ...Input }
            interfaces { ...Named } possibleTypes { ...Named }
            enumValues(includeDeprecated: true) { name deprecationReason }
        }
        fragment Input on __InputValue { name defaultValue isDeprecated type { ...Named } }
        fragment Named on __Type { kind name ofType { kind name ofType { kind name ofType { name } } } }";
    let nested =
        "{ __type(name: \"Query\") { name fields { args { name type { ofType { name fields {
        name } } } } type { possibleTypes { name } ofType { ...F } } } } b: __schema { ...S } }
        fragment F on __Type { name fields { type { ...G } } }
        fragment G on __Type { kind interfaces { name } ofType { name ...H } }
        fragment H on __Type { ofType { enumValues { name } fields { isDeprecated } } }
        fragment S on __Schema { directives { args { type { name } } locations } }";
    for document in [whole, nested] {
        let unlimited = DocumentLimits { max_cost: usize::MAX, ..DocumentLimits::default() };
        let answer = data(TestApi::with_limits(unlimited.clone()).ask(document).await);
        let max_cost = count(&answer);
        let limits = DocumentLimits { max_cost, ..unlimited.clone() };
        data(TestApi::with_limits(limits).ask(document).await);
        let limits = DocumentLimits { max_cost: max_cost - 1, ..unlimited };
        let refused = TestApi::with_limits(limits).ask(document).await;
        let message = format!("the operation could return {max_cost} fields");
        let found = refused["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(found.starts_with(&message), "{message}: {refused}");
    }
}

#[tokio::test]
async fn introspection_that_multiplies_is_refused() {
    let response = TestApi::new().ask(&types_of_types()).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "TOO_COSTLY", "{response}");
}

#[tokio::test]
async fn a_type_named_by_a_variable_costs_as_much_as_the_largest() {
    let document = "query ($name: String!) { __type(name: $name) { fields { name } } }";
    let largest = data(TestApi::new().ask("{ __schema { types { fields { name } } } }").await);
    let types = largest["__schema"]["types"].as_array().unwrap().iter();
    let largest = types.map(|ty| 2 + count(&ty["fields"])).max().unwrap();
    for (max_cost, is_allowed) in [(largest, true), (largest - 1, false)] {
        let limits = DocumentLimits { max_cost, ..DocumentLimits::default() };
        let api = TestApi::with_limits(limits);
        let answer = api.ask_with(document, json!({ "name": "PageInfo" })).await;
        assert_eq!(answer["errors"].is_null(), is_allowed, "{answer}");
    }
}

#[tokio::test]
async fn an_interface_lists_the_interfaces_that_it_implements() {
    let document = "{ __type(name: \"Node\") { kind interfaces { name } possibleTypes { name } } }";
    let expected = json!({ "__type": {
        "kind": "INTERFACE",
        "interfaces": [],
        "possibleTypes": [{ "name": "AuditEntry" }, { "name": "LibraryRoot" }, { "name": "ScanJob" }, { "name": "Video" }, { "name": "VideoSnapshot" }],
    } });
    assert_eq!(data(TestApi::new().ask(document).await), expected);
}

#[tokio::test]
async fn the_schema_has_a_description_of_its_own() {
    let answer = data(TestApi::new().ask("{ __schema { description } }").await);
    let description = answer["__schema"]["description"].as_str().unwrap();
    assert!(description.contains("library of videos"), "{description}");
    assert!(sdl().contains(&format!("\"{description}\"\nschema {{")), "{description}");
}

#[tokio::test]
async fn introspection_follows_variables_directives_and_fragments() {
    let document = "query ($no: Boolean!, $name: String = \"VideoEdge\") {
        __type(name: $name) @include(if: true) {
            name @skip(if: $no) kind @skip(if: true) fields(includeDeprecated: $no) { ...F }
            isOneOf specifiedByURL
        }
        none: __type(name: \"None\") { name }
        __schema { queryType { name } } __schema { queryType { kind } }
    }
    fragment F on __Field { __typename ... on __Field { called: name } }";
    let field = |name| json!({ "__typename": "__Field", "called": name });
    let answer = data(TestApi::new().ask_with(document, json!({ "no": false })).await);
    let expected = json!({
        "__type": {
            "name": "VideoEdge",
            "fields": [field("cursor"), field("node")],
            "isOneOf": null,
            "specifiedByURL": null,
        },
        "none": null,
        "__schema": { "queryType": { "name": "Query", "kind": "OBJECT" } },
    });
    assert_eq!(answer, expected);
}
