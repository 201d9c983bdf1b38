//! The client of a connection, as far as it concerns the execution of its requests.

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::refusal::Rejection;

/// The client of a connection. Cloning it copies nothing.
#[derive(Clone)]
pub(super) struct Client(Arc<Inner>);

struct Inner {
    /// How long a query can take after the client has closed its sending side.
    patience: Duration,
    /// Empty while the client can send.
    closed_at: OnceLock<Instant>,
    closing: Notify,
    /// The budget for its unread responses, in units of [`ROOM_UNIT`].
    room: Arc<Semaphore>,
}

/// The unit of the budget, in bytes. Shorter responses are not counted: all that one connection can
/// request amount to little.
const ROOM_UNIT: usize = 16 * 1024;

/// A part of the budget, in use until this is dropped.
pub(super) type BudgetedBytes = OwnedSemaphorePermit;

impl Client {
    /// The client of a new connection, with this time limit for queries after it has closed its
    /// sending side, and this budget in bytes for unread responses.
    pub fn new(patience: Duration, max_waiting_bytes: usize) -> Self {
        let room = Arc::new(Semaphore::new(max_waiting_bytes / ROOM_UNIT));
        let (closed_at, closing) = (OnceLock::new(), Notify::new());
        Self(Arc::new(Inner { patience, closed_at, closing, room }))
    }

    /// Takes this many bytes from the budget, until dropped; none for a response that is not
    /// counted.
    ///
    /// # Errors
    /// When unread responses have used up the budget.
    pub fn hold(client: Option<&Self>, bytes: u64) -> Result<Option<BudgetedBytes>, Rejection> {
        let units = u32::try_from(bytes / ROOM_UNIT as u64).unwrap_or(u32::MAX);
        match client {
            Some(client) if units > 0 => {
                let held = Arc::clone(&client.0.room).try_acquire_many_owned(units);
                held.map(Some).map_err(|_| Rejection::answers_not_taken())
            }
            _ => Ok(None),
        }
    }

    /// Records that the client has closed its sending side. It may still read, or be gone.
    pub fn close(&self) {
        self.0.closed_at.get_or_init(Instant::now);
        self.0.closing.notify_waiters();
    }

    /// Whether the client has closed its sending side.
    pub fn has_closed(&self) -> bool {
        self.0.closed_at.get().is_some()
    }

    /// Waits until the client closes its sending side, and returns when it did.
    pub async fn closed(&self) -> Instant {
        loop {
            let mut closing = pin!(self.0.closing.notified());
            closing.as_mut().enable();
            match self.0.closed_at.get() {
                Some(at) => return *at,
                None => closing.await,
            }
        }
    }

    /// Waits until a query should be aborted because its client has had its sending side closed for
    /// this long. Otherwise, it never ends.
    pub async fn overdue(client: Option<Self>) -> Duration {
        let Some(client) = client else { return pending().await };
        let patience = client.0.patience;
        sleep_until(client.closed().await + patience).await;
        patience
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_the_end_hears_of_it_before_and_after() {
        let client = Client::new(Duration::ZERO, 0);
        assert!(client.closed().now_or_never().is_none() && !client.has_closed());
        let waiting = tokio::spawn({
            let client = client.clone();
            async move { client.closed().await }
        });
        client.close();
        let at = waiting.await.unwrap();
        client.close();
        assert_eq!((client.closed().await, client.has_closed()), (at, true));
        assert_eq!(Client::overdue(Some(client)).await, Duration::ZERO);
    }

    #[test]
    fn answers_wait_up_to_a_number_of_bytes_in_all() {
        let client = Client::new(Duration::ZERO, 4 * ROOM_UNIT);
        let hold = |units: usize| Client::hold(Some(&client), (units * ROOM_UNIT) as u64);
        let one = hold(1).unwrap();
        let three = hold(3).unwrap();
        assert!(one.is_some() && three.is_some() && hold(1).is_err());
        // Whatever is not counted has room.
        assert!(hold(0).unwrap().is_none() && Client::hold(None, u64::MAX).unwrap().is_none());
        drop(one);
        assert!(hold(2).is_err() && hold(1).is_ok());
    }
}
