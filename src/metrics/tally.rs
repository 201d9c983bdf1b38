//! The store calls of one operation, counted during its execution.
//!
//! The count belongs to the task, so nothing between an operation and the store needs to pass it
//! on, and concurrent operations do not interfere.

use std::cell::Cell;
use std::time::Duration;

tokio::task_local! {
    static TALLY: Cell<StoreCalls>;
}

/// The number and the total time of store calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreCalls {
    /// The number of completed calls.
    pub count: u32,
    /// The time of all of them together, which is more than has passed where some ran side by side.
    pub took: Duration,
}

/// The result of `execution`, and the calls of a measured store that it made.
pub async fn tallied<T>(execution: impl Future<Output = T>) -> (T, StoreCalls) {
    let execution = async { (execution.await, TALLY.with(Cell::get)) };
    TALLY.scope(Cell::default(), execution).await
}

/// Whether calls are counted here, which is the case during the execution of an operation.
pub(super) fn is_on() -> bool {
    TALLY.try_with(|_| ()).is_ok()
}

/// Counts a call.
pub(super) fn add(took: Duration) {
    // Nobody asks for the calls of a subscription, or of the feed.
    let _ = TALLY.try_with(|tally| {
        let StoreCalls { count, took: sum } = tally.get();
        tally.set(StoreCalls { count: count.saturating_add(1), took: sum + took });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_execution_has_a_tally_of_its_own() {
        let second = Duration::from_secs(1);
        add(second);
        let outer = tallied(async {
            add(second);
            let (is_inner_on, inner) = tallied(async { is_on() }).await;
            assert_eq!((is_inner_on, inner), (true, StoreCalls::default()));
            add(second);
        });
        let ((), calls) = outer.await;
        assert_eq!(calls, StoreCalls { count: 2, took: 2 * second });
        assert!(!is_on());
    }
}
