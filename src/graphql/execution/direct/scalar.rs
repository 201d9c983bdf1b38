//! Scalars that are written without being made.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use super::{JsonText, Plan, Selected, Shown, Waited};

/// What the schema shows as a scalar that would take memory of its own.
pub trait ScalarValue: Send + Sync {
    /// What it is in the schema.
    type Scalar: OutputType;

    /// The scalar, for async-graphql.
    fn to_scalar(&self) -> Self::Scalar;

    /// Writes what the scalar is in JSON.
    fn write(&self, text: &mut JsonText<'_>);
}

/// A value as a scalar, which is made only where async-graphql asks for it.
pub struct AsScalar<T>(pub T);

impl<T: ScalarValue> OutputType for AsScalar<T> {
    fn type_name() -> Cow<'static, str> {
        T::Scalar::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::Scalar::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.to_scalar().resolve(ctx, field).await
    }
}

impl<T: ScalarValue> Shown for AsScalar<T> {
    fn plan(_: Selected<'_>) -> Plan {
        Plan::Leaf
    }

    fn write(&self, _: &Plan, _: &Waited, text: &mut JsonText<'_>) {
        self.0.write(text);
    }
}
