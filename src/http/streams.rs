//! What all subscriptions share, whatever their transport: how many there may be, and their end.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// After how many keep-alive intervals a client is given up that says nothing, or takes nothing.
pub(super) const SILENT_INTERVALS: u32 = 3;

/// The subscriptions of one server. Cloning it copies nothing.
#[derive(Clone)]
pub struct Streams {
    slots: Arc<Semaphore>,
    /// True once the server stops. Whatever is to end before the server does, holds a receiver.
    stopping: Arc<watch::Sender<bool>>,
}

impl Streams {
    /// Room for this many subscriptions.
    pub fn new(max_subscriptions: usize) -> Self {
        let slots = Arc::new(Semaphore::new(max_subscriptions));
        Self { slots, stopping: Arc::new(watch::Sender::new(false)) }
    }

    /// Tells everyone that the server stops.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until nobody is left who waits for the stop.
    pub async fn all_ended(&self) {
        self.stopping.closed().await;
    }

    /// A place for one subscription until it is dropped; none where all are taken.
    pub(super) fn take_slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Watches for the stop of the server, which does not end before this is dropped.
    pub(super) fn watch_stop(&self) -> StopWatch {
        StopWatch(self.stopping.subscribe())
    }
}

/// Someone who is to end when the server stops, and before it does.
pub(super) struct StopWatch(watch::Receiver<bool>);

impl StopWatch {
    /// Waits until the server stops.
    pub async fn begun(&mut self) {
        // Nobody is left to stop a server that is gone.
        let _ = self.0.wait_for(|is_stopping| *is_stopping).await;
    }
}
