//! Literals in a document, independent of its variables.

use std::collections::HashSet;

use apollo_compiler::ast::{
    Argument, Definition, DirectiveList, Document, InputValueDefinition, Selection,
};
use apollo_compiler::{Node, Schema};

use super::check::Check;
use super::misfit::Misfit;
use crate::graphql::schema::inputs::place::Place;

/// What is known about the values in a document.
pub struct Literals {
    /// Those that do not fit, the first ones.
    pub misfits: Vec<Misfit>,
    /// Locations of IDs that are whole numbers beyond 64 bits, in bytes.
    pub large_ids: HashSet<usize>,
}

/// Checks every literal in a document.
///
/// Other errors in the document are left to validation.
pub fn check_literals(schema: &Schema, document: &Document) -> Literals {
    let mut walk = Walk { schema, check: Check::new(schema) };
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                walk.directives(&operation.directives);
                for variable in &operation.variables {
                    let name = format!("${}", variable.name);
                    let default = variable.default_value.iter();
                    default.for_each(|it| walk.check.value(&variable.ty, it, &Place::Root(&name)));
                    walk.directives(&variable.directives);
                }
                if let Some(root) = schema.root_operation(operation.operation_type) {
                    walk.selections(root, &operation.selection_set);
                }
            }
            // Every fragment is checked once, by itself.
            Definition::FragmentDefinition(fragment) => {
                walk.directives(&fragment.directives);
                walk.selections(&fragment.type_condition, &fragment.selection_set);
            }
            _ => {}
        }
    }
    let Check { misfits, large_ids, .. } = walk.check;
    Literals { misfits, large_ids: large_ids.into_iter().collect() }
}

struct Walk<'a> {
    schema: &'a Schema,
    check: Check<'a>,
}

impl<'a> Walk<'a> {
    fn selections(&mut self, on: &'a str, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives);
                    if let Ok(definition) = self.schema.type_field(on, &field.name) {
                        self.arguments(&definition.arguments, &field.arguments);
                        self.selections(definition.ty.inner_named_type(), &field.selection_set);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.directives);
                    let on = fragment.type_condition.as_ref().map_or(on, |condition| condition);
                    self.selections(on, &fragment.selection_set);
                }
                Selection::FragmentSpread(spread) => self.directives(&spread.directives),
            }
        }
    }

    fn directives(&mut self, directives: &'a DirectiveList) {
        for directive in directives {
            if let Some(definition) = self.schema.directive_definitions.get(&directive.name) {
                self.arguments(&definition.arguments, &directive.arguments);
            }
        }
    }

    fn arguments(
        &mut self,
        definitions: &'a [Node<InputValueDefinition>],
        arguments: &'a [Node<Argument>],
    ) {
        for argument in arguments {
            let definition = definitions.iter().find(|it| it.name == argument.name);
            if let Some(definition) = definition {
                let place = Place::Root(&argument.name);
                self.check.value(&definition.ty, &argument.value, &place);
            }
        }
    }
}
