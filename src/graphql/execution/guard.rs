//! A root of the schema whose fields may panic without taking the others along.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Error, ObjectType, OutputType, Positioned,
    ServerResult, Value,
};
use futures_util::FutureExt;

use super::introspection::{self, is_introspection};
use crate::graphql::Scope;
use crate::graphql::error::ApiError;

/// An object whose fields fail with an internal error where they would panic.
pub struct Guarded<T>(pub T);

impl<T: ObjectType> ContainerType for Guarded<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        if is_introspection(&ctx.item.node.name.node) {
            return introspection::resolve(ctx, Scope::of(ctx).schema()).map(Some);
        }
        let resolved = AssertUnwindSafe(self.0.resolve_field(ctx)).catch_unwind().await;
        resolved.unwrap_or_else(|panic| {
            let error = Error::from(ApiError::panicked(&*panic)).into_server_error(ctx.item.pos);
            let error = ctx.set_error_path(error);
            if !is_nullable::<T>(ctx) {
                return Err(error);
            }
            ctx.add_error(error);
            Ok(Some(Value::Null))
        })
    }
}

fn is_nullable<T: OutputType>(ctx: &Context<'_>) -> bool {
    let object = ctx.schema_env.registry.types.get(&*T::type_name());
    let field = object.and_then(|object| object.field_by_name(&ctx.item.node.name.node));
    field.is_some_and(|field| !field.ty.ends_with('!'))
}

impl<T: ObjectType> OutputType for Guarded<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: ObjectType> ObjectType for Guarded<T> {}
