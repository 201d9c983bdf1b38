//! Whether a value matches a type.

use std::collections::HashSet;

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{EnumType, ExtendedType, InputObjectType};
use apollo_compiler::{Name, Schema};

use super::misfit::{CODE, MAX_ERRORS, TypeMismatch, shortened};
use super::numeral::Numeral;
use super::view::{View, Written};
use crate::domain::{Day, Timestamp};
use crate::error_code::ErrorCode;
use crate::graphql::document::suggestions::did_you_mean;
use crate::graphql::schema::inputs::place::InputPath;
use crate::graphql::schema::scalars::SafeInt;

/// The type whose fields take a date alone for a `DateTime`.
pub const DAYS: &str = "DateTimeFilter";

/// The directive of an input type of whose fields exactly one is given.
const ONE_OF: &str = "oneOf";

/// Compares values with types, and gathers all that do not fit.
pub struct Check<'s> {
    schema: &'s Schema,
    /// The first values that do not fit.
    pub misfits: Vec<TypeMismatch>,
    /// Whether there are valid numbers that async-graphql would reject.
    pub has_odd_numbers: bool,
    /// Locations of IDs in the document that are whole numbers beyond 64 bits, in bytes.
    pub large_ids: Vec<usize>,
    /// Whether a `DateTime` can be a date alone here, as it can in a `DateTimeFilter`.
    takes_days: bool,
}

impl<'s> Check<'s> {
    /// A check against the types of this schema.
    pub fn new(schema: &'s Schema) -> Self {
        let (misfits, large_ids) = Default::default();
        Self { schema, misfits, has_odd_numbers: false, large_ids, takes_days: false }
    }

    /// Checks the value of a variable, or its default, against the variable's type. A `DateTime` can be a
    /// date alone, because hardly a field but those of `DateTimeFilter` takes one; others refuse it when they
    /// are read.
    pub fn variable_value<'v, V: Written<'v>>(
        &mut self,
        ty: &Type,
        value: V,
        place: &InputPath<'_>,
    ) {
        self.takes_days = true;
        self.value(ty, value, place);
        self.takes_days = false;
    }

    /// Checks a value against the type of its place.
    pub fn value<'v, V: Written<'v>>(&mut self, ty: &Type, value: V, place: &InputPath<'_>) {
        match (ty, value.view()) {
            // It was checked as what it was declared; that this fits here is validation's matter.
            (_, View::Variable) => {}
            (_, View::Null) if !ty.is_non_null() => {}
            (_, View::Null) => self.misfit(value, || format!("{place} must not be null")),
            (Type::List(item) | Type::NonNullList(item), View::List(values)) => {
                for (index, value) in values.into_iter().enumerate() {
                    self.value(item, value, &InputPath::Item(place, index));
                }
            }
            (Type::List(item) | Type::NonNullList(item), _) => self.value(item, value, place),
            (Type::Named(name) | Type::NonNullNamed(name), view) => {
                match self.schema.types.get(name) {
                    Some(ExtendedType::Scalar(_)) => self.scalar(name, value, &view, place),
                    Some(ExtendedType::Enum(ty)) => self.enum_value(ty, value, &view, place),
                    Some(ExtendedType::InputObject(ty)) => self.input(ty, value, view, place),
                    // Validation refuses what is no type for an input.
                    _ => {}
                }
            }
        }
    }

    fn misfit<'v, V: Written<'v>>(&mut self, value: V, message: impl FnOnce() -> String) {
        if self.misfits.len() < MAX_ERRORS {
            let (message, location) = (message(), value.location());
            self.misfits.push(TypeMismatch { code: CODE, message, location });
        }
    }

    /// A document names a field of an object twice, which is wrong whatever the values are.
    fn repetition<'v, V: Written<'v>>(&mut self, name: &str, value: V, place: &InputPath<'_>) {
        if self.misfits.len() < MAX_ERRORS {
            let message = format!("{place} has the field {name} twice: give it once");
            let code = ErrorCode::GraphqlValidationFailed;
            self.misfits.push(TypeMismatch { code, message, location: value.location() });
        }
    }

