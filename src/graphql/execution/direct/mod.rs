//! Direct resolution: objects whose fields need no waiting are written straight into the text of
//! the answer.
//!
//! async-graphql makes a future of every field of every row, and a tree of values out of what they
//! give, which is most of the work on a page. Here what is selected of a type is looked up once, as a
//! [`Plan`] that is kept with the document; then one loop over the rows writes them into one text.
//!
//! A type takes part by standing in `direct!`, and a field that async-graphql resolves hands it
//! over as a [`Direct`]. Fields that have to wait, the `async` ones, are resolved by async-graphql
//! before anything is written: those of all rows together, so that the
//! [loaders](crate::graphql::schema::loaders) find what they batch.

mod object;
mod plan;
mod scalar;
mod selected;
mod shown;
mod text;
mod waiting;

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    Context, ContextSelectionSet, OutputType, Positioned, QueryPathSegment, ServerResult, Value,
};

use crate::graphql::Scope;

pub use object::{FieldOf, Object};
pub(in crate::graphql) use object::{direct, written_directly};
pub use plan::{Plan, PlannedValue, Source};
pub use scalar::{AsScalar, ScalarValue};
pub use selected::{Executed, FieldsByKey, Selected, bare};
pub use shown::Shown;
pub use text::{JsonText, write_response};
pub use waiting::{Answer, Below, Waited, resolved, write_resolved};

/// A value that async-graphql does not resolve, but takes as finished text.
pub struct Direct<T>(pub T);

impl<T: Shown + OutputType> OutputType for Direct<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut of_field = ctx.with_field(field);
        of_field.path_node = ctx.path_node;
        match planned(&of_field) {
            Some(planned) => planned.text_of(&self.0, &of_field).await,
            None => self.0.resolve(ctx, field).await,
        }
    }
}

impl PlannedValue {
    async fn text_of<T: Shown>(&self, value: &T, ctx: &Context<'_>) -> ServerResult<Value> {
        let plan = &self.plan;
        let waited = if plan.waits() { value.wait(plan, ctx).await? } else { Waited::Nothing };
        let last_length = self.last_length.load(Ordering::Relaxed);
        let mut text = JsonText::with_room(ctx, last_length + last_length / 8);
        value.write(plan, &waited, &mut text);
        self.last_length.store(text.length(), Ordering::Relaxed);
        Ok(text.into_value())
    }
}

/// Whether something is selected as `name` of the value of the field whose context this is.
pub fn asks_for(ctx: &Context<'_>, name: &str) -> bool {
    match planned(ctx) {
        Some(PlannedValue { plan, .. }) => plan.fields().iter().any(|field| field.name == name),
        None => ctx.look_ahead().field(name).exists(),
    }
}

/// The plan for the value of the field whose context this is. There is none where async-graphql is
/// to resolve all of a document.
fn planned<'a>(ctx: &Context<'a>) -> Option<&'a PlannedValue> {
    if let Some(Below(value)) = ctx.data_opt() {
        return Some(value);
    }
    let place = ctx.path_node.as_ref()?;
    let of_root = place.parents().last().unwrap_or(place);
    match of_root.segment {
        QueryPathSegment::Name(key) => Scope::of(ctx).plan()?.of_key(key),
        QueryPathSegment::Index(_) => None,
    }
}
