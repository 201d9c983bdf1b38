//! What writers were told of their changes, and whether the log agrees.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::Change;
use crate::support::process::PATIENCE;

/// What became of a change, as far as its writer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server said that it was made.
    Acknowledged,
    /// The server said that it was not made.
    Refused,
    /// The answer was lost, or said that nobody knows.
    Unknown,
}

/// The outcomes of changes by the IDs of their requests, for all writers together.
#[derive(Default)]
pub struct Ledger {
    state: Mutex<State>,
    grew: Condvar,
}

#[derive(Default)]
struct State {
    outcomes: HashMap<String, Outcome>,
    acknowledged: usize,
    is_over: bool,
}

impl Ledger {
    pub fn note(&self, request: String, outcome: Outcome) {
        let mut state = self.state.lock().unwrap();
        state.acknowledged += usize::from(outcome == Outcome::Acknowledged);
        assert_eq!(state.outcomes.insert(request, outcome), None);
        self.grew.notify_all();
    }

    /// Waits for as many more acknowledged changes, each of which must come within the usual time.
    #[track_caller]
    pub fn wait_for_more(&self, changes: usize) {
        let mut state = self.state.lock().unwrap();
        let until = state.acknowledged + changes;
        while state.acknowledged < until {
            let before = state.acknowledged;
            let is_still = |state: &mut State| state.acknowledged == before;
            state = self.grew.wait_timeout_while(state, PATIENCE, is_still).unwrap().0;
            assert!(state.acknowledged > before, "no change was acknowledged after {before}");
        }
    }

    /// Waits until as many changes more were refused.
    #[track_caller]
    pub fn wait_for_refusals(&self, changes: usize) {
        let until = self.count(Outcome::Refused) + changes;
        let deadline = Instant::now() + PATIENCE;
        while self.count(Outcome::Refused) < until {
            assert!(Instant::now() < deadline, "fewer than {until} changes were refused");
            thread::yield_now();
        }
    }

    /// Has the writers stop.
    pub fn end(&self) {
        // Even after a panic.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_over = true;
    }

    pub fn is_over(&self) -> bool {
        self.state.lock().unwrap().is_over
    }

    /// How many changes had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.state.lock().unwrap().outcomes.values().filter(|it| **it == outcome).count()
    }

    /// Holds the log to what the writers were told.
    #[track_caller]
    pub fn verify(&self, log: &[Change]) {
        let outcomes = &self.state.lock().unwrap().outcomes;
        let mut made: HashMap<&str, usize> = HashMap::new();
        for Change { id, request } in log {
            let outcome = outcomes.get(request);
            assert!(outcome.is_some(), "{id} of {request} was made by none of the writers");
            assert_ne!(
                outcome,
                Some(&Outcome::Refused),
                "{id} of {request} was reported as failed"
            );
            *made.entry(request).or_default() += 1;
        }
        for (request, outcome) in outcomes {
            let times = made.get(&**request).copied().unwrap_or_default();
            assert!(times <= 1, "{request} was made {times} times");
            assert!(times == 1 || *outcome != Outcome::Acknowledged, "{request} was lost");
        }
    }
}
