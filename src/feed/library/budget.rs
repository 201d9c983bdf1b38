//! How much may be evaluated in each interval, for all subscribers together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The budget of evaluations, which begins again with each interval.
pub(super) struct Budget {
    max_tests: u64,
    interval: Duration,
    spent: Mutex<Spent>,
}

struct Spent {
    tests: u64,
    until: Instant,
}

impl Budget {
    /// This number of tests in each interval.
    pub fn new(max_tests: u64, interval: Duration) -> Self {
        Self { max_tests, interval, spent: Mutex::new(Spent { tests: 0, until: Instant::now() }) }
    }

    /// Whether this number of tests is within the budget, which they are then taken from.
    pub fn take(&self, tests: u64) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now >= spent.until {
            *spent = Spent { tests: 0, until: now + self.interval };
        }
        let after = spent.tests.saturating_add(tests);
        let is_within = after <= self.max_tests;
        if is_within {
            spent.tests = after;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_budget_takes_nothing_from_it() {
        let budget = Budget::new(10, Duration::from_secs(3600));
        let taken = [6, 5, 4, 1, 0].map(|tests| budget.take(tests));
        assert_eq!(taken, [true, false, true, false, true]);
        assert!(!budget.take(u64::MAX));
    }

    #[test]
    fn each_interval_has_its_own() {
        let budget = Budget::new(10, Duration::ZERO);
        assert!(budget.take(10) && budget.take(10) && !budget.take(11));
    }
}
