//! Whether a mutation requests more items of a list than there may be, or less than none.
//!
//! Elsewhere the field says so when it is resolved. What a mutation returns is resolved once it has been
//! carried out: its caller would get an error, and believe that nothing was changed.

use apollo_compiler::ast::{OperationDefinition, OperationType, Value};
use async_graphql::{Name, PathSegment, Pos, ServerError, Variables};

use super::visitor::{Driver, Fragments, Part, SelectedField, Visitor};
use crate::graphql::execution::internals::ConstValue;
use crate::graphql::schema::list_size::ListSize;
use crate::graphql::schema::lists;
use crate::graphql::schema::paging::PAGE;

/// The arguments that request a number of items.
const NAMES: [&str; 2] = ["first", "last"];

/// The size of a list whose arguments request a number of its items.
pub(super) fn requestable(selected: &SelectedField<'_>) -> Option<ListSize> {
    match lists::size_of(selected.parent?, &selected.field.name) {
        Some(size @ ListSize::First(_)) => Some(size),
        Some(_) => None,
        // What takes it and has no size is a connection.
        None => selected.definition?.argument_by_name(NAMES[0]).map(|_| PAGE),
    }
}

/// A number of items that a variable requests.
pub struct SizeVariable {
    name: Name,
    default: Option<i64>,
    requested: Requested,
}

/// Where a number of items is requested.
struct Requested {
    argument: &'static str,
    of: ListSize,
    path: Vec<PathSegment>,
    pos: Option<Pos>,
}

impl Requested {
    fn check(&self, number: i64) -> Result<(), ServerError> {
        // What is no Int was refused before.
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let found = self.of.limit(self.argument, number);
        found.map(drop).map_err(|error| {
            let error = async_graphql::Error::from(error);
            let path = self.path.clone();
            ServerError { path, ..error.into_server_error(self.pos.unwrap_or_default()) }
        })
    }
}

impl SizeVariable {
    /// Whether as many items can be requested.
    ///
    /// # Errors
    /// `BadUserInput` if not.
    pub fn check(&self, variables: &Variables) -> Result<(), ServerError> {
        let number = match variables.get(&self.name) {
            Some(ConstValue::Number(number)) => number.as_i64(),
            Some(_) => None,
            None => self.default,
        };
        number.map_or(Ok(()), |number| self.requested.check(number))
    }
}

/// The variables that request a number of items of a mutation's lists.
///
/// # Errors
/// `BadUserInput` for each number that the document itself requests and that is not possible.
pub(super) fn check(
    driver: &Driver<'_>,
    operation: &OperationDefinition,
) -> Result<Vec<SizeVariable>, Vec<ServerError>> {
    let (path, variables, errors) = Default::default();
    let mut sizes = Sizes { driver, operation, path, variables, errors };
    if operation.operation_type == OperationType::Mutation {
        driver.walk_operation(operation, Fragments::WhereverUsed, &mut sizes);
    }
    if sizes.errors.is_empty() { Ok(sizes.variables) } else { Err(sizes.errors) }
}

/// Looks at the arguments of lists.
struct Sizes<'d, 'a> {
    driver: &'d Driver<'a>,
    operation: &'d OperationDefinition,
    /// Of the field that is being walked.
    path: Vec<PathSegment>,
    variables: Vec<SizeVariable>,
    errors: Vec<ServerError>,
}

impl<'a> Visitor<'a> for Sizes<'_, 'a> {
    fn enter(&mut self, part: Part<'a>) -> bool {
        if let Part::Field(selected) = part {
            let name = selected.field.response_name().to_string();
            self.path.push(PathSegment::Field(name));
            if let Some(of) = requestable(&selected) {
                NAMES.into_iter().for_each(|argument| self.argument_of(&selected, argument, of));
            }
        }
        true
    }

    fn leave(&mut self, part: Part<'a>) {
        if let Part::Field(_) = part {
            self.path.pop();
        }
    }
}

impl Sizes<'_, '_> {
    fn argument_of(&mut self, selected: &SelectedField<'_>, argument: &'static str, of: ListSize) {
        let Some(value) = selected.argument(argument) else { return };
        let place = value.line_column_range(self.driver.sources());
        let pos = place.map(|it| Pos { line: it.start.line, column: it.start.column });
        let requested = Requested { argument, of, path: self.path.clone(), pos };
        match &**value {
            Value::Int(number) => {
                let number = number.try_to_i32().map_or(i64::MAX, i64::from);
                self.errors.extend(requested.check(number).err());
            }
            Value::Variable(name) => {
                let definitions = &self.operation.variables;
                let definition = definitions.iter().find(|definition| definition.name == *name);
                let default = definition.and_then(|it| it.default_value.as_ref()?.to_i32());
                let (name, default) = (Name::new(name), default.map(i64::from));
                self.variables.push(SizeVariable { name, default, requested });
            }
            _ => {}
        }
    }
}
