//! The client of a connection, as far as requests that are executed have to know it.

use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The client of a connection. Cloning it copies nothing.
#[derive(Clone)]
pub(super) struct Client(Arc<Inner>);

struct Inner {
    /// How long a query may still take once the client has closed its sending side.
    patience: Duration,
    /// Empty while the client may send something.
    closed_at: OnceLock<Instant>,
    closing: Notify,
}

impl Client {
    /// The client of a new connection, whose queries may take this long after it has closed its
    /// sending side.
    pub fn new(patience: Duration) -> Self {
        Self(Arc::new(Inner { patience, closed_at: OnceLock::new(), closing: Notify::new() }))
    }

    /// Notes that the client has closed its sending side. It may still read, or be gone.
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

    /// Waits until a query is to be given up since its client has closed its sending side for this
    /// long. Never ends where there is no such client.
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
        let client = Client::new(Duration::ZERO);
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
}
