//! Whether fields that are merged have the same lists and strings as arguments.
//!
//! apollo-compiler reports all other differences. It considers two lists equal if one is a prefix
//! of the other, and block strings different from equal plain ones.
//!
//! Source: [Field Selection Merging](https://spec.graphql.org/September2025/#sec-Field-Selection-Merging).

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use async_graphql::ServerError;

use crate::error_code::ErrorCode;
use crate::graphql::error::refused;

/// The fields that an operation selects more than once, with lists of different lengths or with a
/// string in different forms: the errors have the code `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &Operation,
    schema: &Schema,
    text: &str,
) -> Vec<ServerError> {
    let mut merging = Merging { document, schema, text, errors: Vec::new() };
    merging.check(&[&operation.selection_set]);
    merging.errors
}

struct Merging<'a> {
    document: &'a ExecutableDocument,
    schema: &'a Schema,
    /// The text of the document.
    text: &'a str,
    errors: Vec<ServerError>,
}

/// A field, and the type that it is selected of.
type Selected<'a> = (&'a str, &'a Field);

impl<'a> Merging<'a> {
    /// Checks the fields that these sets select together, and all below them.
    fn check(&mut self, sets: &[&'a SelectionSet]) {
        let (mut by_key, mut seen) = (HashMap::new(), HashSet::new());
        for set in sets {
            self.gather(set, &mut by_key, &mut seen);
        }
        for fields in by_key.into_values() {
            let fields: Vec<Selected<'a>> = fields;
            for (at, (parent, field)) in fields.iter().enumerate() {
                // What is the same as the first of its parent is the same as all of them.
                let mut before = fields[..at].iter();
                let first = before.find(|(other, _)| self.may_be_one(parent, other));
                if first.is_some_and(|(_, first)| !self.have_like_arguments(first, field)) {
                    let key = field.response_key();
                    let message = format!("fields selected as \"{key}\" have different arguments");
                    self.errors.push(refused(ErrorCode::GraphqlValidationFailed, message, None));
                    break;
                }
            }
            let below: Vec<_> = fields.iter().map(|(_, field)| &field.selection_set).collect();
            self.check(&below);
        }
    }

    fn gather(
        &self,
        set: &'a SelectionSet,
        by_key: &mut HashMap<&'a str, Vec<Selected<'a>>>,
        seen: &mut HashSet<&'a str>,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    by_key.entry(field.response_key()).or_default().push((&set.ty, field));
                }
                Selection::InlineFragment(part) => self.gather(&part.selection_set, by_key, seen),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.fragment_name);
                    if let Some(fragment) = fragment
                        && seen.insert(&spread.fragment_name)
                    {
                        self.gather(&fragment.selection_set, by_key, seen);
                    }
                }
            }
        }
    }

    /// Whether an object can be of both types, so that its fields are merged.
    fn may_be_one(&self, one: &str, other: &str) -> bool {
        let is_object = |name| matches!(self.schema.types.get(name), Some(ExtendedType::Object(_)));
        one == other || !is_object(one) || !is_object(other)
    }

    /// Whether the arguments of two otherwise equal fields have lists of the same length and
    /// strings of the same form.
    fn have_like_arguments(&self, one: &Field, other: &Field) -> bool {
        one.arguments.iter().all(|argument| {
            let mut others = other.arguments.iter();
            let other = others.find(|other| other.name == argument.name);
            other.is_none_or(|other| self.are_like(&argument.value, &other.value))
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
