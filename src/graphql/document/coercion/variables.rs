//! The values of variables, which come with each request.

use apollo_compiler::Schema;
use apollo_compiler::ast::{OperationDefinition as Syntax, Type};
use apollo_compiler::schema::ExtendedType;
use async_graphql::{Name, Pos, ServerError, Variables};

use super::check::Check;
use super::misfit::{CODE, MAX_ERRORS, shortened};
use super::numeral::Numeral;
use crate::graphql::document::positions::VariableRequirement;
use crate::graphql::error::refused;
use crate::graphql::execution::internals::{ConstValue, DocumentOperations, OperationDefinition};
use crate::graphql::schema::inputs::place::InputPath;

/// A variable of an operation.
pub struct Variable {
    /// Its name.
    pub name: Name,
    /// Its name as messages show it, e.g. `$first`.
    pub shown: String,
    /// The type that its value must match.
    pub ty: Type,
    /// Whether it is optional, whatever its type.
    pub has_default: bool,
    /// Where it is declared.
    pub pos: Pos,
}

impl Variable {
    /// The variables of an operation, from both of its forms.
    pub fn all_of(written: &Syntax, definition: &OperationDefinition) -> Vec<Self> {
        let variables = written.variables.iter().zip(&definition.variable_definitions);
        let variables = variables.map(|(written, definition)| Self {
            name: definition.node.name.node.clone(),
            shown: format!("${}", written.name),
            ty: (*written.ty).clone(),
            has_default: written.default_value.is_some(),
            pos: definition.pos,
        });
        variables.collect()
    }
}

/// Checks the values of an operation's variables, and normalises whole numbers for async-graphql,
/// which rejects 1.0 for an `Int`.
///
/// # Errors
/// With the code BAD_USER_INPUT.
pub fn check_variables(
    schema: &Schema,
    variables: &[Variable],
    values: &mut Variables,
) -> Result<(), Vec<ServerError>> {
    let mut errors = Vec::new();
    for Variable { name, shown, ty, has_default, pos } in variables {
        let Some(value) = values.get_mut(name) else {
            if ty.is_non_null() && !has_default {
                errors.push(refusal(format!("{shown} is required"), Some(*pos)));
            }
            continue;
        };
        let mut check = Check::new(schema);
        check.variable_value(ty, &*value, &InputPath::Root(shown));
        if check.misfits.is_empty() && check.has_odd_numbers {
            adjust(schema, ty, value);
        }
        errors.extend(check.misfits.into_iter().map(|it| refused(it.code, it.message, Some(*pos))));
    }
    errors.truncate(MAX_ERRORS);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Writes the whole numbers in a valid value in the form that async-graphql accepts.
fn adjust(schema: &Schema, ty: &Type, value: &mut ConstValue) {
    match (ty, value) {
        (Type::List(item) | Type::NonNullList(item), ConstValue::List(values)) => {
            values.iter_mut().for_each(|value| adjust(schema, item, value));
        }
        (Type::List(item) | Type::NonNullList(item), value) => adjust(schema, item, value),
        (Type::Named(name) | Type::NonNullNamed(name), ConstValue::Object(values)) => {
            let Some(ExtendedType::InputObject(object)) = schema.types.get(name) else { return };
            for (name, value) in values {
                if let Some(field) = object.fields.get(name.as_str()) {
                    adjust(schema, &field.ty, value);
                }
            }
        }
        (Type::Named(name) | Type::NonNullNamed(name), value) => {
            let number = match &*value {
                ConstValue::Number(number) => number.to_string(),
                // As JSON is read: a number with all its digits.
                ConstValue::Enum(number) => number.to_string(),
                _ => return,
            };
            match (name.as_str(), Numeral::of_json(&number)) {
                ("Int" | "SafeInt", Numeral::Whole(Some(whole))) => *value = whole.into(),
                ("ID", Numeral::Whole(Some(whole))) => *value = whole.to_string().into(),
                ("ID", _) => *value = number.into(),
                ("Float", _) => *value = number.parse::<f64>().unwrap_or(f64::NAN).into(),
                _ => {}
            }
        }
    }
}

/// Checks that variables in non-null places are not null.
///
/// # Errors
/// With the code BAD_USER_INPUT.
pub fn check_demands(
    demands: &[VariableRequirement],
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), ServerError> {
    for VariableRequirement { variable, place } in demands {
        let mut definitions = operation.variable_definitions.iter();
        let definition = definitions.find(|definition| definition.node.name.node == *variable);
        let default = definition.and_then(|it| it.node.default_value.as_ref());
        let value = variables.get(variable).or(default.map(|default| &default.node));
        if value == Some(&ConstValue::Null) {
            let message = format!("{place} must not be null, which ${variable} is");
            return Err(refusal(message, definition.map(|definition| definition.pos)));
        }
    }
    Ok(())
}

/// The operation with this name, or the only one, and its name.
///
/// # Errors
/// With the code BAD_USER_INPUT.
pub fn choose<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Result<(Option<&'a Name>, &'a OperationDefinition), ServerError> {
    let mut all = operations.iter();
    let chosen = match name {
        Some(name) => all.find(|(its_name, _)| its_name.is_some_and(|its| its == name)),
        None => all.next().filter(|_| all.next().is_none()),
    };
    chosen.map(|(its_name, operation)| (its_name, &operation.node)).ok_or_else(|| {
        let message = match name {
            Some(name) => format!("the document has no operation named {}", shortened(name)),
            None => "operationName is needed: the document has several operations".to_owned(),
        };
        refusal(message, None)
    })
}

fn refusal(message: String, pos: Option<Pos>) -> ServerError {
    refused(CODE, message, pos)
}
