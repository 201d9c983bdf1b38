//! Literals in a document, independent of its variables.

use std::collections::HashSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::{Argument, InputValueDefinition, VariableDefinition};

use super::check::Check;
use super::misfit::TypeMismatch;
use crate::graphql::document::visitor::{Driver, Fragments, Part, Visitor};
use crate::graphql::schema::inputs::place::InputPath;

/// What is known about the values in a document.
pub struct Literals {
    /// Those that do not fit, the first ones.
    pub misfits: Vec<TypeMismatch>,
    /// Locations of IDs that are whole numbers beyond 64 bits, in bytes.
    pub large_ids: HashSet<usize>,
}

/// Checks every literal in a document.
///
/// Other errors in the document are left to validation.
pub fn check_literals(schema: &Schema, driver: &Driver<'_>) -> Literals {
    let mut check = Check::new(schema);
    driver.walk(Fragments::Once, &mut check);
    let Check { misfits, large_ids, .. } = check;
    Literals { misfits, large_ids: large_ids.into_iter().collect() }
}

impl<'a> Visitor<'a> for Check<'_> {
    fn enter(&mut self, part: Part<'a>) -> bool {
        // Validation reports an unknown field, and nothing is known of what is below it.
        !matches!(part, Part::Field(selected) if selected.definition.is_none())
    }

    fn variable(&mut self, definition: &'a VariableDefinition) {
        let name = format!("${}", definition.name);
        if let Some(default) = &definition.default_value {
            self.variable_value(&definition.ty, default, &InputPath::Root(&name));
        }
    }

    fn argument(&mut self, definition: &'a InputValueDefinition, argument: &'a Argument) {
        self.value(&definition.ty, &argument.value, &InputPath::Root(&argument.name));
    }
}
