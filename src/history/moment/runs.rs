//! Runs of rows of the present that have all changed since a moment, so that a list of the past has to pass
//! them only once.
//!
//! A row that has changed stays changed, and one that has not stays where it is: so a run is still one when
//! more has changed.

use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};

/// How many runs of a list are kept.
const KEPT: usize = 16;
/// How many rows a run has at least that is worth keeping.
const WORTHWHILE: usize = 50;

/// One side of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Edge<P> {
    /// The beginning or the end of the list.
    OfList,
    /// A place.
    At(P),
}

/// All rows between two edges have changed.
#[derive(Clone, Debug)]
pub struct Run<P> {
    pub after: Edge<P>,
    /// The place of its first row.
    pub first: P,
    /// The place of its last row.
    pub last: P,
    pub before: Edge<P>,
    pub rows: usize,
}

/// The runs of a list that were passed.
#[derive(Debug)]
pub struct Runs<P>(Mutex<Vec<Run<P>>>);

impl<P> Default for Runs<P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<P: Clone> Clone for Runs<P> {
    fn clone(&self) -> Self {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self(Mutex::new(runs.clone()))
    }
}

impl<P: Clone> Runs<P> {
    /// The run whose rows come next after a place, or from the beginning on.
    pub fn from(&self, place: Option<&P>, compare: impl Fn(&P, &P) -> Ordering) -> Option<Run<P>> {
        self.find(|run| match (&run.after, place) {
            (Edge::OfList, None) => true,
            (Edge::At(_), None) => false,
            (Edge::OfList, Some(place)) => compare(place, &run.last).is_lt(),
            (Edge::At(after), Some(place)) => {
                compare(after, place).is_le() && compare(place, &run.last).is_lt()
            }
        })
    }

    /// The run whose rows come next before a place, or from the end on.
    pub fn back_from(
        &self,
        place: Option<&P>,
        compare: impl Fn(&P, &P) -> Ordering,
    ) -> Option<Run<P>> {
        self.find(|run| match (&run.before, place) {
            (Edge::OfList, None) => true,
            (Edge::At(_), None) => false,
            (Edge::OfList, Some(place)) => compare(place, &run.first).is_gt(),
            (Edge::At(before), Some(place)) => {
                compare(before, place).is_ge() && compare(place, &run.first).is_gt()
            }
        })
    }

    fn find(&self, is_it: impl Fn(&Run<P>) -> bool) -> Option<Run<P>> {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().rev().find(|run| is_it(run)).cloned()
    }

    /// Keeps a run, instead of those that are part of it and, if there are many, of the oldest one.
    pub fn keep(&self, run: Run<P>, compare: impl Fn(&P, &P) -> Ordering) {
        if run.rows < WORTHWHILE {
            return;
        }
        let is_part = |other: &Run<P>| {
            compare(&run.first, &other.first).is_le() && compare(&other.last, &run.last).is_le()
        };
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|other| !is_part(other));
        if runs.len() == KEPT {
            runs.remove(0);
        }
        runs.push(run);
    }
}
