//! The part of an operation that async-graphql gets: its root fields. The rest is a plan.
//!
//! async-graphql traverses its input several times for each request, to copy it, to measure it, and
//! to remove skipped fields.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Name, Pos, Positioned, ServerError};

use crate::error_code::ErrorCode;
use crate::graphql::error::refused;
use crate::graphql::execution::direct::{Executed, Plan, bare};
use crate::graphql::execution::internals::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
    SelectionSet, Value,
};
use crate::graphql::schema::mutation::Mutation;
use crate::graphql::schema::query::Query;
use crate::graphql::schema::subscription::Subscription;

/// An operation in the form in which it is executed.
pub(super) struct Executable {
    /// The document for async-graphql.
    pub document: ExecutableDocument,
    /// How the values of the root fields are written; none if async-graphql does it.
    pub plan: Option<Arc<Plan>>,
}

impl Executable {
    /// The operation with this name, without skipped fields, and with fields of one key merged.
    pub fn planned(executed: Executed<'_>, name: Option<&Name>) -> Self {
        let operation = Positioned::new(with_root_fields_alone(executed), Pos::default());
        let operations = match name {
            Some(name) => DocumentOperations::Multiple([(name.clone(), operation)].into()),
            None => DocumentOperations::Single(operation),
        };
        let document = ExecutableDocument { operations, fragments: HashMap::new() };
        Self { document, plan: Some(Arc::new(plan(executed))) }
    }

    /// The operations of this document, left to async-graphql.
    pub fn unplanned(document: ExecutableDocument) -> Self {
        Self { document, plan: None }
    }

    /// The number of fields in the plan.
    pub fn planned_fields(&self) -> usize {
        self.plan.as_ref().map_or(0, |plan| plan.count())
    }
}

/// Whether variables determine what a document selects.
pub(super) fn has_conditions(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, it)| &it.node.selection_set);
    let fragments = document.fragments.values().map(|it| &it.node.selection_set);
    operations.chain(fragments).any(|set| is_conditional(&set.node))
}

fn is_conditional(set: &SelectionSet) -> bool {
    set.items.iter().any(|Positioned { node: selection, .. }| {
        let directives = selection.directives().iter();
        let mut arguments = directives.flat_map(|directive| &directive.node.arguments);
        let below = match selection {
            Selection::Field(field) => Some(&field.node.selection_set),
            Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set),
            Selection::FragmentSpread(_) => None,
        };
        arguments.any(|(_, value)| matches!(value.node, Value::Variable(_)))
            || below.is_some_and(|set| is_conditional(&set.node))
    })
}

/// Holds a subscription to one root field. async-graphql overlooks those that fragments select.
///
/// # Errors
/// With the code `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check_single_root(executed: Executed<'_>) -> Result<(), ServerError> {
    let fields = executed.of_root(root_type(executed.operation.ty));
    match fields.get_index(1) {
        Some((_, second)) => {
            let message = "a subscription must select exactly one field: use a separate \
                           subscription for each";
            let code = ErrorCode::GraphqlValidationFailed;
            Err(refused(code, message.to_owned(), Some(second[0].pos)))
        }
        None => Ok(()),
    }
}

/// The root type of an operation.
fn root_type(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

fn plan(executed: Executed<'_>) -> Plan {
    match executed.operation.ty {
        OperationType::Query => Plan::root::<Query>(executed),
        OperationType::Mutation => Plan::root::<Mutation>(executed),
        OperationType::Subscription => Subscription::plan(executed),
    }
}

fn with_root_fields_alone(executed: Executed<'_>) -> OperationDefinition {
    let OperationDefinition { ty, variable_definitions, .. } = executed.operation;
    let fields = executed.of_root(root_type(*ty)).into_values();
    let items = fields.map(|fields| {
        let field = bare(fields[0]);
        let pos = field.pos;
        Positioned::new(Selection::Field(field), pos)
    });
    let set = SelectionSet { items: items.collect() };
    OperationDefinition {
        ty: *ty,
        variable_definitions: variable_definitions.clone(),
        directives: Vec::new(),
        selection_set: Positioned::new(set, Pos::default()),
    }
}
