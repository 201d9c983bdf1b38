//! What `docs/clients.md` shows is what the tests run.

use std::collections::BTreeSet;
use std::path::Path;

use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

use crate::support::graphql::definitions;

/// The languages of files. What shells run is no file.
const LANGUAGES: &[&str] = &["ts", "tsx", "json", "graphql", "toml", "python", "rust"];

/// The blocks of code, each with the name of its file, which stands right above it.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let blocks = document.split("\n```").collect::<Vec<_>>();
    let pairs = blocks.chunks_exact(2).filter_map(|pair| {
        let (language, block) = pair[1].split_once('\n').unwrap();
        let name = pair[0].trim_end().rsplit('`').nth(1).unwrap_or_default();
        LANGUAGES.contains(&language).then_some((name, block))
    });
    pairs.collect()
}

#[test]
fn the_document_shows_the_files_as_they_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/clients.md")).unwrap();
    let blocks = blocks(&document);
    for (name, block) in &blocks {
        let file = root.join("tests/graphql-clients").join(name);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.trim_end() == *block, "{name} is not as it is shown");
    }
    let shown: BTreeSet<_> = blocks.iter().map(|(name, _)| *name).collect();
    for recipe in ["typescript/codegen.ts", "python/gql_client.py", "rust/src/via_cynic.rs"] {
        assert!(shown.contains(recipe), "{recipe} is not shown");
    }
}

#[test]
fn the_document_names_the_versions_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let document = read("docs/clients.md");
    let pinned =
        ["typescript/package.json", "python/gql.txt", "python/ariadne.txt", "rust/Cargo.lock"]
            .map(|name| read(&format!("tests/graphql-clients/{name}")))
            .concat();
    let rows = document.lines().filter(|line| line.starts_with("| ["));
    let versions: Vec<_> =
        rows.flat_map(|row| row.split('|').nth(2).unwrap().trim().split(", ")).collect();
    assert!(versions.len() >= 10, "{versions:?}");
    for version in versions {
        let (package, version) = version.split_once(' ').unwrap();
        let forms = [
            format!("\"{package}\": \"{version}\""),
            format!("\n{package}=={version} "),
            format!("name = \"{package}\"\nversion = \"{version}\""),
        ];
        let is_pinned = forms.iter().any(|form| pinned.contains(form));
        assert!(is_pinned, "{package} is not tested at {version}");
    }
}

/// graphcache warns of each type that has no ID and is not named; it knows pages and payloads.
#[test]
fn the_recipe_for_urql_names_every_type_without_an_id() {
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
    };
    let recipe = read("tests/graphql-clients/typescript/urql.ts");
    let named = recipe.lines().filter_map(|line| line.trim().strip_suffix(": withoutKey,"));
    let schema = read("schema.graphql");
    let types = definitions(&schema).into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        _ => None,
    });
    let is_known = |name: &str| {
        let ends = ["Connection", "Edge", "Payload"];
        let others = ["Query", "Mutation", "Subscription", "PageInfo"];
        others.contains(&name) || ends.iter().any(|end| name.ends_with(end))
    };
    let without_id = types.filter_map(|definition| match definition.kind {
        TypeKind::Object(object) => {
            let has_id = object.fields.iter().any(|field| field.node.name.node == "id");
            (!has_id).then(|| definition.name.node.to_string())
        }
        _ => None,
    });
    let expected: Vec<String> = without_id.filter(|name| !is_known(name)).collect();
    assert!(expected.len() > 10, "{expected:?}");
    let named: Vec<&str> = named.collect();
    assert_eq!(
        named.into_iter().collect::<BTreeSet<_>>(),
        expected.iter().map(String::as_str).collect()
    );
}
