//! What all subscriptions share, whatever their transport: their maximum number, their budget for
//! queued events, and their end.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The number of keep-alive intervals after which a silent client is disconnected.
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

    /// Waits until nobody is waiting for the shutdown.
    pub async fn all_ended(&self) {
        self.stopping.closed().await;
    }

    /// A slot for one subscription until it is dropped; none if the limit has been reached.
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

/// The budget for one client's queue, in bytes, apart from the system's buffers.
const ROOM_BYTES: u32 = 64 * 1024;

/// The room for messages that wait for one client, in bytes. Clones share it.
///
/// A limit on their number alone would let a few long ones fill the memory.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

/// A part of the budget, in use until this is dropped.
pub(super) type SubscriptionSlot = OwnedSemaphorePermit;

impl Room {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_BYTES as usize)))
    }

    /// Waits for room for this many bytes. A message that is longer than the whole room waits until
    /// it has the room to itself.
    pub async fn take(&self, bytes: usize) -> SubscriptionSlot {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(ROOM_BYTES);
        let taken = Arc::clone(&self.0).acquire_many_owned(bytes).await;
        taken.expect("nobody closes it")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn messages_wait_until_there_is_room_and_a_long_one_waits_alone() {
        let (room, whole) = (Room::new(), ROOM_BYTES as usize);
        let first = room.take(1).now_or_never().expect("it is empty");
        let second = room.take(whole - 1).now_or_never().expect("there is as much");
        assert!(room.take(1).now_or_never().is_none());
        drop(first);
        assert!(room.take(2).now_or_never().is_none());
        drop(second);
        let long = room.take(2 * whole).now_or_never().expect("it is empty");
        assert!(room.take(1).now_or_never().is_none());
        drop(long);
        assert!(room.take(1).now_or_never().is_some());
    }
}
