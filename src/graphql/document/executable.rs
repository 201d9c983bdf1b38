//! The part of an operation that async-graphql gets: its root fields. The rest is a plan.
//!
//! async-graphql traverses its input several times for each request, to copy it, to measure it, and
//! to remove skipped fields.

use std::collections::HashMap;
use std::sync::Arc;

use apollo_compiler::ast::Directive;
use async_graphql::{Name, Pos, Positioned, ServerError};

use super::visitor::{Driver, Fragments, Visitor};
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;
use crate::graphql::execution::direct::{Executed, Plan, bare};
use crate::graphql::execution::internals::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
    SelectionSet,
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
pub(super) fn has_conditions(driver: &Driver<'_>) -> bool {
    let mut conditions = Conditions { are_variable: false };
    driver.walk(Fragments::Once, &mut conditions);
    conditions.are_variable
}

/// The arguments of directives.
struct Conditions {
    are_variable: bool,
}

impl<'a> Visitor<'a> for Conditions {
    fn directive(&mut self, directive: &'a Directive) {
        let mut arguments = directive.arguments.iter();
        self.are_variable |= arguments.any(|argument| argument.value.as_variable().is_some());
    }
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
