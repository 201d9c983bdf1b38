//! Fields that have to wait: async-graphql resolves them, as it does without direct resolution.

use std::future::Future;
use std::sync::Arc;

use async_graphql::{ContainerType, Context, QueryPathNode, QueryPathSegment, ServerResult, Value};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, try_join_all};

use super::{Direct, JsonText, Plan, PlannedValue, Selected, Shown};
use crate::graphql::execution::omitted::with_given_arguments;
use crate::graphql::schema::scalars::SafeInt;

/// What was waited for, to be written in its place.
pub enum Waited {
    /// There is nothing to wait for in a value.
    Nothing,
    /// What each item of a list has waited for, or each of those fields of an object that wait.
    Each(Vec<Self>),
    /// What a field was resolved to.
    Value(Value),
    /// Something failed that makes the value null.
    Failed,
}

impl Waited {
    /// What the items or fields have waited for; none where nothing has waited.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Each(each) => each,
            Self::Nothing | Self::Value(_) | Self::Failed => &[],
        }
    }
}

/// The plan for the value of a field that async-graphql resolves, as it finds its way to there: in
/// the data of the field's context.
pub struct Below(pub Arc<PlannedValue>);

/// What async-graphql may resolve a field to, of an object that is written directly.
///
/// An object is to be in a [`Direct`]: it would be resolved without the plan, and what is in it
/// would take the plan for its own.
pub trait Answer {
    /// What these fields select of such a value.
    fn plan(selected: Selected<'_>) -> Plan;
}

impl<T: Shown> Answer for Direct<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

impl<T: Answer> Answer for Option<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

impl<T: Answer, E> Answer for Result<T, E> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

impl<T: Answer> Answer for Vec<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }
}

macro_rules! leaves {
    ($($Leaf:ty),*) => {
        $(impl Answer for $Leaf {
            fn plan(_: Selected<'_>) -> Plan {
                Plan::Leaf
            }
        })*
    };
}

leaves!(i32, f64, SafeInt, String);

/// Waits for what async-graphql resolves the field of an object to.
pub fn resolved<'a, T: ContainerType>(
    object: &'a T,
    plan: &'a Plan,
    ctx: &'a Context<'a>,
) -> BoxFuture<'a, ServerResult<Waited>> {
    async move {
        let Plan::Waiting(waiting) = plan else { return Ok(Waited::Nothing) };
        let (operation, variables) = (&ctx.query_env.operation.node, &ctx.query_env.variables);
        let field = with_given_arguments(&waiting.field, operation, variables);
        let mut ctx = ctx.clone();
        ctx.item = &field;
        ctx.execute_data = Some(&waiting.below);
        let value = object.resolve_field(&ctx).await?;
        Ok(Waited::Value(value.unwrap_or_default()))
    }
    .boxed()
}

/// Writes what the field of an object was resolved to.
pub fn write_resolved<T>(_: &T, _: &Plan, waited: &Waited, text: &mut JsonText<'_>) {
    match waited {
        Waited::Value(value) => text.write_resolved(value),
        Waited::Nothing | Waited::Each(_) | Waited::Failed => text.push("null"),
    }
}

/// Waits for all of these.
///
/// Most go on at the same time, so each is polled whenever one is woken, as futures-util does with a
/// few of them; to each of many it would give memory and a waker of its own.
///
/// # Errors
/// The first one.
pub fn all<F>(futures: impl Iterator<Item = F>) -> impl Future<Output = ServerResult<Vec<Waited>>>
where
    F: Future<Output = ServerResult<Waited>>,
{
    const FEW: usize = 30;
    let mut futures = futures.peekable();
    let mut parts = Vec::new();
    while futures.peek().is_some() {
        let part: Vec<F> = futures.by_ref().take(FEW).collect();
        parts.push(try_join_all(part));
    }
    let parts = try_join_all(parts);
    async { Ok(parts.await?.into_iter().flatten().collect()) }
}

/// The context of a field or an item of the value whose context is `ctx`.
pub fn within<'a>(ctx: &'a Context<'a>, segment: QueryPathSegment<'a>) -> Context<'a> {
    let mut within = ctx.clone();
    within.path_node = Some(QueryPathNode { parent: ctx.path_node.as_ref(), segment });
    within
}
