//! Values that async-graphql does not resolve, and the plans by which they are written.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::{Context, OutputType, ServerResult, Value};

use super::plan::{Below, Plan, PlannedValue};
use super::{JsonText, Resolved, WriteJson};
use crate::graphql::execution::internals::{root_key, stands_for};

/// A value that async-graphql does not resolve, but accepts as finished text.
pub struct Direct<T>(pub T);

stands_for! {
    impl [T: WriteJson + OutputType] Direct<T> as T {
        |value, resolving| async {
            let ctx = resolving.ctx();
            match planned(&ctx) {
                Some(planned) => planned.text_of(&value.0, &ctx).await,
                None => resolving.resolve(&value.0).await,
            }
        }
    }
}

impl PlannedValue {
    async fn text_of<T: WriteJson>(&self, value: &T, ctx: &Context<'_>) -> ServerResult<Value> {
        let plan = &self.plan;
        let waited = if plan.waits() { value.wait(plan, ctx).await? } else { Resolved::Nothing };
        let last_length = self.last_length.load(Ordering::Relaxed);
        let mut text = JsonText::with_room(ctx, last_length + last_length / 8);
        value.write(plan, &waited, &mut text);
        self.last_length.store(text.length(), Ordering::Relaxed);
        Ok(text.into_value())
    }
}

/// Whether `name` is selected on the value of the current field.
pub fn asks_for(ctx: &Context<'_>, name: &str) -> bool {
    match planned(ctx) {
        Some(PlannedValue { plan, .. }) => plan.fields().iter().any(|field| field.name == name),
        None => ctx.look_ahead().field(name).exists(),
    }
}

/// How many fields called `name` are selected on the value of the current field, under any keys.
pub fn selections(ctx: &Context<'_>, name: &str) -> usize {
    match planned(ctx) {
        Some(PlannedValue { plan, .. }) => {
            plan.fields().iter().filter(|field| field.name == name).count()
        }
        None => ctx.look_ahead().field(name).selection_fields().len(),
    }
}

/// The plan for the value of the current field. There is none if async-graphql is to resolve the
/// whole document.
fn planned<'a>(ctx: &Context<'a>) -> Option<&'a PlannedValue> {
    if let Some(Below(value)) = ctx.data_opt() {
        return Some(value);
    }
    ctx.data_opt::<Arc<Plan>>()?.of_key(root_key(ctx)?)
}
