//! All that depends on the insides of async-graphql: what it does not document, or may change in any
//! version. No other file of the program names it.
//!
//! Three things are in here: the form in which async-graphql has documents, which [`document`] makes of
//! what apollo-compiler has parsed; how it resolves values, which direct resolution does in its place;
//! and the text that it passes on without looking at it.
//!
//! [`document`]: crate::graphql::document

use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaField, MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContextSelectionSet, Data, EnumType, Name, OutputType, Positioned, QueryPathNode,
    QueryPathSegment, ServerError, ServerResult, Variables,
};
use async_graphql_value::RAW_VALUE_TOKEN;

pub use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, FragmentSpread,
    InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, Type,
    TypeCondition, VariableDefinition,
};
pub use async_graphql::{ContainerType, Context};
pub use async_graphql_value::{ConstValue, Number, Value};

/// The document that is being executed.
pub struct Running<'a> {
    /// The operation.
    pub operation: &'a OperationDefinition,
    /// The fragments of its document.
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Its variables.
    pub variables: &'a Variables,
}

impl<'a> Running<'a> {
    /// The document to which the field of this context belongs.
    pub fn of(ctx: &Context<'a>) -> Self {
        let env = ctx.query_env;
        Self {
            operation: &env.operation.node,
            fragments: &env.fragments,
            variables: &env.variables,
        }
    }
}

/// A value that async-graphql is to resolve, and what is selected of it.
pub struct Resolving<'a> {
    /// What is selected.
    pub set: &'a ContextSelectionSet<'a>,
    /// The field whose value it is.
    pub field: &'a Positioned<Field>,
}

impl Resolving<'_> {
    /// The context of the field.
    pub fn ctx(&self) -> Context<'_> {
        let mut of_field = self.set.with_field(self.field);
        of_field.path_node = self.set.path_node;
        of_field
    }

    /// What async-graphql makes of a value in this place.
    ///
    /// # Errors
    /// When a field fails that is not nullable.
    pub async fn resolve(&self, value: &impl OutputType) -> ServerResult<ConstValue> {
        value.resolve(self.set, self.field).await
    }

    /// The object with the fields that are selected of it.
    ///
    /// # Errors
    /// When a field fails that is not nullable.
    pub async fn resolve_fields(&self, object: &impl ContainerType) -> ServerResult<ConstValue> {
        resolve_container(self.set, object).await
    }
}

/// Implements `OutputType` for a type that stands for another one in the schema, with a way of its own to
/// resolve a value that is [`Resolving`].
macro_rules! stands_for {
    (impl [$($generics:tt)*] $Type:ty as $Shown:ty { |$value:ident, $resolving:ident| $resolve:expr }) => {
        impl<$($generics)*> async_graphql::OutputType for $Type {
            fn type_name() -> std::borrow::Cow<'static, str> {
                <$Shown as async_graphql::OutputType>::type_name()
            }

            fn qualified_type_name() -> String {
                <$Shown as async_graphql::OutputType>::qualified_type_name()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                <$Shown as async_graphql::OutputType>::create_type_info(registry)
            }

            async fn resolve(
                &self,
                set: &async_graphql::ContextSelectionSet<'_>,
                field: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<async_graphql::Value> {
                let $value = self;
                let $resolving = $crate::graphql::execution::internals::Resolving { set, field };
                $resolve.await
            }
        }
    };
}

pub(in crate::graphql) use stands_for;

/// Makes a type without values an interface of the schema that no field returns. Its fields are those that all of
/// its objects have, as the first of them has them. What they describe differently has the description of another
/// interface of theirs.
macro_rules! common_interface {
    ($(#[doc = $line:literal])+ $Interface:ident: $($Object:ty),+) => {
        impl async_graphql::OutputType for $Interface {
            fn type_name() -> std::borrow::Cow<'static, str> {
                stringify!($Interface).into()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                $(<$Object as async_graphql::OutputType>::create_type_info(registry);)+
                let objects = [$(<$Object as async_graphql::OutputType>::type_name()),+];
                let description = [$($line.trim()),+].join("\n");
                $crate::graphql::execution::internals::create_interface::<Self>(registry, &objects, &description)
            }

            async fn resolve(
                &self,
                _: &async_graphql::ContextSelectionSet<'_>,
                _: &async_graphql::Positioned<async_graphql::parser::types::Field>,
            ) -> async_graphql::ServerResult<async_graphql::Value> {
                match *self {}
            }
        }
    };
}

pub(in crate::graphql) use common_interface;

