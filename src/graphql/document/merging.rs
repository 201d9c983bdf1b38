//! Whether fields that are merged have the same lists and strings as arguments.
//!
//! apollo-compiler reports all other differences. It considers two lists equal if one is a prefix
//! of the other, and block strings different from equal plain ones.
//!
//! Source: [Field Selection Merging](https://spec.graphql.org/September2025/#sec-Field-Selection-Merging).

use std::collections::HashMap;

use apollo_compiler::ast::{OperationDefinition, Value};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};
use async_graphql::ServerError;

use super::visitor::{Driver, Fragments, Part, SelectedField, Selections, Visitor};
use crate::error_code::ErrorCode;

use crate::graphql::error::refused;

/// The fields that an operation selects more than once, with lists of different lengths or with a
/// string in different forms: the errors have the code `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(
    driver: &Driver<'_>,
    operation: &OperationDefinition,
    schema: &Schema,
    text: &str,
) -> Vec<ServerError> {
    let mut merging = Merging { driver, schema, text, errors: Vec::new() };
    let root = schema.root_operation(operation.operation_type);
    merging.check([(root.map(Name::as_str), &operation.selection_set[..])]);
    merging.errors
}

struct Merging<'d, 'a> {
    driver: &'d Driver<'a>,
    schema: &'a Schema,
    /// The text of the document.
    text: &'a str,
    errors: Vec<ServerError>,
}

/// Gathers the fields of an object by their keys.
#[derive(Default)]
struct Gathered<'a>(HashMap<&'a str, Vec<SelectedField<'a>>>);

impl<'a> Visitor<'a> for Gathered<'a> {
    fn enter(&mut self, part: Part<'a>) -> bool {
        let Part::Field(selected) = part else { return true };
        self.0.entry(selected.field.response_name()).or_default().push(selected);
        false
    }
}

impl<'a> Merging<'_, 'a> {
    /// Checks the fields that these select together, and all below them.
    fn check(&mut self, selections: impl IntoIterator<Item = Selections<'a>>) {
        let mut gathered = Gathered::default();
        self.driver.walk_selections(selections, Fragments::Once, &mut gathered);
        for (key, fields) in gathered.0 {
            for (at, field) in fields.iter().enumerate() {
                // What is the same as the first of its parent is the same as all of them.
                let mut before = fields[..at].iter();
                let first = before.find(|other| self.may_be_one(field.parent, other.parent));
                if first.is_some_and(|first| !self.have_like_arguments(first, field)) {
                    let message = format!("fields selected as \"{key}\" have different arguments");
                    self.errors.push(refused(ErrorCode::GraphqlValidationFailed, message, None));
                    break;
                }
            }
            let below: Vec<_> = fields.iter().map(SelectedField::selections).collect();
            self.check(below);
        }
    }

    /// Whether an object can be of both types, so that its fields are merged.
    fn may_be_one(&self, one: Option<&str>, other: Option<&str>) -> bool {
        let is_object = |name: Option<&str>| {
            let ty = name.and_then(|name| self.schema.types.get(name));
            matches!(ty, Some(ExtendedType::Object(_)))
        };
        one == other || !is_object(one) || !is_object(other)
    }

    /// Whether the arguments of two otherwise equal fields have lists of the same length and
    /// strings of the same form.
    fn have_like_arguments(&self, one: &SelectedField<'_>, other: &SelectedField<'_>) -> bool {
        one.field.arguments.iter().all(|argument| {
            let other = other.argument(&argument.name);
            other.is_none_or(|other| self.are_like(&argument.value, other))
        })
    }

    fn are_like(&self, one: &Node<Value>, other: &Node<Value>) -> bool {
        match (&**one, &**other) {
            (Value::String(_), Value::String(_)) => self.is_block(one) == self.is_block(other),
            (Value::List(one), Value::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| self.are_like(one, other))
            }
            (Value::Object(one), Value::Object(other)) => one.iter().all(|(name, value)| {
                let other = other.iter().find(|(its_name, _)| its_name == name);
                other.is_none_or(|(_, other)| self.are_like(value, other))
            }),
            _ => true,
        }
    }

    fn is_block(&self, string: &Node<Value>) -> bool {
        let begin = string.location().map_or(self.text.len(), |location| location.offset());
        self.text[begin..].starts_with(r#"""""#)
    }
}
