//! Fields that have to wait: async-graphql resolves them, as without direct resolution.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_graphql::{Context, Data, ServerResult};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::plan::{Below, Plan, PlannedValue, WaitingField};
use super::{Direct, JsonText, Resolved, Selected, WriteJson};
use crate::graphql::execution::internals::{ContainerType, Running, resolve_field};
use crate::graphql::execution::omitted::with_given_arguments;

/// What async-graphql can resolve a field to, for an object that is written directly.
///
/// Objects must be in a [`Direct`]: otherwise, they would be resolved without the plan, and their
/// fields would mistake the plan for their own.
pub trait DirectValue {
    /// The selection of these fields on such a value.
    fn plan(selected: Selected<'_>) -> Plan;
}

impl<T: WriteJson> DirectValue for Direct<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

impl<T: DirectValue> DirectValue for Option<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

impl<T: DirectValue, E> DirectValue for Result<T, E> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

impl<T: DirectValue> DirectValue for Vec<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

macro_rules! leaves {
    ($($Leaf:ty),*) => {
        $(impl DirectValue for $Leaf {
            fn plan(_: Selected<'_>) -> Plan {
                Plan::Leaf
            }
        })*
    };
}

leaves!(i32, f64, String);

impl Plan {
    /// The plan of a field that async-graphql resolves to a `T`.
    pub fn waiting<T: DirectValue>(selected: Selected<'_>) -> Self {
        let last_length = AtomicUsize::new(0);
        let value = Arc::new(PlannedValue { plan: T::plan(selected), last_length });
        let mut below = Data::default();
        below.insert(Below(Arc::clone(&value)));
        Self::Waiting(Box::new(WaitingField { field: selected.bare(), value, below }))
    }
}

/// Waits for the value to which async-graphql resolves the field of an object.
pub fn resolved<'a, T: ContainerType>(
    object: &'a T,
    plan: &'a Plan,
    ctx: &'a Context<'a>,
) -> BoxFuture<'a, ServerResult<Resolved>> {
    async move {
        let Plan::Waiting(waiting) = plan else { return Ok(Resolved::Nothing) };
        let Running { operation, variables, .. } = Running::of(ctx);
        let field = with_given_arguments(&waiting.field, operation, variables);
        resolve_field(object, &field, &waiting.below, ctx).await.map(Resolved::Value)
    }
    .boxed()
}

/// Writes the value to which async-graphql resolved the field of an object.
pub fn write_resolved<T>(_: &T, _: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
    match waited {
        Resolved::Value(value) => text.write_resolved(value),
        Resolved::Nothing | Resolved::Each(_) | Resolved::Failed => text.push("null"),
    }
}
