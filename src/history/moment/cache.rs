//! What has changed since moments, kept for all who ask for it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::since::Since;
use crate::domain::LogPosition;
use crate::repository::{RepositoryError, VideoReader};

/// What has changed since the moments that were asked for last.
#[derive(Debug)]
pub struct Cache {
    max_bytes: usize,
    /// What has changed since one moment is read after what has since another: it takes memory, and a while.
    reading: Semaphore,
    slots: Mutex<Vec<Slot>>,
}

#[derive(Clone, Debug)]
struct Slot {
    moment: LogPosition,
    bytes: usize,
    /// Locked while it is read, so that others wait for it instead of reading the same.
    since: Arc<tokio::sync::Mutex<Option<Arc<Since>>>>,
}

impl Cache {
    /// One of this size.
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, reading: Semaphore::new(1), slots: Mutex::default() }
    }

    /// What has changed since a moment, up to the newest entry that `reader` sees. What was read before is
    /// read on from.
    pub async fn since(
        &self,
        reader: &dyn VideoReader,
        moment: LogPosition,
        up_to: i64,
    ) -> Result<Arc<Since>, RepositoryError> {
        let slot = self.slot(moment);
        let mut kept = slot.lock().await;
        let is_behind = match &*kept {
            Some(since) if since.up_to == up_to => return Ok(Arc::clone(since)),
            // A copy of the library can be.
            Some(since) => since.up_to > up_to,
            None => false,
        };
        let base = if is_behind { None } else { kept.clone() };
        let _turn = self.reading.acquire().await;
        let since = Since::read(reader, moment.sequence, base.as_deref(), up_to).await?;
        let since = Arc::new(since);
        if !is_behind {
            *kept = Some(Arc::clone(&since));
            self.note(moment, since.bytes());
        }
        Ok(since)
    }

    /// The slot of a moment, which becomes the one that was asked for last.
    fn slot(&self, moment: LogPosition) -> Arc<tokio::sync::Mutex<Option<Arc<Since>>>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let place = slots.iter().position(|slot| slot.moment == moment);
        let slot = match place {
            Some(place) => slots.remove(place),
            None => Slot { moment, bytes: 0, since: Arc::default() },
        };
        slots.push(slot.clone());
        slot.since
    }

    /// Notes the size of a slot, and removes those that have no room.
    fn note(&self, moment: LogPosition, bytes: usize) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.iter_mut().find(|slot| slot.moment == moment) {
            slot.bytes = bytes;
        }
        let mut room = self.max_bytes;
        // The last ones stay.
        let mut has_room = |slot: &Slot| {
            let left = room.checked_sub(slot.bytes);
            room = left.unwrap_or(0);
            left.is_some()
        };
        let kept: Vec<bool> = slots.iter().rev().map(&mut has_room).collect();
        let mut kept = kept.into_iter().rev();
        slots.retain(|_| kept.next().unwrap_or(true));
    }
}
