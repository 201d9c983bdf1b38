//! Landmarks of orders: how many rows there are up to some places, kept in memory as far as somebody went.
//!
//! They hold for one state of the library, which the end of its log identifies. Adding what has moved since
//! then makes them hold for a later state.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{LogPosition, OrderKey, SortPosition, VideoOrder};

/// The number of rows from one new landmark to the next: a walk over as many takes a fraction of a
/// millisecond.
pub(super) const STEP: u64 = if cfg!(test) { 3 } else { 4096 };

/// The maximum number of changes from one state to another that are followed. Beyond it, the order is walked
/// again.
pub(super) const MOST: i64 = if cfg!(test) { 12 } else { 2000 };

/// The landmarks of all orders, which the readers of a library share.
#[derive(Default)]
pub(super) struct Landmarks(Mutex<HashMap<OrderKey, Kept>>);

/// The landmarks of an order.
struct Kept {
    newest: Arc<Known>,
    /// Those of an earlier state, for readers that do not see the newest one.
    earlier: Option<Arc<Known>>,
}

impl Landmarks {
    /// Those of an order in this state of the library, or the last known before it.
    pub(super) fn of(&self, key: OrderKey, state: LogPosition) -> Option<Arc<Known>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get(&key)?;
        let mut known = [Some(&kept.newest), kept.earlier.as_ref()].into_iter().flatten();
        known.find(|known| known.state.sequence <= state.sequence).cloned()
    }

    /// Keeps those of an order, unless others are of a later state or go further.
    pub(super) fn keep(&self, key: OrderKey, new: Arc<Known>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(&key) {
            Some(kept) => kept.keep(new),
            None => drop(all.insert(key, Kept { newest: new, earlier: None })),
        }
    }
}

impl Kept {
    fn keep(&mut self, new: Arc<Known>) {
        if !new.is_news_to(&self.newest) {
            return;
        }
        let sequence = new.state.sequence;
        let last = mem::replace(&mut self.newest, new);
        // The earlier state stays so far behind that all readers but those of old snapshots start from it.
        let is_far = |earlier: &Arc<Known>| sequence - earlier.state.sequence > MOST / 2;
        if last.state.sequence < sequence && self.earlier.as_ref().is_none_or(is_far) {
            self.earlier = Some(last);
        }
    }
}

/// What is known of an order.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) state: LogPosition,
    /// In their order.
    pub(super) landmarks: Vec<Landmark>,
    /// Whether fewer than [`STEP`] rows follow the last landmark.
    pub(super) is_all: bool,
}

/// A place in an order. The row that was there may have moved.
#[derive(Clone)]
pub(super) struct Landmark {
    pub(super) place: SortPosition,
    /// The number of rows up to the place, the row at the place included.
    pub(super) rows: u64,
}

/// The places in an order that a video left and took. It has none while it does not exist.
pub(super) struct Move {
    pub(super) from: Option<SortPosition>,
    pub(super) to: Option<SortPosition>,
}

impl Known {
    pub(super) fn nothing(state: LogPosition) -> Self {
        Self { state, landmarks: Vec::new(), is_all: false }
    }

    /// The number of rows up to the landmark before the one with this index.
    pub(super) fn rows_before(&self, index: usize) -> u64 {
        index.checked_sub(1).map_or(0, |last| self.landmarks[last].rows)
    }

    /// The same in the state after these moves; none if they cannot have followed this one.
    pub(super) fn after(
        &self,
        moves: &[Move],
        state: LogPosition,
        order: &VideoOrder,
    ) -> Option<Self> {
        let first_from = |place: &SortPosition| {
            self.landmarks.partition_point(|landmark| order.compare(&landmark.place, place).is_lt())
        };
        // The last one is for what lies behind all landmarks.
        let mut shifts = vec![0_i64; self.landmarks.len() + 1];
        for Move { from, to } in moves {
            from.iter().for_each(|from| shifts[first_from(from)] -= 1);
            to.iter().for_each(|to| shifts[first_from(to)] += 1);
        }
        let mut after = Self::nothing(state);
        let mut shift = 0;
        for (landmark, more) in self.landmarks.iter().zip(shifts) {
            shift += more;
            let rows = landmark.rows.checked_add_signed(shift)?;
            after.add_last(Landmark { place: landmark.place.clone(), rows })?;
        }
        Some(after)
    }

    /// Adds a landmark behind all others, in place of those that are too close together with it.
    fn add_last(&mut self, landmark: Landmark) -> Option<()> {
        landmark.rows.checked_sub(self.rows_before(self.landmarks.len()))?;
        while let Some(last) = self.landmarks.len().checked_sub(1)
            && landmark.rows - self.rows_before(last) <= STEP
        {
            self.landmarks.pop();
        }
        self.landmarks.push(landmark);
        Some(())
    }

    /// Whether it is of a later state, or goes further in the same one. With another log behind the same
    /// number, an older backup was restored.
    fn is_news_to(&self, other: &Self) -> bool {
        let extent = |known: &Self| (known.is_all, known.landmarks.len());
        if self.state == other.state {
            extent(self) > extent(other)
        } else {
            self.state.sequence >= other.state.sequence
        }
    }
}
