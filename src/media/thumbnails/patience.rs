//! Calls of disks, which may never return.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Calls a disk, a few times at once, and gives up a call that takes too long. It counts until it returns, so
/// a disk that hangs takes only a few of the threads that everybody shares.
pub(super) struct Patience {
    calls: Arc<Semaphore>,
    limit: Duration,
}

/// The disk does not respond.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the disk does not respond")]
pub(super) struct NotResponding;

impl Patience {
    /// So many calls at once, each for so long.
    pub(super) fn new(at_once: usize, limit: Duration) -> Self {
        Self { calls: Arc::new(Semaphore::new(at_once)), limit }
    }

    /// Waits for a call.
    pub(super) async fn wait<T: Send + 'static>(
        &self,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, NotResponding> {
        let place = timeout(self.limit, Arc::clone(&self.calls).acquire_owned()).await;
        let place = place.map_err(|_| NotResponding)?.map_err(|_| NotResponding)?;
        let called = tokio::spawn(async move {
            let returned = call.await;
            drop(place);
            returned
        });
        // A call that panicked has no answer either.
        timeout(self.limit, called).await.map_err(|_| NotResponding)?.map_err(|_| NotResponding)
    }

    /// Waits for a call on a thread that may wait.
    pub(super) async fn block<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotResponding> {
        self.wait(async { spawn_blocking(call).await }).await?.map_err(|_| NotResponding)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_disk_that_hangs_takes_one_place_until_it_returns() {
        let patience = Patience::new(1, Duration::from_millis(50));
        let (ends, end) = oneshot::channel::<()>();
        let hanging = patience.wait(async move { drop(end.await) }).await;
        assert_eq!(hanging, Err(NotResponding));
        let calls = Arc::new(AtomicUsize::new(0));
        let call = || {
            let calls = Arc::clone(&calls);
            move || calls.fetch_add(1, Ordering::SeqCst)
        };
        assert_eq!(patience.block(call()).await, Err(NotResponding));
        assert_eq!(calls.load(Ordering::SeqCst), 0);
        ends.send(()).unwrap();
        let patient = Patience { limit: Duration::from_secs(60), ..patience };
        assert_eq!(patient.block(call()).await, Ok(0));
    }
}
