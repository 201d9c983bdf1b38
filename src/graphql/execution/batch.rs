//! Look-ups that wait for one another, to be made in one call.
//!
//! A batch waits for the next [round](super::rounds) instead of a timer: by then, the siblings of the
//! first request have made theirs. The look-ups are unconstrained, because tokio would delay those
//! after the first 128, and so split a batch.
//!
//! This is our own dataloader. async-graphql's `dataloader` was tried in its place, with a timer
//! that fires immediately and a spawner that runs its tasks within the rounds of the request. A page
//! with nested entries took 5,362,026 instructions instead of 4,863,036 (+10 %), and a video by ID
//! 90,636 instead of 81,380 (+11 %), counted by `benches/instructions`. It boxes a task for each
//! batch, a loader costs even if nothing is loaded, it copies each value out of a map, and it adds
//! six crates.

use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard};

use async_graphql::indexmap::IndexMap;
use tokio::sync::OnceCell;
use tokio::task::unconstrained;

use super::rounds::Rounds;
use crate::graphql::error::ApiError;
use crate::repository::RepositoryError;

/// What can be looked up in batches.
pub trait Fetch: Send + Sync {
    /// The key.
    type Key: Clone + Eq + Hash + Send + Sync;
    /// The value.
    type Value: Clone + Send + Sync;

    /// The values in the order of the keys, which are distinct.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn fetch(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<Vec<Self::Value>, RepositoryError>> + Send;
}

/// Look-ups of one kind, made in batches.
pub struct Batching<F: Fetch> {
    fetch: F,
    rounds: Arc<Rounds>,
    /// The batch that further keys join, once there is one: most requests need few kinds of look-ups.
    open: Mutex<Option<Arc<Batch<F>>>>,
}

/// The look-ups of one batch.
struct Batch<F: Fetch> {
    /// In order of arrival, each with the number of requests for it.
    keys: Mutex<IndexMap<F::Key, usize>>,
    answers: OnceCell<BatchResults<F::Value>>,
}

/// The values, in the order of the keys.
type BatchResults<V> = Result<Mutex<Vec<Found<V>>>, ApiError>;

/// A value, which the last request takes without a copy.
struct Found<V> {
    value: Option<V>,
    askers: usize,
}

impl<F: Fetch> Batching<F> {
    /// Look-ups by `fetch`, each one round after its request.
    pub fn new(fetch: F, rounds: &Arc<Rounds>) -> Self {
        Self { fetch, rounds: Arc::clone(rounds), open: Mutex::default() }
    }

    /// The value for this key.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn get(&self, key: F::Key) -> Result<F::Value, ApiError> {
        let (batch, place) = self.join(key);
        self.rounds.next().await;
        // The first one to come by fetches for all. Where it is given up, the next one does.
        let answers = batch.answers.get_or_init(|| self.fetch(&batch));
        match unconstrained(answers).await {
            Ok(found) => Ok(locked(found)[place].take()),
            Err(error) => Err(error.clone()),
        }
    }

    /// Joins the open batch: which one that is, and the key's place in it.
    fn join(&self, key: F::Key) -> (Arc<Batch<F>>, usize) {
        let mut open = locked(&self.open);
        let batch = open.get_or_insert_default();
        let mut keys = locked(&batch.keys);
        let entry = keys.entry(key);
        let place = entry.index();
        *entry.or_default() += 1;
        (Arc::clone(batch), place)
    }

    async fn fetch(&self, batch: &Arc<Batch<F>>) -> BatchResults<F::Value> {
        self.close(batch);
        let (keys, askers): (Vec<_>, Vec<_>) =
            locked(&batch.keys).iter().map(|(key, askers)| (key.clone(), *askers)).unzip();
        let values = self.fetch.fetch(&keys).await?.into_iter();
        let found = values.zip(askers).map(|(value, askers)| Found { value: Some(value), askers });
        Ok(Mutex::new(found.collect()))
    }

    fn close(&self, batch: &Arc<Batch<F>>) {
        locked(&self.open).take_if(|open| Arc::ptr_eq(open, batch));
    }
}

impl<F: Fetch> Default for Batch<F> {
    fn default() -> Self {
        Self { keys: Mutex::default(), answers: OnceCell::new() }
    }
}

impl<V: Clone> Found<V> {
    fn take(&mut self) -> V {
        self.askers -= 1;
        let value = if self.askers == 0 { self.value.take() } else { self.value.clone() };
        value.expect("only the last one who asks takes the value")
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while it is locked")
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::future::join_all;
    use futures_util::poll;
    use tokio::task::yield_now;

    use super::*;

    /// Maps numbers to themselves, and records what was requested.
    #[derive(Default)]
    struct Numbers(Mutex<Vec<Vec<u32>>>);

    impl Fetch for Numbers {
        type Key = u32;
        type Value = u32;

        async fn fetch(&self, keys: &[u32]) -> Result<Vec<u32>, RepositoryError> {
            locked(&self.0).push(keys.to_vec());
            yield_now().await;
            Ok(keys.to_vec())
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_at_the_same_time_is_fetched_once() {
        let numbers = Batching::new(Numbers::default(), &Arc::default());
        let asked: Vec<u32> = (0..300).map(|number| number % 200).collect();
        let found = join_all(asked.iter().map(|number| numbers.get(*number))).await;
        let found: Vec<u32> = found.into_iter().map(|number| number.ok().unwrap()).collect();
        assert_eq!(found, asked);
        let again = numbers.get(7).await;
        assert!(again.is_ok_and(|number| number == 7));
        assert_eq!(*locked(&numbers.fetch.0), [(0..200).collect(), vec![7]]);
    }

    #[tokio::test]
    async fn who_waits_goes_on_where_the_one_who_fetches_is_given_up() {
        let numbers = Batching::new(Numbers::default(), &Arc::default());
        let mut first = Box::pin(numbers.get(1));
        let mut second = Box::pin(numbers.get(2));
        while locked(&numbers.fetch.0).is_empty() {
            assert_eq!(poll!(&mut first).map(drop), Poll::Pending);
            assert_eq!(poll!(&mut second).map(drop), Poll::Pending);
        }
        drop(first);
        assert!(second.await.is_ok_and(|number| number == 2));
        assert_eq!(*locked(&numbers.fetch.0), [[1, 2], [1, 2]]);
    }
}
