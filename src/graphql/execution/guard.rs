//! A root of the schema whose fields can panic without affecting the others.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use async_graphql::{Context, Error, ObjectType, ServerResult, Value};
use futures_util::FutureExt;

use super::internals::{ContainerType, failed, field_of, stands_for};
use super::introspection::{self, is_introspection};
use crate::graphql::error::ApiError;

/// An object whose fields fail with an internal error instead of panicking.
pub struct Guarded<T>(pub T);

impl<T: ObjectType> ContainerType for Guarded<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = field_of(ctx);
        if is_introspection(&field.node.name.node)
            && let Some(schema) = ctx.data_opt::<Arc<Valid<Schema>>>()
        {
            return introspection::resolve(ctx, schema).map(Some);
        }
        let resolved = AssertUnwindSafe(self.0.resolve_field(ctx)).catch_unwind().await;
        resolved.unwrap_or_else(|panic| {
            let error = Error::from(ApiError::panicked(&*panic)).into_server_error(field.pos);
            failed::<T>(ctx, error).map(Some)
        })
    }
}

stands_for! {
    impl [T: ObjectType] Guarded<T> as T {
        |object, resolving| async { resolving.resolve_fields(object).await }
    }
}

impl<T: ObjectType> ObjectType for Guarded<T> {}
