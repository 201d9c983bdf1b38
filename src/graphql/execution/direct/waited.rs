//! What was waited for before a value is written.

use std::future::Future;

use async_graphql::{ServerResult, Value};
use futures_util::future::try_join_all;

/// What was waited for, to be written in its place.
pub enum Resolved {
    /// There is nothing to wait for in a value.
    Nothing,
    /// What each item of a list, or each waiting field of an object, has waited for.
    Each(Vec<Self>),
    /// The resolved value of a field.
    Value(Value),
    /// Something failed that makes the value null.
    Failed,
}

impl Resolved {
    /// What the items or fields have waited for; none if nothing has.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Each(each) => each,
            Self::Nothing | Self::Value(_) | Self::Failed => &[],
        }
    }
}

/// Waits for all of these.
///
/// Most continue at the same time, so each is polled whenever one is woken, as futures-util does
/// for a few; for many, it would allocate memory and a waker for each.
///
/// # Errors
/// The first one.
pub fn all<F>(futures: impl Iterator<Item = F>) -> impl Future<Output = ServerResult<Vec<Resolved>>>
where
    F: Future<Output = ServerResult<Resolved>>,
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