/// Adds an interface to the schema, with the fields that these objects have in common.
pub fn create_interface<T: OutputType>(
    registry: &mut Registry,
    objects: &[Cow<'static, str>],
    description: &str,
) -> String {
    registry.create_output_type::<T, _>(MetaTypeId::Interface, |registry| {
        let name = T::type_name().into_owned();
        objects.iter().for_each(|object| registry.add_implements(object, &name));
        let mut of_objects =
            objects.iter().filter_map(|object| registry.types.get(&**object)?.fields());
        let first = of_objects.next().cloned().unwrap_or_default();
        let mut fields = of_objects.fold(first, common_fields);
        for (name, field) in &mut fields {
            let is_interface = |ty: &&MetaType| matches!(ty, MetaType::Interface { .. });
            let mut others = registry.types.values().filter(is_interface);
            let described = || others.find_map(|ty| ty.field_by_name(name)?.description.clone());
            field.description = field.description.take().or_else(described);
        }
        MetaType::Interface {
            name,
            description: Some(description.to_owned()),
            fields,
            possible_types: objects.iter().map(ToString::to_string).collect(),
            extends: false,
            inaccessible: false,
            tags: Vec::new(),
            keys: None,
            visible: None,
            rust_typename: Some(std::any::type_name::<T>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        }
    })
}

/// What both have, as the first has it.
fn common_fields(
    mut fields: IndexMap<String, MetaField>,
    others: &IndexMap<String, MetaField>,
) -> IndexMap<String, MetaField> {
    fields.retain(|name, _| others.contains_key(name));
    for (name, field) in &mut fields {
        field.description.take_if(|own| others[name].description.as_ref() != Some(own));
    }
    fields
}

/// Implements `InputType` for a type that is another one in the schema, and reads more values than that
/// one.
macro_rules! reads_more_than {
    (impl $Type:ty as $Shown:ty {
        parse: |$value:ident| $parse:block
        to_value: |$this:ident| $to_value:expr
    }) => {
        impl async_graphql::InputType for $Type {
            type RawValueType = Self;

            fn type_name() -> std::borrow::Cow<'static, str> {
                <$Shown as async_graphql::InputType>::type_name()
            }

            fn create_type_info(registry: &mut async_graphql::registry::Registry) -> String {
                <$Shown as async_graphql::InputType>::create_type_info(registry)
            }

            fn parse(
                $value: Option<async_graphql::Value>,
            ) -> async_graphql::InputValueResult<Self> {
                $parse
            }

            fn to_value(&self) -> async_graphql::Value {
                let $this = self;
                $to_value
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }
    };
}

pub(in crate::graphql) use reads_more_than;

/// The field whose context this is.
pub fn field_of<'a>(ctx: &Context<'a>) -> &'a Positioned<Field> {
    ctx.item
}

/// The key of the root field to which the field of this context belongs.
pub fn root_key<'a>(ctx: &'a Context<'_>) -> Option<&'a str> {
    let place = ctx.path_node.as_ref()?;
    match place.parents().last().unwrap_or(place).segment {
        QueryPathSegment::Name(key) => Some(key),
        QueryPathSegment::Index(_) => None,
    }
}

/// The context of a field of the value whose context is `ctx`.
pub fn within_field<'a>(ctx: &'a Context<'a>, key: &'a str) -> Context<'a> {
    within(ctx, QueryPathSegment::Name(key))
}

/// The context of an item of the list whose context is `ctx`.
pub fn within_item<'a>(ctx: &'a Context<'a>, index: usize) -> Context<'a> {
    within(ctx, QueryPathSegment::Index(index))
}

fn within<'a>(ctx: &'a Context<'a>, segment: QueryPathSegment<'a>) -> Context<'a> {
    let mut within = ctx.clone();
    within.path_node = Some(QueryPathNode { parent: ctx.path_node.as_ref(), segment });
    within
}

/// What async-graphql resolves a field of an object to, whose resolvers find `data` in their context.
///
/// # Errors
/// When the field fails and is not nullable.
pub async fn resolve_field<T: ContainerType>(
    object: &T,
    field: &Positioned<Field>,
    data: &Data,
    ctx: &Context<'_>,
) -> ServerResult<ConstValue> {
    let mut ctx = ctx.clone();
    ctx.item = field;
    ctx.execute_data = Some(data);
    Ok(object.resolve_field(&ctx).await?.unwrap_or_default())
}

/// The argument with this name, which is text, of the field whose context this is.
///
/// # Errors
/// When it is missing or no text.
pub fn text_argument(ctx: &Context<'_>, name: &str) -> ServerResult<String> {
    Ok(ctx.param_value::<String>(name, None)?.1)
}

/// The value of a field of `T` that has failed: null where it may be, beside the error.
///
/// # Errors
/// The same one, with the field's path, where the field cannot be null.
pub fn failed<T: OutputType>(ctx: &Context<'_>, error: ServerError) -> ServerResult<ConstValue> {
    let error = ctx.set_error_path(error);
    let object = ctx.schema_env.registry.types.get(&*T::type_name());
    let field = object.and_then(|object| object.field_by_name(&ctx.item.node.name.node));
    if field.is_none_or(|field| field.ty.ends_with('!')) {
        return Err(error);
    }
    ctx.add_error(error);
    Ok(ConstValue::Null)
}

/// The name of an enum's value in the schema.
pub fn enum_name<T: EnumType>(value: &T) -> &'static str {
    let item = T::items().iter().find(|item| item.value == *value);
    item.expect("every value has a name").name
}

/// A text of JSON as a value, which async-graphql passes on as it is.
pub fn finished(text: String) -> ConstValue {
    let text = ConstValue::String(text);
    ConstValue::Object(IndexMap::from([(Name::new(RAW_VALUE_TOKEN), text)]))
}

/// The text that a value is, if it was written directly.
pub fn finished_text(value: &ConstValue) -> Option<&str> {
    let ConstValue::Object(fields) = value else { return None };
    match fields.get(RAW_VALUE_TOKEN) {
        Some(ConstValue::String(text)) => Some(text),
        _ => None,
    }
}
