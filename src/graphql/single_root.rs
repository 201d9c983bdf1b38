//! Holds subscriptions to their one root field.
//!
//! async-graphql would run several side by side, and overlooks what a fragment selects at the root.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition,
    OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError};

use super::error::extensions_with;

const ROOT: &str = "Subscription";

/// The document with its subscriptions' root fragments put in their places; none where it has no
/// subscription.
///
/// # Errors
/// With the code `GRAPHQL_VALIDATION_FAILED`, when a subscription selects several fields, or one
/// that depends on a directive.
pub fn unfold(document: &ExecutableDocument) -> Result<Option<ExecutableDocument>, ServerError> {
    let is_subscription =
        |operation: &OperationDefinition| operation.ty == OperationType::Subscription;
    if !document.operations.iter().any(|(_, operation)| is_subscription(&operation.node)) {
        return Ok(None);
    }
    let mut unfolded = document.clone();
    let operations: Vec<_> = match &mut unfolded.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in operations.into_iter().filter(|operation| is_subscription(&operation.node)) {
        let mut root = Root { fragments: &document.fragments, seen: Vec::new(), field: None };
        let set = &mut operation.node.selection_set.node;
        root.add_all(set)?;
        // Where there is none, validation tells why.
        if let Some(field) = root.field {
            let pos = field.pos;
            set.items = vec![Positioned::new(Selection::Field(field), pos)];
        }
    }
    // They were used at the root, and nowhere else can they be.
    unfolded.fragments.retain(|_, fragment| fragment.node.type_condition.node.on.node != ROOT);
    Ok(Some(unfolded))
}

/// The root field of a subscription, as it is gathered.
struct Root<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The fragments that were put in: one is not needed twice, and may contain itself.
    seen: Vec<&'a Name>,
    field: Option<Positioned<Field>>,
}

impl<'a> Root<'a> {
    fn add_all(&mut self, set: &SelectionSet) -> Result<(), ServerError> {
        for Positioned { node: selection, pos } in &set.items {
            if !selection.directives().is_empty() {
                let message = "what a subscription selects at its root takes no directives";
                return Err(refusal(message, *pos));
            }
            match selection {
                Selection::Field(field) => self.add(field)?,
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| condition.node.on.node == ROOT) {
                        self.add_all(&fragment.node.selection_set.node)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.add_fragment(&spread.node.fragment_name.node)?;
                }
            }
        }
        Ok(())
    }

    fn add_fragment(&mut self, name: &Name) -> Result<(), ServerError> {
        let fragments: &'a HashMap<_, _> = self.fragments;
        match fragments.get_key_value(name) {
            Some((name, fragment)) if !self.seen.contains(&name) => {
                self.seen.push(name);
                self.add_all(&fragment.node.selection_set.node)
            }
            _ => Ok(()),
        }
    }

    /// Adds a field, which must be the same as the one that is there.
    fn add(&mut self, field: &Positioned<Field>) -> Result<(), ServerError> {
        let Some(root) = &mut self.field else {
            if field.node.name.node.starts_with("__") {
                let message = "a subscription must select what to follow, e.g. videoChanges";
                return Err(refusal(message, field.pos));
            }
            self.field = Some(field.clone());
            return Ok(());
        };
        let is_same = root.node.response_key() == field.node.response_key()
            && root.node.name == field.node.name
            && root.node.arguments == field.node.arguments;
        if !is_same {
            let message = "a subscription selects one field: subscribe to others on their own";
            return Err(refusal(message, field.pos));
        }
        let items = field.node.selection_set.node.items.iter().cloned();
        root.node.selection_set.node.items.extend(items);
        Ok(())
    }
}

fn refusal(message: &str, pos: Pos) -> ServerError {
    let error = ServerError::new(message, Some(pos));
    ServerError { extensions: Some(extensions_with("GRAPHQL_VALIDATION_FAILED")), ..error }
}