    fn input<'v, V: Written<'v>>(
        &mut self,
        ty: &InputObjectType,
        value: V,
        view: View<'v, V>,
        place: &InputPath<'_>,
    ) {
        let View::Object(given) = view else {
            return self
                .misfit(value, || format!("{place} must be an object, not {}", shown(value)));
        };
        let took_days = std::mem::replace(&mut self.takes_days, ty.name == DAYS);
        let mut seen = HashSet::new();
        for (name, value) in &given {
            // An object of JSON has no field twice.
            let is_repeated = !V::IS_JSON && !seen.insert(*name);
            match ty.fields.get(*name) {
                None => self.misfit(*value, || {
                    let names = ty.fields.keys().map(Name::as_str);
                    let meant = did_you_mean(name, names);
                    format!("{place} has no field {}{meant}", shortened(name))
                }),
                Some(_) if is_repeated => self.repetition(name, *value, place),
                Some(field) => self.value(&field.ty, *value, &InputPath::Field(place, name)),
            }
        }
        for (name, field) in &ty.fields {
            let is_given = || given.iter().any(|(given, _)| *given == name.as_str());
            if field.is_required() && !is_given() {
                self.misfit(value, || format!("{} is required", InputPath::Field(place, name)));
            }
        }
        if ty.directives.has(ONE_OF) {
            self.one_of(ty, value, &given, place);
        }
        self.takes_days = took_days;
    }

    /// An object of which exactly one field must be given, and not be null.
    fn one_of<'v, V: Written<'v>>(
        &mut self,
        ty: &InputObjectType,
        value: V,
        given: &[(&'v str, V)],
        place: &InputPath<'_>,
    ) {
        let names = || ty.fields.keys().map(Name::as_str).collect::<Vec<_>>().join(", ");
        match given {
            [(name, only)] if matches!(only.view(), View::Null) => {
                self.misfit(*only, || format!("{place}.{name} must not be null"));
            }
            [_] => {}
            _ => {
                let count = given.len();
                self.misfit(value, || {
                    format!("{place} must have exactly one of {}, not {count}", names())
                });
            }
        }
    }

    fn enum_value<'v, V: Written<'v>>(
        &mut self,
        ty: &EnumType,
        value: V,
        view: &View<'v, V>,
        place: &InputPath<'_>,
    ) {
        let name = match view {
            View::Enum(name) if !V::IS_JSON => Some(*name),
            View::String(name) if V::IS_JSON => Some(*name),
            _ => None,
        };
        if name.is_some_and(|name| ty.values.contains_key(name)) {
            return;
        }
        self.misfit(value, || {
            let mut names: Vec<&str> = ty.values.keys().map(Name::as_str).collect();
            names.sort_unstable();
            let text = match view {
                View::Enum(text) | View::String(text) => text,
                _ => "",
            };
            let meant = did_you_mean(text, names.iter().copied());
            let (names, shown) = (names.join(", "), shown(value));
            format!("{place} must be one of {names}, not {shown}{meant}")
        });
    }

    fn scalar<'v, V: Written<'v>>(
        &mut self,
        name: &str,
        value: V,
        view: &View<'v, V>,
        place: &InputPath<'_>,
    ) {
        let wanted = match (name, view) {
            ("Int", View::Number(Numeral::Whole(Some(number))))
                if i32::try_from(*number).is_ok() =>
            {
                return self.number(value);
            }
            ("Int", _) => "a whole number of 32 bits",
            ("SafeInt", View::Number(Numeral::Whole(Some(number))))
                if SafeInt::new(*number).is_some() =>
            {
                return self.number(value);
            }
            ("SafeInt", _) => "a whole number from -9007199254740991 to 9007199254740991",
            ("Float", View::Number(Numeral::Real(number))) if !number.is_finite() => {
                "a number that 64 bits can hold"
            }
            ("Float", View::Number(_)) => return self.number(value),
            ("Float", _) => "a number",
            ("Boolean", View::Boolean) => return,
            ("Boolean", _) => "true or false",
            ("ID", View::Number(Numeral::Whole(number))) => {
                return self.id(value, *number);
            }
            ("ID" | "String", View::String(_)) => return,
            ("DateTime", View::String(text)) => {
                let takes_days = self.takes_days;
                return match text.parse::<Timestamp>() {
                    Err(_) if takes_days && text.parse::<Day>().is_ok() => {}
                    Err(why) if takes_days && why.message() == Timestamp::FORM => self
                        .misfit(value, || {
                            format!("{place} {why}, or a date alone such as 2026-11-22")
                        }),
                    Err(why) => self.misfit(value, || format!("{place} {why}")),
                    Ok(_) => {}
                };
            }
            ("ID" | "String" | "DateTime", _) => "a string",
            _ => return,
        };
        self.misfit(value, || format!("{place} must be {wanted}, not {}", shown(value)));
    }

    /// A number fits.
    fn number<'v, V: Written<'v>>(&mut self, value: V) {
        self.has_odd_numbers |= value.is_odd_number();
    }

    /// A whole number used as an ID.
    fn id<'v, V: Written<'v>>(&mut self, value: V, number: Option<i64>) {
        self.number(value);
        if number.is_none() {
            self.large_ids.extend(value.location().map(|location| location.offset()));
        }
    }
}

fn shown<'v>(value: impl Written<'v>) -> String {
    shortened(&value.shown())
}
