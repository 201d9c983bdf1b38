//! The schema as introspection reports it: the one that documents are validated against.
//!
//! async-graphql's introspection has no list of interfaces for an interface, and a fixed
//! description for every schema. Here, both come from the schema that documents are validated
//! against, so that everything announced can be selected.
//!
//! Source: [Schema Introspection](https://spec.graphql.org/September2025/#sec-Schema-Introspection).

use apollo_compiler::Schema;
use apollo_compiler::ast::{
    DirectiveDefinition, DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition,
    Type,
};
use apollo_compiler::schema::ExtendedType;
use async_graphql::indexmap::IndexMap;
use async_graphql::{Context, Positioned, ServerResult, Value};

use super::direct::{Executed, Selected};
use super::internals::{Field, Running, field_of, text_argument};

/// What the validating schema needs in addition to its own types: apollo-compiler does not know
/// this field.
pub const EXTENSION: &str = "extend type __Type { isOneOf: Boolean }";

/// Whether introspection resolves a root field.
pub fn is_introspection(field: &str) -> bool {
    field == "__schema" || field == "__type"
}

/// The value of a root field that [introspection resolves](is_introspection).
///
/// # Errors
/// When the argument is not what validation expects.
pub fn resolve(ctx: &Context<'_>, schema: &Schema) -> ServerResult<Value> {
    let field = field_of(ctx);
    let element = match field.node.name.node.as_str() {
        "__schema" => Some(Element::Schema),
        _ => schema.types.get(text_argument(ctx, "name")?.as_str()).map(Element::Type),
    };
    let Running { operation, fragments, variables } = Running::of(ctx);
    let executed = Executed { operation, fragments, variables, schema };
    let selected = Selected { executed, fields: &[field] };
    Ok(element.map_or(Value::Null, |element| element.select(selected)))
}

/// A part of the schema.
enum Element<'a> {
    Schema,
    Type(&'a ExtendedType),
    /// A list, or a type without null.
    Wrapper(Type),
    Field(&'a FieldDefinition),
    Input(&'a InputValueDefinition),
    EnumValue(&'a EnumValueDefinition),
    Directive(&'a DirectiveDefinition),
}

/// The value of a field of an element.
enum IntrospectionValue<'a> {
    Leaf(Value),
    One(Element<'a>),
    Many(Vec<Element<'a>>),
}

impl<'a> Element<'a> {
    /// The selection on the object.
    fn select(&self, selected: Selected<'a>) -> Value {
        let type_name = self.type_name();
        let fields = selected.of_object(type_name);
        let fields = fields.iter().map(|(key, fields)| {
            let below = Selected { fields, ..selected };
            let value = match fields[0].node.name.node.as_str() {
                "__typename" => Value::from(type_name),
                name => self.answer(name, below),
            };
            ((*key).clone(), value)
        });
        Value::Object(fields.collect::<IndexMap<_, _>>())
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Schema => "__Schema",
            Self::Type(_) | Self::Wrapper(_) => "__Type",
            Self::Field(_) => "__Field",
            Self::Input(_) => "__InputValue",
            Self::EnumValue(_) => "__EnumValue",
            Self::Directive(_) => "__Directive",
        }
    }

    fn answer(&self, name: &str, selected: Selected<'a>) -> Value {
        let schema = selected.executed.schema;
        let shows_deprecated = shows_deprecated(selected.fields[0], selected.executed);
        let answer = match self {
            Self::Schema => of_schema(schema, name),
            Self::Type(ty) => of_type(schema, ty, name, shows_deprecated),
            Self::Wrapper(ty) => of_wrapper(schema, ty, name),
            Self::Field(field) => of_field(schema, field, name, shows_deprecated),
            Self::Input(input) => of_input(schema, input, name),
            Self::EnumValue(value) => of_enum_value(schema, value, name),
            Self::Directive(it) => of_directive(it, name, shows_deprecated),
        };
        // A type has no answer for what only other kinds of types have.
        match answer {
            None => Value::Null,
            Some(IntrospectionValue::Leaf(value)) => value,
            Some(IntrospectionValue::One(element)) => element.select(selected),
            Some(IntrospectionValue::Many(elements)) => {
                Value::List(elements.iter().map(|element| element.select(selected)).collect())
            }
        }
    }
}

fn shows_deprecated(field: &Positioned<Field>, executed: Executed<'_>) -> bool {
    let value = field.node.get_argument("includeDeprecated");
    value.is_some_and(|value| executed.is_true(&value.node))
}

fn leaf<'a>(value: impl Into<Value>) -> Option<IntrospectionValue<'a>> {
    Some(IntrospectionValue::Leaf(value.into()))
}

fn text<'a>(text: Option<&str>) -> Option<IntrospectionValue<'a>> {
    text.and_then(leaf)
}

fn many<'a>(elements: impl Iterator<Item = Element<'a>>) -> Option<IntrospectionValue<'a>> {
    Some(IntrospectionValue::Many(elements.collect()))
}

fn named(schema: &Schema, name: impl AsRef<str>) -> Option<Element<'_>> {
    schema.types.get(name.as_ref()).map(Element::Type)
}

fn any<'a>(schema: &'a Schema, ty: &Type) -> Option<IntrospectionValue<'a>> {
    match ty {
        Type::Named(name) => named(schema, name).map(IntrospectionValue::One),
        _ => Some(IntrospectionValue::One(Element::Wrapper(ty.clone()))),
    }
}

