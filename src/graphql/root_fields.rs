//! The root fields of mutations and subscriptions, of which each response key has one.
//!
//! async-graphql would run a mutation once for each time that it is selected, and overlooks what
//! fragments select at the root of a subscription.
//!
//! Source: [Field Collection](https://spec.graphql.org/September2025/#sec-Field-Collection).

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, ServerError, Variables};
use async_graphql_value::{ConstValue, Value};

use super::error::refused;

/// Whether the operation selects nothing but fields at its root, each under a key of its own.
pub fn are_plain(operation: &OperationDefinition) -> bool {
    let mut keys = HashSet::new();
    operation.selection_set.node.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => keys.insert(&field.node.response_key().node),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}

/// Holds a subscription to one root field.
///
/// # Errors
/// With the code `GRAPHQL_VALIDATION_FAILED`.
pub fn check_single(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Result<(), ServerError> {
    let fields = Root::of(document, operation, &Variables::default())?;
    match fields.get(1) {
        Some(second) => {
            let message = "a subscription selects one field: subscribe to others on their own";
            let code = "GRAPHQL_VALIDATION_FAILED";
            Err(refused(code, message.to_owned(), Some(second.pos)))
        }
        None => Ok(()),
    }
}

/// Puts the root fields of an operation in their places: fragments are put in, what is skipped is
/// left out, and fields under one key become one.
///
/// # Errors
/// With the code `GRAPHQL_VALIDATION_FAILED`, when fields under one key are not the same.
pub fn merge(
    document: &mut ExecutableDocument,
    name: Option<&Name>,
    variables: &Variables,
) -> Result<(), ServerError> {
    let named = document.operations.iter().find(|(its_name, _)| *its_name == name);
    let Some((_, operation)) = named else { return Ok(()) };
    let fields = Root::of(document, &operation.node, variables)?;
    let items = fields.into_iter().map(|field| {
        let pos = field.pos;
        Positioned::new(Selection::Field(field), pos)
    });
    let items = items.collect();
    let operation = match &mut document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => name.and_then(|name| operations.get_mut(name)),
    };
    if let Some(operation) = operation {
        operation.node.selection_set.node = SelectionSet { items };
    }
    Ok(())
}

/// The root fields of an operation, as they are gathered.
struct Root<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// The fragments that were put in: none is put in twice.
    seen: HashSet<&'a Name>,
    fields: Vec<Positioned<Field>>,
}

impl<'a> Root<'a> {
    fn of(
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
    ) -> Result<Vec<Positioned<Field>>, ServerError> {
        let (seen, fields) = Default::default();
        let mut root = Self { document, operation, variables, seen, fields };
        root.add_all(&operation.selection_set.node)?;
        Ok(root.fields)
    }

    fn add_all(&mut self, set: &'a SelectionSet) -> Result<(), ServerError> {
        for Positioned { node: selection, .. } in &set.items {
            if self.is_skipped(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => self.add(field)?,
                // Validation has seen to it that they are of the root's own type.
                Selection::InlineFragment(fragment) => {
                    self.add_all(&fragment.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let fragments = &self.document.fragments;
                    let fragment = fragments.get_key_value(&spread.node.fragment_name.node);
                    if let Some((name, fragment)) = fragment
                        && self.seen.insert(name)
                    {
                        self.add_all(&fragment.node.selection_set.node)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds a field to the one with its key, which must be the same.
    fn add(&mut self, field: &Positioned<Field>) -> Result<(), ServerError> {
        let key = field.node.response_key();
        let mut fields = self.fields.iter_mut();
        let Some(first) = fields.find(|first| first.node.response_key().node == key.node) else {
            self.fields.push(field.clone());
            return Ok(());
        };
        if first.node.name.node != field.node.name.node || !have_same_arguments(first, field) {
            let message = format!("different fields are selected as \"{}\"", key.node);
            return Err(refused("GRAPHQL_VALIDATION_FAILED", message, Some(field.pos)));
        }
        let items = field.node.selection_set.node.items.iter().cloned();
        first.node.selection_set.node.items.extend(items);
        Ok(())
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        // A subscription's root fields depend on no directive, as validation has seen to.
        if self.operation.ty == OperationType::Subscription {
            return false;
        }
        directives.iter().any(|Positioned { node: directive, .. }| {
            let given = directive.arguments.iter().find(|(name, _)| name.node == "if");
            let is_true = given.is_some_and(|(_, value)| self.is_true(&value.node));
            match directive.name.node.as_str() {
                "skip" => is_true,
                "include" => !is_true,
                _ => false,
            }
        })
    }

    fn is_true(&self, value: &Value) -> bool {
        match value {
            Value::Boolean(boolean) => *boolean,
            Value::Variable(name) => {
                let mut definitions = self.operation.variable_definitions.iter();
                let definition = definitions.find(|it| it.node.name.node == *name);
                let default = definition.and_then(|it| it.node.default_value());
                self.variables.get(name).or(default) == Some(&ConstValue::Boolean(true))
            }
            _ => false,
        }
    }
}

fn have_same_arguments(one: &Positioned<Field>, other: &Positioned<Field>) -> bool {
    let (one, other) = (&one.node.arguments, &other.node.arguments);
    one.len() == other.len()
        && one.iter().all(|(name, value)| {
            let same = other.iter().find(|(its_name, _)| its_name.node == name.node);
            same.is_some_and(|(_, its_value)| its_value.node == value.node)
        })
}
