//! What is known of a document that is valid.

use async_graphql::Name;

use super::coercion::Variable;
use super::consistency::{Consistency, RootFields};
use super::cost::Cost;
use super::executable::Executable;
use super::positions::VariableRequirement;
use super::sizes::SizeVariable;
use crate::graphql::execution::internals::ExecutableDocument;

/// A document that is valid.
pub struct Document {
    pub parsed: ExecutableDocument,
    pub operations: Vec<Operation>,
}

/// What is known about an operation before its variables.
pub struct Operation {
    pub name: Option<Name>,
    pub consistency: Consistency,
    pub root_fields: RootFields,
    pub variables: Vec<Variable>,
    pub demands: Vec<VariableRequirement>,
    pub sizes: Vec<SizeVariable>,
    pub cost: Cost,
    /// None if variables determine what is skipped.
    pub executable: Option<Executable>,
}

impl Document {
    /// The number of fields in its plans.
    pub fn planned_fields(&self) -> usize {
        let executables = self.operations.iter().filter_map(|it| it.executable.as_ref());
        executables.map(Executable::planned_fields).sum()
    }
}
