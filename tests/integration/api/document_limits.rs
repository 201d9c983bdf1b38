//! The limits of documents fit each other, and a refusal names the one to raise.

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use reelgraph::graphql::DocumentLimits;
use serde_json::Value;

use crate::support::graphql::{TestApi, definitions};

const SCHEMA: &str = include_str!("../../../schema.graphql");

/// How many aliases a document can have.
const ALIASES: usize = 500;

/// What a client that keeps its list up to date selects of a mutation.
const ANSWER: &str = "{ video { id version updatedAt } auditEntry { id }
    userErrors { code message field } }";

/// The type with this name; none if it is built in.
fn type_named(name: &str) -> Option<TypeDefinition> {
    let mut types = definitions(SCHEMA).into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) => Some(ty.node),
        _ => None,
    });
    types.find(|ty| ty.name.node == name)
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

/// A literal of an input type for a field, with all that it can have.
fn literal(field: &str, name: &str) -> String {
    let is_path = ["path", "filename", "thumbnailPath"].contains(&field);
    match name {
        "ID" => "\"c78bce5b-65ee-4465-bf77-675b13c4be39\"".to_owned(),
        "String" if is_path => "\"/media/films/A Film (2019) [1080p].mkv\"".to_owned(),
        "String" => "\"h264\"".to_owned(),
        "Int" => "1920".to_owned(),
        "SafeInt" => "4000000000".to_owned(),
        _ => match type_named(name).map(|ty| ty.kind) {
            Some(TypeKind::InputObject(object)) => {
                let field = |Positioned { node, .. }: &Positioned<InputValueDefinition>| {
                    format!(
                        "{}: {}",
                        node.name.node,
                        literal(&node.name.node, named(&node.ty.node))
                    )
                };
                let fields: Vec<String> = object.fields.iter().map(field).collect();
                format!("{{{}}}", fields.join(" "))
            }
            kind => panic!("{name} has no literal here: {kind:?}"),
        },
    }
}

/// All fields of a type that need no argument, and those of the objects in it, but for lists. Of other nodes,
/// it is the ID.
fn selection(name: &str) -> String {
    let Some(TypeKind::Object(object)) = type_named(name).map(|ty| ty.kind) else {
        return String::new();
    };
    let is_plain = |field: &&Positioned<FieldDefinition>| {
        let takes_nothing = field.node.arguments.is_empty();
        takes_nothing && !matches!(field.node.ty.node.base, BaseType::List(_))
    };
    let field = |field: &Positioned<FieldDefinition>| {
        let FieldDefinition { name, ty, .. } = &field.node;
        match named(&ty.node) {
            "LibraryRoot" => format!("{} {{ id }}", name.node),
            ty => format!("{} {}", name.node, selection(ty)),
        }
    };
    let fields: String = object.fields.iter().filter(is_plain).map(field).collect();
    format!("{{ {fields}}}")
}

fn aliased(field: &str) -> String {
    (0..ALIASES).map(|number| format!("a{number}: {field}\n")).collect()
}

#[tokio::test]
async fn as_many_aliases_of_the_largest_ordinary_operations_are_within_all_limits() {
    assert_eq!(DocumentLimits::default().max_aliases, ALIASES);
    let api = TestApi::with_videos(1).await;
    let [add, update, delete] = ["AddVideoInput", "UpdateVideoInput", "DeleteVideoInput"]
        .map(|name| literal("input", name));
    let id = literal("id", "ID");
    let video = selection("Video");
    for document in [
        format!("mutation {{ {} }}", aliased(&format!("addVideo(input: {add}) {ANSWER}"))),
        format!("mutation {{ {} }}", aliased(&format!("updateVideo(input: {update}) {ANSWER}"))),
        format!(
            "mutation {{ {} }}",
            aliased(&format!(
                "deleteVideo(input: {delete}) {{ deletedVideoId userErrors {{ code message field }} }}"
            ))
        ),
        format!("{{ {} }}", aliased(&format!("video(id: {id}) {video}"))),
        format!(
            "query ($id: ID!) {{ {} }} fragment Video on Video {video}",
            aliased("video(id: $id) { ...Video }")
        ),
    ] {
        let variables = serde_json::json!({ "id": "c78bce5b-65ee-4465-bf77-675b13c4be39" });
        let variables = if document.contains("$id") { variables } else { Value::Null };
        let answer = api.ask_with(&document, variables).await;
        assert!(answer.get("errors").is_none(), "{:.300}: {:.300}", document, answer.to_string());
    }
}

