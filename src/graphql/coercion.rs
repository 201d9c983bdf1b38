//! Refuses values that do not fit their types before anything is executed.
//!
//! async-graphql coerces an argument when its field is resolved: a second mutation could be refused
//! after the first one has run. Some of its rules are also laxer than the specification's. Validation
//! knows nothing of the values of this schema's own scalars.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, FieldDefinition, InputValueDefinition,
    OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Variables};
use async_graphql_value::{ConstValue, Value};

use super::error::refused;
use super::gatekeeper::Demand;
use super::place::Place;
use super::scalars::SafeInt;
use crate::domain::Timestamp;

/// The types of a schema, as far as values depend on them.
pub struct InputTypes(HashMap<Name, Kind>);

enum Kind {
    Scalar,
    Enum(HashSet<Name>),
    Input(Vec<InputValueDefinition>),
    Fields(HashMap<Name, FieldDefinition>),
}

impl InputTypes {
    /// The types of the schema with this definition.
    pub fn of(sdl: &str) -> Self {
        // async-graphql's parser does not know the description of a schema, which comes last.
        let (types, _) = sdl.rsplit_once("\n\"").unwrap_or((sdl, ""));
        let document = parse_schema(types).expect("the schema is written as it can be read");
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) => Some((ty.node.name.node, Kind::of(ty.node.kind))),
            _ => None,
        });
        let built_in = ["Int", "Float", "String", "ID", "Boolean"];
        let built_in = built_in.map(|name| (Name::new(name), Kind::Scalar));
        Self(types.chain(built_in).collect())
    }

    /// Checks every value that stands in a document, whatever its variables are.
    ///
    /// What else may be wrong with the document is left to validation.
    ///
    /// # Errors
    /// With the code BAD_USER_INPUT.
    pub fn check_literals(&self, document: &ExecutableDocument) -> Result<(), ServerError> {
        for (_, operation) in document.operations.iter() {
            let operation = &operation.node;
            self.defaults(operation)?;
            let root = match operation.ty {
                OperationType::Query => "Query",
                OperationType::Mutation => "Mutation",
                OperationType::Subscription => "Subscription",
            };
            self.selection(root, &operation.selection_set.node)?;
        }
        for fragment in document.fragments.values() {
            let on = &fragment.node.type_condition.node.on.node;
            self.selection(on, &fragment.node.selection_set.node)?;
        }
        Ok(())
    }

    /// Checks the values of an operation's variables.
    ///
    /// # Errors
    /// With the code BAD_USER_INPUT.
    pub fn check_variables(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<(), ServerError> {
        for definition in &operation.variable_definitions {
            let pos = definition.pos;
            let definition = &definition.node;
            let name = format!("${}", definition.name.node);
            let place = Place::Root(&name);
            let ty = &definition.var_type.node;
            let fits = match variables.get(&definition.name.node) {
                Some(value) => self.fits(ty, &value.clone().into_value(), &place, Origin::Json),
                None if definition.default_value.is_some() || ty.nullable => Ok(()),
                None => Err(format!("{place} is required")),
            };
            fits.map_err(|misfit| refusal(misfit, Some(pos)))?;
        }
        Ok(())
    }
}

