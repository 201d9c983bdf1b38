//! Scalars that are written without being made.

use async_graphql::OutputType;

use super::{JsonText, Plan, Resolved, Selected, WriteJson};
use crate::graphql::execution::internals::stands_for;

/// A scalar whose value would need its own memory.
pub trait ScalarValue: Send + Sync {
    /// Its type in the schema.
    type Scalar: OutputType;

    /// The scalar, for async-graphql.
    fn to_scalar(&self) -> Self::Scalar;

    /// Writes the scalar as JSON.
    fn write(&self, text: &mut JsonText<'_>);
}

/// A value as a scalar, which is only created if async-graphql needs it.
pub struct LazyScalar<T>(pub T);

stands_for! {
    impl [T: ScalarValue] LazyScalar<T> as T::Scalar {
        |value, resolving| async { resolving.resolve(&value.0.to_scalar()).await }
    }
}

impl<T: ScalarValue> WriteJson for LazyScalar<T> {
    fn plan(_: Selected<'_>) -> Plan {
        Plan::Leaf
    }

    fn write(&self, _: &Plan, _: &Resolved, text: &mut JsonText<'_>) {
        self.0.write(text);
    }
}
