//! The one that reads the log, for all subscribers together.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;

use super::event::Change;
use super::hub::FeedHub;
use super::stretch::{Stretch, read_after};
use crate::causes::with_causes;
use crate::domain::LogPosition;
use crate::repository::RepositoryError;

/// The maximum number of entries per read.
const BATCH: usize = 500;

/// The interval of polling for changes by other processes, and of retries.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Follows the log while there are subscribers.
pub(super) async fn follow(hub: Arc<FeedHub>) {
    let mut commits = hub.repository.commits();
    let mut has_failed = false;
    while let Some(head) = hub.head_if_needed() {
        match read_on(&hub, head).await {
            Ok(None) => {
                tracing::error!(
                    sequence = head.sequence,
                    "the log lacks changes that subscribers have: their cursors are not valid any more"
                );
                return hub.end_log();
            }
            Ok(Some(count)) => {
                has_failed = false;
                if count == BATCH {
                    continue;
                }
            }
            Err(error) => {
                if !has_failed {
                    let error = with_causes(&error);
                    tracing::error!(error, "could not follow the log; trying again");
                }
                has_failed = true;
            }
        }
        wait(&mut commits).await;
    }
}

/// Reads the next entries of the log, and returns their number; none if it is not the log that was read
/// before.
async fn read_on(hub: &FeedHub, head: LogPosition) -> Result<Option<usize>, RepositoryError> {
    let reading = read_after(&*hub.repository, head, BATCH);
    // A store that panics must not leave the subscribers without news for ever.
    let stretch = AssertUnwindSafe(reading)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(RepositoryError::store("follow the log")("the store panicked")))?;
    let Stretch::Entries(entries) = stretch else { return Ok(None) };
    let count = entries.len();
    hub.extend(entries.into_iter().map(Change::from).collect());
    Ok(Some(count))
}

/// Waits for a commit, up to the next poll.
async fn wait(commits: &mut watch::Receiver<i64>) {
    tokio::select! {
        // Once the store is closed there are no more commits to wait for.
        Ok(()) = commits.changed() => {}
        () = tokio::time::sleep(LOOK_INTERVAL) => {}
    }
}