/// Checks that no variable is null where it must not be.
///
/// # Errors
/// With the code BAD_USER_INPUT.
pub fn check_demands(
    demands: &[Demand],
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), ServerError> {
    for Demand { variable, place } in demands {
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

impl Kind {
    fn of(kind: TypeKind) -> Self {
        match kind {
            TypeKind::Scalar | TypeKind::Union(_) => Self::Scalar,
            TypeKind::Enum(ty) => {
                Self::Enum(ty.values.into_iter().map(|value| value.node.value.node).collect())
            }
            TypeKind::InputObject(ty) => {
                Self::Input(ty.fields.into_iter().map(|field| field.node).collect())
            }
            TypeKind::Object(ty) => Self::Fields(by_name(ty.fields)),
            TypeKind::Interface(ty) => Self::Fields(by_name(ty.fields)),
        }
    }
}

fn by_name(fields: Vec<Positioned<FieldDefinition>>) -> HashMap<Name, FieldDefinition> {
    fields.into_iter().map(|field| (field.node.name.node.clone(), field.node)).collect()
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
    refused("BAD_USER_INPUT", message, pos)
}

/// Why a value does not fit.
type Misfit = String;

impl InputTypes {
    fn defaults(&self, operation: &OperationDefinition) -> Result<(), ServerError> {
        for Positioned { node: definition, .. } in &operation.variable_definitions {
            let Some(default) = &definition.default_value else { continue };
            let name = format!("${}", definition.name.node);
            let value = default.node.clone().into_value();
            self.fits(&definition.var_type.node, &value, &Place::Root(&name), Origin::Document)
                .map_err(|misfit| refusal(misfit, Some(default.pos)))?;
        }
        Ok(())
    }

    fn selection(&self, on: &str, selection: &SelectionSet) -> Result<(), ServerError> {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let Some(Kind::Fields(fields)) = self.0.get(on) else { continue };
                    let Some(definition) = fields.get(&field.node.name.node) else { continue };
                    self.arguments(&definition.arguments, &field.node.arguments)?;
                    let below = base_name(&definition.ty.node);
                    self.selection(below, &field.node.selection_set.node)?;
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| condition.node.on.node.as_str());
                    self.selection(on, &fragment.node.selection_set.node)?;
                }
                // Every fragment is checked once, by itself.
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn arguments(
        &self,
        definitions: &[Positioned<InputValueDefinition>],
        given: &[(Positioned<Name>, Positioned<Value>)],
    ) -> Result<(), ServerError> {
        for (name, value) in given {
            let definition = definitions.iter().find(|it| it.node.name.node == name.node);
            let Some(definition) = definition else { continue };
            let (ty, place) = (&definition.node.ty.node, Place::Root(&name.node));
            self.fits(ty, &value.node, &place, Origin::Document)
                .map_err(|misfit| refusal(misfit, Some(value.pos)))?;
        }
        Ok(())
    }

    fn fits(
        &self,
        ty: &Type,
        value: &Value,
        place: &Place<'_>,
        origin: Origin,
    ) -> Result<(), Misfit> {
        match (&ty.base, value) {
            // It was checked as what it was declared; that this fits here is validation's matter.
            (_, Value::Variable(_)) => Ok(()),
            (_, Value::Null) if ty.nullable => Ok(()),
            (_, Value::Null) => Err(format!("{place} must not be null")),
            (BaseType::List(item), Value::List(values)) => {
                values.iter().enumerate().try_for_each(|(index, value)| {
                    self.fits(item, value, &Place::Item(place, index), origin)
                })
            }
            (BaseType::List(item), value) => self.fits(item, value, place, origin),
            (BaseType::Named(name), value) => match self.0.get(name) {
                Some(Kind::Scalar) => fits_scalar(name, value, place),
                Some(Kind::Enum(names)) => fits_enum(names, value, place, origin),
                Some(Kind::Input(fields)) => self.fits_input(fields, value, place, origin),
                Some(Kind::Fields(_)) | None => Ok(()),
            },
        }
    }

    fn fits_input(
        &self,
        fields: &[InputValueDefinition],
        value: &Value,
        place: &Place<'_>,
        origin: Origin,
    ) -> Result<(), Misfit> {
        let Value::Object(given) = value else {
            return Err(format!("{place} must be an object, not {}", shown(value)));
        };
        let is_known = |name: &Name| fields.iter().any(|field| field.name.node == *name);
        if let Some(unknown) = given.keys().find(|name| !is_known(name)) {
            return Err(format!("{place} has no field {}", shortened(unknown)));
        }
        for field in fields {
            let name = &field.name.node;
            let place = Place::Field(place, name);
            match given.get(name) {
                Some(value) => self.fits(&field.ty.node, value, &place, origin)?,
                None if field.ty.node.nullable || field.default_value.is_some() => {}
                None => return Err(format!("{place} is required")),
            }
        }
        Ok(())
    }
}

/// Where a value was written: JSON has no enum values and writes them as strings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Document,
    Json,
}

fn fits_enum(
    names: &HashSet<Name>,
    value: &Value,
    place: &Place<'_>,
    origin: Origin,
) -> Result<(), Misfit> {
    let name = match (value, origin) {
        (Value::Enum(name), Origin::Document) => Some(name.as_str()),
        (Value::String(name), Origin::Json) => Some(name.as_str()),
        _ => None,
    };
    if name.is_some_and(|name| names.contains(name)) {
        return Ok(());
    }
    let mut names: Vec<&str> = names.iter().map(Name::as_str).collect();
    names.sort_unstable();
    Err(format!("{place} must be one of {}, not {}", names.join(", "), shown(value)))
}

fn fits_scalar(name: &str, value: &Value, place: &Place<'_>) -> Result<(), Misfit> {
    let integer = match value {
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    let (fits, wanted) = match name {
        "Int" => (
            integer.is_some_and(|number| i32::try_from(number).is_ok()),
            "a whole number of 32 bits",
        ),
        "SafeInt" => (
            integer.and_then(SafeInt::new).is_some(),
            "a whole number from -9007199254740991 to 9007199254740991",
        ),
        "Float" => (matches!(value, Value::Number(_)), "a number"),
        "Boolean" => (matches!(value, Value::Boolean(_)), "true or false"),
        "ID" => (matches!(value, Value::String(_)) || integer.is_some(), "a string"),
        "String" => (matches!(value, Value::String(_)), "a string"),
        "DateTime" => match value {
            Value::String(text) => {
                return text
                    .parse::<Timestamp>()
                    .map(|_| ())
                    .map_err(|why| format!("{place} {why}"));
            }
            _ => (false, "a string"),
        },
        _ => (true, "a value"),
    };
    if fits { Ok(()) } else { Err(format!("{place} must be {wanted}, not {}", shown(value))) }
}

fn base_name(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => base_name(item),
    }
}

fn shown(value: &Value) -> String {
    shortened(&value.to_string())
}

/// A text of the client's for a message, which must not grow with it.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
