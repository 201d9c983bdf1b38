//! Leaves out the arguments whose variables are left out, so that they take their own defaults.
//!
//! async-graphql would take such an argument for one that is null.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::Value;

/// Leaves out the arguments that have no value with these variables of an operation.
pub(super) fn leave_out(
    document: &mut ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let omitted = definitions
        .filter(|it| it.default_value.is_none() && !variables.contains_key(&it.name.node));
    let omitted: Vec<&Name> = omitted.map(|definition| &definition.name.node).collect();
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

fn leave_out_of(set: &mut Positioned<SelectionSet>, omitted: &[&Name]) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let field = &mut field.node;
                field.arguments.retain(|(_, value)| match &value.node {
                    Value::Variable(name) => !omitted.contains(&name),
                    _ => true,
                });
                leave_out_of(&mut field.selection_set, omitted);
            }
            Selection::InlineFragment(fragment) => {
                leave_out_of(&mut fragment.node.selection_set, omitted);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
