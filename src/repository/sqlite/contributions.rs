//! What each video contributes to statistics, in memory.
//!
//! Reading it row by row for many hits of a search takes twenty times as long as finding them. The
//! contributions of all videos take 32 bytes each. They are read together once many are needed, and
//! remain in use while few videos change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::stats::KindTotals;

/// The sums of no videos.
const NOTHING: KindTotals = KindTotals { count: 0, frames: 0, file_size: 0 };

/// What one video contributes to the sums of its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contribution {
    /// The number of its kind.
    pub(super) kind: usize,
    pub(super) frames: u64,
    /// Bytes.
    pub(super) file_size: u64,
}

/// A state of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The end of the log.
    pub(super) sequence: i64,
    /// How many times videos have moved to other positions without changing.
    pub(super) moves: i64,
}

/// What all videos contribute, in one state of the library.
#[derive(Debug)]
pub(super) struct Contributions {
    state: State,
    /// In ascending order.
    positions: Vec<i64>,
    /// Those of the videos at these positions.
    values: Vec<Contribution>,
}

impl Contributions {
    /// Those of no videos yet.
    pub(super) fn new(state: State) -> Self {
        Self { state, positions: Vec::new(), values: Vec::new() }
    }

    /// Adds that of the video at the next position.
    pub(super) fn push(&mut self, position: i64, value: Contribution) {
        self.positions.push(position);
        self.values.push(value);
    }

    /// The state in which they are complete.
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// The sums of the videos at these positions, which are in ascending order, by the numbers of their
    /// kinds. `changed` has those that have changed in the meantime. None if any position is unknown.
    pub(super) fn sums(
        &self,
        changed: &HashMap<i64, Contribution>,
        hits: &[i64],
    ) -> Option<Vec<KindTotals>> {
        let mut sums = Vec::new();
        let mut index = 0;
        for hit in hits {
            let value = if let Some(value) = changed.get(hit) {
                value
            } else {
                index = index_of(&self.positions, index, *hit)?;
                &self.values[index]
            };
            if value.kind >= sums.len() {
                sums.resize(value.kind + 1, NOTHING);
            }
            let sum: &mut KindTotals = &mut sums[value.kind];
            sum.count += 1;
            sum.frames += u128::from(value.frames);
            sum.file_size += u128::from(value.file_size);
        }
        Some(sums)
    }
}

/// The index of a position that is not before `from`. It is usually close.
fn index_of(positions: &[i64], mut from: usize, wanted: i64) -> Option<usize> {
    let (mut end, mut step) = (from, 1);
    while positions.get(end).is_some_and(|position| *position < wanted) {
        from = end + 1;
        end += step;
        step *= 2;
    }
    let near = &positions[from..positions.len().min(end + 1)];
    near.binary_search(&wanted).ok().map(|index| from + index)
}

/// The contributions that the readers of a store share.
#[derive(Default)]
pub(super) struct SharedContributions(Mutex<Option<Arc<Contributions>>>);

impl SharedContributions {
    /// Those that were read last.
    pub(super) fn get(&self) -> Option<Arc<Contributions>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces those of an earlier state.
    pub(super) fn set(&self, read: &Arc<Contributions>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_none_or(|known| known.state.sequence <= read.state.sequence) {
            *known = Some(Arc::clone(read));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_found_from_any_place_before_it() {
        let positions = [-8, -3, 0, 5, 6, 7, 100, 101, 4000];
        for from in 0..positions.len() {
            for (index, position) in positions.iter().enumerate().skip(from) {
                assert_eq!(index_of(&positions, from, *position), Some(index), "{from} {position}");
            }
            for missing in [4, 8, 4001] {
                assert_eq!(index_of(&positions, from, missing), None, "{from} {missing}");
            }
        }
        assert_eq!(index_of(&[], 0, 1), None);
    }

    #[test]
    fn sums_take_what_has_changed_from_elsewhere() {
        let value = |kind, file_size| Contribution { kind, frames: 1, file_size };
        let mut known = Contributions::new(State { sequence: 1, moves: 0 });
        for (position, kind) in [(1, 3), (5, 3), (9, 1)] {
            known.push(position, value(kind, u64::MAX));
        }
        let changed = [(5, value(4, 7)), (6, value(3, 8))].into();
        let sums = known.sums(&changed, &[1, 5, 6, 9]).unwrap();
        let counts: Vec<u64> = sums.iter().map(|sum| sum.count).collect();
        assert_eq!(counts, [0, 1, 0, 2, 1]);
        assert_eq!(sums[3].file_size, u128::from(u64::MAX) + 8);
        assert!(known.sums(&changed, &[1, 7]).is_none());
    }
}
