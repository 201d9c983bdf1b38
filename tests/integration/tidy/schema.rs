//! The schema is what the code builds, and keeps the contract.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    ConstDirective, FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Positioned, Value};

use crate::support::graphql::definitions;

const CONTRACT: &str = include_str!("../../data/contract.graphql");
const SCHEMA: &str = include_str!("../../../schema.graphql");

#[test]
fn the_committed_schema_is_what_the_code_builds() {
    assert!(
        reelgraph::graphql::sdl() == SCHEMA,
        "schema.graphql is out of date: write it anew with `cargo run -- schema > schema.graphql`"
    );
}

#[test]
fn the_schema_keeps_the_contract() {
    let schema = promises(SCHEMA);
    for (name, promise) in promises(CONTRACT) {
        assert_eq!(schema.get(&name), Some(&promise), "{name}");
    }
}

#[test]
fn the_schema_requires_no_argument_that_the_contract_has_not() {
    let contract = promises(CONTRACT);
    for (name, promise) in promises(SCHEMA) {
        let may_be_left_out = !promise.contains('!') || promise.contains(" = ");
        let is_in_contract_type =
            contract.contains_key(name.rsplit_once('.').map_or("", |(parent, _)| parent));
        let is_input = promise.starts_with("input value");
        if is_input && is_in_contract_type && !contract.contains_key(&name) {
            assert!(may_be_left_out, "{name} is required, and the contract does not have it");
        }
    }
}

/// All that a schema promises: each type, field, argument, input field and enum value by its
/// path, with its kind, type, default and directives.
fn promises(sdl: &str) -> BTreeMap<String, String> {
    let mut promises = BTreeMap::new();
    for definition in definitions(sdl) {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let ty = ty.node;
        let name = ty.name.node.to_string();
        let kind = match ty.kind {
            TypeKind::Scalar => format!("scalar{}", directives(&ty.directives)),
            TypeKind::Object(object) => {
                fields(&name, &object.fields, &mut promises);
                let mut implements: Vec<String> =
                    object.implements.iter().map(ToString::to_string).collect();
                implements.sort();
                format!("type implements {implements:?}")
            }
            TypeKind::Interface(interface) => {
                fields(&name, &interface.fields, &mut promises);
                "interface".to_owned()
            }
            TypeKind::Union(union) => format!("union {:?}", union.members),
            TypeKind::Enum(values) => {
                for value in values.values {
                    let value = format!("{name}.{}", value.node.value);
                    promises.insert(value, "enum value".to_owned());
                }
                "enum".to_owned()
            }
            TypeKind::InputObject(input) => {
                input_values(&name, &input.fields, &mut promises);
                format!("input{}", directives(&ty.directives))
            }
        };
        promises.insert(name, kind);
    }
    promises
}

fn fields(
    parent: &str,
    fields: &[Positioned<FieldDefinition>],
    promises: &mut BTreeMap<String, String>,
) {
    for Positioned { node: field, .. } in fields {
        let name = format!("{parent}.{}", field.name);
        input_values(&name, &field.arguments, promises);
        promises.insert(name, format!("field {}{}", field.ty, directives(&field.directives)));
    }
}

fn input_values(
    parent: &str,
    values: &[Positioned<InputValueDefinition>],
    promises: &mut BTreeMap<String, String>,
) {
    for Positioned { node: value, .. } in values {
        let default = value.default_value.as_ref().map(|default| format!(" = {default}"));
        let promise = format!(
            "input value {}{}{}",
            value.ty,
            default.unwrap_or_default(),
            directives(&value.directives)
        );
        promises.insert(format!("{parent}.{}", value.name), promise);
    }
}

fn directives(directives: &[Positioned<ConstDirective>]) -> String {
    let shown = directives.iter().map(|directive| {
        let arguments = directive.node.arguments.iter();
        let arguments: Vec<(String, Value)> =
            arguments.map(|(name, value)| (name.to_string(), value.node.clone())).collect();
        format!(" @{} {arguments:?}", directive.node.name)
    });
    shown.collect()
}
