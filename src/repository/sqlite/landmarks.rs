//! Landmarks of orders: the positions of every so many rows, kept in memory as far as somebody went.
//!
//! They hold for one state of the library, which the end of its log identifies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{LogPosition, OrderKey, SortPosition};

/// The number of rows from one landmark to the next: a walk over as many takes a fraction of a
/// millisecond.
pub(super) const STEP: u64 = if cfg!(test) { 3 } else { 4096 };

/// The landmarks of all orders, which the readers of a library share.
#[derive(Default)]
pub(super) struct Landmarks(Mutex<HashMap<OrderKey, Arc<Known>>>);

impl Landmarks {
    /// Those of an order in this state of the library.
    pub(super) fn of(&self, key: OrderKey, state: LogPosition) -> Arc<Known> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&key).filter(|known| known.state == state);
        known.cloned().unwrap_or_else(|| Arc::new(Known::nothing(state)))
    }

    /// Keeps those of an order, unless others are of a later state or go further.
    pub(super) fn keep(&self, key: OrderKey, new: Arc<Known>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&key).is_none_or(|known| new.is_news_to(known)) {
            all.insert(key, new);
        }
    }
}

/// What is known of an order.
#[derive(Clone)]
pub(super) struct Known {
    state: LogPosition,
    /// The position of the last of each [`STEP`] rows.
    pub(super) places: Vec<SortPosition>,
    /// Whether there is no other.
    pub(super) is_all: bool,
}

impl Known {
    fn nothing(state: LogPosition) -> Self {
        Self { state, places: Vec::new(), is_all: false }
    }

    /// Whether it is of a later state, or goes further in the same one. With another log behind the same
    /// number, an older backup was restored.
    fn is_news_to(&self, other: &Self) -> bool {
        let extent = |known: &Self| (known.is_all, known.places.len());
        if self.state == other.state {
            extent(self) > extent(other)
        } else {
            self.state.sequence >= other.state.sequence
        }
    }
}
