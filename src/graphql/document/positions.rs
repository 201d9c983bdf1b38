//! Whether variables are allowed in their places, at every depth of a value.
//!
//! apollo-compiler only checks the types of variables that are whole arguments.
//!
//! Source: [All Variable Usages Are Allowed](https://spec.graphql.org/September2025/#sec-All-Variable-Usages-Are-Allowed).

use std::collections::HashMap;

use apollo_compiler::ast::{
    Argument, InputValueDefinition, OperationDefinition, Type, Value, VariableDefinition,
};
use apollo_compiler::parser::SourceMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};
use async_graphql::{Name, Pos, ServerError};

use super::visitor::{Driver, Fragments, Visitor};
use crate::error_code::ErrorCode;
use crate::graphql::error::refused;
use crate::graphql::schema::inputs::place::InputPath;

/// A place in which null is not allowed, although its variable can be null.
pub struct VariableRequirement {
    /// The variable.
    pub variable: Name,
    /// The place, as messages show it.
    pub place: String,
}

/// The requirements of an operation for its variables' values, beyond their types.
///
/// # Errors
/// Those of the request itself, with the code `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(
    driver: &Driver<'_>,
    operation: &OperationDefinition,
    schema: &Schema,
) -> Result<Vec<VariableRequirement>, Vec<ServerError>> {
    if operation.variables.is_empty() {
        return Ok(Vec::new());
    }
    let variables = operation.variables.iter().map(|it| (it.name.as_str(), &**it)).collect();
    let (sources, demands, errors) = (driver.sources(), Vec::new(), Vec::new());
    let mut usages = Usages { sources, variables, schema, demands, errors };
    driver.walk_operation(operation, Fragments::Once, &mut usages);
    if usages.errors.is_empty() { Ok(usages.demands) } else { Err(usages.errors) }
}

/// Looks at the variables in the arguments of an operation.
struct Usages<'a> {
    sources: &'a SourceMap,
    variables: HashMap<&'a str, &'a VariableDefinition>,
    schema: &'a Schema,
    demands: Vec<VariableRequirement>,
    errors: Vec<ServerError>,
}

/// A place for a value, and its type.
struct Position<'a> {
    place: InputPath<'a>,
    ty: &'a Type,
    has_default: bool,
}

impl<'a> Visitor<'a> for Usages<'_> {
    fn argument(&mut self, definition: &'a InputValueDefinition, argument: &'a Argument) {
        let position = Position::of(InputPath::Root(&argument.name), definition);
        self.in_value(&position, &argument.value);
    }
}

impl Usages<'_> {
    fn in_value(&mut self, position: &Position<'_>, value: &Node<Value>) {
        let Position { place, ty, .. } = position;
        match &**value {
            Value::Variable(name) => {
                if let Some(variable) = self.variables.get(name.as_str()).copied() {
                    self.usage(position, variable, value);
                }
            }
            Value::List(items) if ty.is_list() => {
                for (index, item) in items.iter().enumerate() {
                    let place = InputPath::Item(place, index);
                    let item_position = Position { place, ty: ty.item_type(), has_default: false };
                    self.in_value(&item_position, item);
                }
            }
            Value::Object(fields) => {
                let ty = self.schema.types.get(ty.inner_named_type());
                let Some(ExtendedType::InputObject(object)) = ty else { return };
                for (name, value) in fields {
                    if let Some(field) = object.fields.get(name) {
                        self.in_value(&Position::of(InputPath::Field(place, name), field), value);
                    }
                }
            }
            _ => {}
        }
    }

    fn usage(
        &mut self,
        position: &Position<'_>,
        variable: &VariableDefinition,
        value: &Node<Value>,
    ) {
        let Position { place, ty, has_default } = position;
        let may_be_null = ty.is_non_null() && !variable.ty.is_non_null();
        let default = variable.default_value.as_ref();
        let is_given = *has_default || default.is_some_and(|default| !default.is_null());
        let fits = match may_be_null {
            true => is_given && variable.ty.is_assignable_to(&(*ty).clone().nullable()),
            false => variable.ty.is_assignable_to(ty),
        };
        if !fits {
            let (name, its) = (&variable.name, &variable.ty);
            let message = format!("{place} expects {ty}, but ${name} is declared as {its}");
            let place = value.line_column_range(self.sources);
            let pos = place.map(|it| Pos { line: it.start.line, column: it.start.column });
            self.errors.push(refused(ErrorCode::GraphqlValidationFailed, message, pos));
        } else if may_be_null {
            let variable = Name::new(&variable.name);
            self.demands.push(VariableRequirement { variable, place: place.to_string() });
        }
    }
}

impl<'a> Position<'a> {
    fn of(place: InputPath<'a>, definition: &'a InputValueDefinition) -> Self {
        Self { place, ty: &definition.ty, has_default: definition.default_value.is_some() }
    }
}