fn of_schema<'a>(schema: &'a Schema, name: &str) -> Option<IntrospectionValue<'a>> {
    let definition = &schema.schema_definition;
    let root = |root: Option<&'a _>| {
        root.and_then(|name| named(schema, name)).map(IntrospectionValue::One)
    };
    match name {
        "description" => text(definition.description.as_deref()),
        "types" => {
            let mut types: Vec<_> = schema.types.values().collect();
            types.sort_unstable_by_key(|ty| ty.name());
            many(types.into_iter().map(Element::Type))
        }
        "queryType" => root(definition.query.as_deref()),
        "mutationType" => root(definition.mutation.as_deref()),
        "subscriptionType" => root(definition.subscription.as_deref()),
        "directives" => {
            let mut directives: Vec<_> = schema.directive_definitions.values().collect();
            directives.sort_unstable_by_key(|directive| &directive.name);
            many(directives.into_iter().map(|directive| Element::Directive(directive)))
        }
        _ => None,
    }
}

fn of_type<'a>(
    schema: &'a Schema,
    ty: &'a ExtendedType,
    name: &str,
    shows_deprecated: bool,
) -> Option<IntrospectionValue<'a>> {
    let is_shown = |directives: &DirectiveList| shows_deprecated || !is_deprecated(directives);
    match (name, ty) {
        ("kind", _) => leaf(kind(ty)),
        ("name", _) => leaf(ty.name().as_str()),
        ("description", _) => text(ty.description().map(|text| &**text)),
        ("fields", ExtendedType::Object(_) | ExtendedType::Interface(_)) => {
            let fields = match ty {
                ExtendedType::Object(ty) => &ty.fields,
                ExtendedType::Interface(ty) => &ty.fields,
                _ => return None,
            };
            let fields = fields.values().filter(|field| is_shown(&field.directives));
            many(fields.map(|field| Element::Field(field)))
        }
        ("interfaces", ExtendedType::Object(ty)) => {
            many(ty.implements_interfaces.iter().filter_map(|name| named(schema, &**name)))
        }
        ("interfaces", ExtendedType::Interface(ty)) => {
            many(ty.implements_interfaces.iter().filter_map(|name| named(schema, &**name)))
        }
        ("possibleTypes", ExtendedType::Interface(ty)) => {
            let mut implementers = schema.implementers_map();
            let objects = implementers.remove(&ty.name).map(|it| it.objects).unwrap_or_default();
            many(objects.iter().filter_map(|name| named(schema, name)))
        }
        ("possibleTypes", ExtendedType::Union(ty)) => {
            many(ty.members.iter().filter_map(|name| named(schema, &**name)))
        }
        ("enumValues", ExtendedType::Enum(ty)) => {
            let values = ty.values.values().filter(|value| is_shown(&value.directives));
            many(values.map(|value| Element::EnumValue(value)))
        }
        ("inputFields", ExtendedType::InputObject(ty)) => {
            let fields = ty.fields.values().filter(|field| is_shown(&field.directives));
            many(fields.map(|field| Element::Input(field)))
        }
        ("isOneOf", ExtendedType::InputObject(ty)) => leaf(ty.directives.has("oneOf")),
        ("specifiedByURL", ExtendedType::Scalar(ty)) => {
            let url = ty.directives.get("specifiedBy");
            text(url.and_then(|url| url.specified_argument_by_name("url")?.as_str()))
        }
        _ => None,
    }
}

fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Scalar(_) => "SCALAR",
        ExtendedType::Object(_) => "OBJECT",
        ExtendedType::Interface(_) => "INTERFACE",
        ExtendedType::Union(_) => "UNION",
        ExtendedType::Enum(_) => "ENUM",
        ExtendedType::InputObject(_) => "INPUT_OBJECT",
    }
}

fn of_wrapper<'a>(schema: &'a Schema, ty: &Type, name: &str) -> Option<IntrospectionValue<'a>> {
    match (name, ty.is_non_null()) {
        ("kind", true) => leaf("NON_NULL"),
        ("kind", false) => leaf("LIST"),
        ("ofType", true) => any(schema, &ty.clone().nullable()),
        ("ofType", false) => any(schema, ty.item_type()),
        _ => None,
    }
}

fn of_field<'a>(
    schema: &'a Schema,
    field: &'a FieldDefinition,
    name: &str,
    shows_deprecated: bool,
) -> Option<IntrospectionValue<'a>> {
    match name {
        "name" => leaf(field.name.as_str()),
        "description" => text(field.description.as_deref()),
        "args" => many(inputs(&field.arguments, shows_deprecated)),
        "type" => any(schema, &field.ty),
        _ => deprecation(schema, &field.directives, name),
    }
}

fn of_input<'a>(
    schema: &'a Schema,
    input: &'a InputValueDefinition,
    name: &str,
) -> Option<IntrospectionValue<'a>> {
    match name {
        "name" => leaf(input.name.as_str()),
        "description" => text(input.description.as_deref()),
        "type" => any(schema, &input.ty),
        "defaultValue" => {
            let default = input.default_value.as_ref();
            default.and_then(|value| leaf(value.serialize().no_indent().to_string()))
        }
        _ => deprecation(schema, &input.directives, name),
    }
}

fn of_enum_value<'a>(
    schema: &Schema,
    value: &EnumValueDefinition,
    name: &str,
) -> Option<IntrospectionValue<'a>> {
    match name {
        "name" => leaf(value.value.as_str()),
        "description" => text(value.description.as_deref()),
        _ => deprecation(schema, &value.directives, name),
    }
}

fn of_directive<'a>(
    directive: &'a DirectiveDefinition,
    name: &str,
    shows_deprecated: bool,
) -> Option<IntrospectionValue<'a>> {
    match name {
        "name" => leaf(directive.name.as_str()),
        "description" => text(directive.description.as_deref()),
        "locations" => {
            let locations = directive.locations.iter().map(|location| location.name().into());
            leaf(Value::List(locations.collect()))
        }
        "args" => many(inputs(&directive.arguments, shows_deprecated)),
        "isRepeatable" => leaf(directive.repeatable),
        _ => None,
    }
}

fn inputs<'a>(
    inputs: &'a [apollo_compiler::Node<InputValueDefinition>],
    shows_deprecated: bool,
) -> impl Iterator<Item = Element<'a>> {
    let is_shown = move |directives| shows_deprecated || !is_deprecated(directives);
    let shown = inputs.iter().filter(move |input| is_shown(&input.directives));
    shown.map(|input| Element::Input(input))
}

fn is_deprecated(directives: &DirectiveList) -> bool {
    directives.has("deprecated")
}

fn deprecation<'a>(
    schema: &Schema,
    directives: &DirectiveList,
    name: &str,
) -> Option<IntrospectionValue<'a>> {
    match name {
        "isDeprecated" => leaf(is_deprecated(directives)),
        "deprecationReason" => {
            let deprecated = directives.get("deprecated");
            let reason = deprecated.and_then(|it| it.argument_by_name("reason", schema).ok());
            text(reason.and_then(|reason| reason.as_str()))
        }
        _ => None,
    }
}
