//! Scalars that are written without being made.

use async_graphql::OutputType;

use super::{JsonText, Plan, Selected, Shown, Waited};
use crate::graphql::execution::internals::stands_for;

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

stands_for! {
    impl [T: ScalarValue] AsScalar<T> as T::Scalar {
        |value, resolving| async { resolving.resolve(&value.0.to_scalar()).await }
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
