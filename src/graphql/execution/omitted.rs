//! Removes arguments whose variables are omitted, so that their defaults apply.
//!
//! async-graphql would treat such an argument as null.

use std::borrow::Cow;

use async_graphql::{Name, Positioned, Variables};

use super::internals::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
    Value,
};

/// The field without the arguments that have no value with these variables of an operation.
pub fn with_given_arguments<'a>(
    field: &'a Positioned<Field>,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Cow<'a, Positioned<Field>> {
    let omitted = omitted(operation, variables);
    let arguments = &field.node.arguments;
    if arguments.iter().all(|(_, value)| is_given(&value.node, &omitted)) {
        return Cow::Borrowed(field);
    }
    let mut field = field.clone();
    field.node.arguments.retain(|(_, value)| is_given(&value.node, &omitted));
    Cow::Owned(field)
}

/// Leaves out the arguments that have no value with these variables of an operation.
pub fn leave_out(
    document: &mut ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) {
    let omitted = omitted(operation, variables);
    if omitted.is_empty() {
        return;
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => {
            leave_out_of(&mut operation.node.selection_set, &omitted);
        }
        DocumentOperations::Multiple(operations) => operations
            .values_mut()
            .for_each(|operation| leave_out_of(&mut operation.node.selection_set, &omitted)),
    }
    for fragment in document.fragments.values_mut() {
        leave_out_of(&mut fragment.node.selection_set, &omitted);
    }
}

/// The variables of an operation that have no value.
fn omitted<'a>(operation: &'a OperationDefinition, variables: &Variables) -> Vec<&'a Name> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let omitted = definitions
        .filter(|it| it.default_value.is_none() && !variables.contains_key(&it.name.node));
    omitted.map(|definition| &definition.name.node).collect()
}

fn is_given(value: &Value, omitted: &[&Name]) -> bool {
    !matches!(value, Value::Variable(name) if omitted.contains(&name))
}

fn leave_out_of(set: &mut Positioned<SelectionSet>, omitted: &[&Name]) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let field = &mut field.node;
                field.arguments.retain(|(_, value)| is_given(&value.node, omitted));
                leave_out_of(&mut field.selection_set, omitted);
            }
            Selection::InlineFragment(fragment) => {
                leave_out_of(&mut fragment.node.selection_set, omitted);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
