//! Whether fields that become one have the same lists in their arguments.
//!
//! apollo-compiler tells of all other differences, and takes two lists for the same where one of
//! them only begins like the other.
//!
//! Source: [Field Selection Merging](https://spec.graphql.org/September2025/#sec-Field-Selection-Merging).

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::ServerError;

use crate::graphql::error::refused;

/// Refuses an operation that selects one field with lists of different lengths.
///
/// # Errors
/// Those of the request itself, with the code `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &Operation,
    schema: &Schema,
) -> Result<(), ServerError> {
    Merging { document, schema }.check(&[&operation.selection_set])
}

struct Merging<'a> {
    document: &'a ExecutableDocument,
    schema: &'a Schema,
}

/// A field, and the type that it is selected of.
type Selected<'a> = (&'a str, &'a Field);

impl<'a> Merging<'a> {
    /// Checks the fields that these sets select together, and all below them.
    fn check(&self, sets: &[&'a SelectionSet]) -> Result<(), ServerError> {
        let (mut by_key, mut seen) = (HashMap::new(), HashSet::new());
        for set in sets {
            self.gather(set, &mut by_key, &mut seen);
        }
        by_key.into_values().try_for_each(|fields: Vec<Selected<'a>>| {
            for (at, (parent, field)) in fields.iter().enumerate() {
                // What is the same as the first of its parent is the same as all of them.
                let mut before = fields[..at].iter();
                let first = before.find(|(other, _)| self.may_be_one(parent, other));
                if first.is_some_and(|(_, first)| !have_like_lists(first, field)) {
                    let key = field.response_key();
                    let message = format!("fields selected as \"{key}\" have different arguments");
                    return Err(refused("GRAPHQL_VALIDATION_FAILED", message, None));
                }
            }
            let below: Vec<_> = fields.iter().map(|(_, field)| &field.selection_set).collect();
            self.check(&below)
        })
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

    /// Whether something can be of both types, so that fields of it become one.
    fn may_be_one(&self, one: &str, other: &str) -> bool {
        let is_object = |name| matches!(self.schema.types.get(name), Some(ExtendedType::Object(_)));
        one == other || !is_object(one) || !is_object(other)
    }
}

/// Whether the lists in the arguments of two fields, which are the same otherwise, are as long.
fn have_like_lists(one: &Field, other: &Field) -> bool {
    one.arguments.iter().all(|argument| {
        let other = other.specified_argument_by_name(&argument.name);
        other.is_none_or(|other| are_like(&argument.value, other))
    })
}

fn are_like(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| are_like(one, other))
        }
        (Value::Object(one), Value::Object(other)) => one.iter().all(|(name, value)| {
            let other = other.iter().find(|(its_name, _)| its_name == name);
            other.is_none_or(|(_, other)| are_like(value, other))
        }),
        _ => true,
    }
}