/// Why a document is beyond the limits, as the refusal names it.
async fn refusal(api: &TestApi, document: &str) -> (String, String) {
    let answer = api.ask(document).await;
    let error = &answer["errors"][0];
    let limit = error["extensions"]["limit"].as_str().unwrap_or_default();
    (limit.to_owned(), error["message"].as_str().unwrap_or_default().to_owned())
}

/// A change of the limits.
type Raise = fn(&mut DocumentLimits);

#[tokio::test]
async fn a_refusal_names_the_limit_that_has_to_be_raised() {
    let condition = "width: { gt: 1 }";
    let any = |count: usize| format!("{{ {condition} }} ").repeat(count);
    let levels = |count: usize| format!("{}{{}}{}", "{ not: ".repeat(count), " }".repeat(count));
    let twice = |fields: &str| format!("{{ ...All ...All }} fragment All on Query {{ {fields} }}");
    let filtered = |filter: &str| format!("{{ videos(filter: {filter}) {{ totalCount }} }}");
    let cases: [(&str, String, Raise); 7] = [
        ("max-document-bytes", format!("{{ __typename }}{}", " ".repeat(262_144)), |limits| {
            limits.max_document_bytes *= 2;
        }),
        ("max-tokens", format!("{}{{ __typename }}", "#\n".repeat(40_000)), |limits| {
            limits.max_tokens *= 2;
        }),
        ("max-fields", twice(&"__typename ".repeat(12_500)), |limits| {
            limits.max_fields *= 2;
        }),
        ("max-aliases", format!("{{ {} a: __typename }}", aliased("__typename")), |limits| {
            limits.max_aliases *= 2;
        }),
        (
            "max-directives",
            format!("{{ {} }}", "__typename @skip(if: false) ".repeat(201)),
            |limits| limits.max_directives *= 2,
        ),
        ("max-depth", nested(31), |limits| limits.max_depth *= 2),
        (
            "max-cost",
            "{ videos(first: 100) { nodes { auditEntries(first: 100) { nodes { id path: version
                actor timestamp operation } } } } }"
                .to_owned(),
            |limits| limits.max_cost *= 2,
        ),
    ];
    for (limit, document, raise) in cases {
        let (named, message) = refusal(&TestApi::new(), &document).await;
        assert_eq!(named, limit, "{message}");
        assert!(message.contains(&format!("({limit})")), "{message}");
        let mut limits = DocumentLimits::default();
        raise(&mut limits);
        let (named, message) = refusal(&TestApi::with_limits(limits), &document).await;
        assert_eq!((&*named, &*message), ("", ""), "{limit} is raised");
    }
    // These are read later, by the resolver, and have no other limit behind them.
    for (limit, document) in [
        ("max-filter-conditions", filtered(&format!("{{ or: [{}] }}", any(201)))),
        ("max-filter-levels", filtered(&levels(10))),
    ] {
        let (_, message) = refusal(&TestApi::new(), &document).await;
        assert!(message.contains(&format!("({limit})")), "{limit}: {message}");
    }
}

/// A document whose fields are nested so many levels deep.
fn nested(levels: usize) -> String {
    let level = "currentVideo { auditEntries(first: 1) { nodes { ";
    let open = format!("{{ auditEntries(first: 1) {{ nodes {{ {}", level.repeat((levels - 3) / 3));
    let last = ["id", "currentVideo { id }", "currentVideo { auditEntries { totalCount } }"];
    let document = format!("{open}{}", last[(levels - 3) % 3]);
    let closed = document.matches('{').count() - document.matches('}').count();
    format!("{document}{}", " }".repeat(closed))
}
