//! The task that evaluates changes, for all who follow the library together.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, sleep_until};

use super::changes::LibraryChanges;
use super::evaluation::{Outcome, evaluate};
use super::roots::CatalogueLook;
use super::watch::Watch;
use crate::causes::with_causes;
use crate::domain::{AuditEntry, AuditFilter, LogPosition, VideoFilter};
use crate::feed::stretch::{Stretch, read_after};
use crate::repository::RepositoryError;

/// The maximum number of entries per read.
const BATCH: usize = 500;

/// The interval of polling for changes by other processes, and of retries.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The tests that reading an entry for one subscriber counts as.
const TESTS_PER_ENTRY: u64 = 5;

/// Evaluates changes while there are subscribers, in windows that begin one interval apart.
pub(super) async fn follow(watch: Arc<Watch>) {
    let mut commits = watch.repository.commits();
    let mut has_failed = false;
    while let Some(place) = watch.place_if_needed() {
        let began = Instant::now();
        // A store that panics must not leave the subscribers without news permanently.
        let window = AssertUnwindSafe(report_window(&watch, place)).catch_unwind().await;
        let window = window.unwrap_or_else(|_| Err(RepositoryError::store(FOLLOW)(PANICKED)));
        match window {
            Ok(Window::Stopped) => continue,
            Ok(Window::Complete) => has_failed = false,
            Err(error) => {
                if !has_failed {
                    let error = with_causes(&error);
                    tracing::error!(error, "could not evaluate changes; trying again");
                }
                has_failed = true;
            }
        }
        sleep_until(began + watch.interval).await;
        wait(&mut commits).await;
    }
}

const FOLLOW: &str = "follow the log";
const PANICKED: &str = "the store panicked";

/// How a window ended.
enum Window {
    /// At the end of the log.
    Complete,
    /// Where somebody has joined: what is after it concerns them as well.
    Stopped,
}

/// Hands out what has been committed after a place, and what has changed of the catalogue.
async fn report_window(watch: &Watch, place: LogPosition) -> Result<Window, RepositoryError> {
    let window = evaluate_window(watch, place).await?;
    if matches!(window, Window::Complete) {
        watch.deliver_look(look(watch).await?);
    }
    Ok(window)
}

pub(super) async fn look(watch: &Watch) -> Result<CatalogueLook, RepositoryError> {
    CatalogueLook::now(&*watch.repository, &*watch.clock).await
}

/// Evaluates what has been committed after a place, and hands it out.
async fn evaluate_window(watch: &Watch, mut place: LogPosition) -> Result<Window, RepositoryError> {
    let mut outcomes: Option<Vec<Outcome>> = None;
    loop {
        let mut entries = match read_after(&*watch.repository, place, BATCH).await? {
            Stretch::Entries(entries) => entries,
            Stretch::OtherLog => {
                watch.restart(watch.repository.newest().await?);
                return Ok(Window::Complete);
            }
        };
        let Some(last) = entries.last() else { break };
        let is_end = entries.len() < BATCH;
        let stop = watch.stop_between(place.sequence, last.sequence);
        if let Some(stop) = stop {
            entries.retain(|entry| entry.sequence <= stop);
        }
        place = entries.last().map_or(place, LogPosition::behind);
        let outcomes = outcomes.get_or_insert_with(|| watch.outcomes());
        evaluate(&*watch.repository, &watch.budget, &entries, outcomes).await;
        if stop.is_some() {
            watch.deliver(std::mem::take(outcomes), place);
            return Ok(Window::Stopped);
        }
        if outcomes.iter().all(|outcome| outcome.changes.is_settled()) {
            // Whatever else was committed makes no difference.
            place = watch.repository.newest().await?;
            break;
        }
        if is_end {
            break;
        }
    }
    if let Some(outcomes) = outcomes {
        watch.deliver(outcomes, place);
    }
    Ok(Window::Complete)
}

/// What changed of the videos that a filter selects, from one place to another; anything if that is
/// too much to evaluate.
pub(super) async fn changes_between(
    watch: &Watch,
    filter: &Arc<VideoFilter>,
    mut place: i64,
    end: i64,
) -> Result<LibraryChanges, RepositoryError> {
    let mut outcome = [Outcome::new(Arc::clone(filter))];
    let entries = u64::try_from(end.saturating_sub(place)).unwrap_or_default();
    if !watch.budget.take(entries.saturating_mul(TESTS_PER_ENTRY)) {
        return Ok(LibraryChanges::UNKNOWN);
    }
    while place < end && !outcome[0].changes.is_settled() {
        let mut entries = entries_after(watch, place).await?;
        entries.retain(|entry| entry.sequence <= end);
        let Some(last) = entries.last() else { break };
        place = last.sequence;
        evaluate(&*watch.repository, &watch.budget, &entries, &mut outcome).await;
    }
    let [outcome] = outcome;
    Ok(outcome.changes)
}

async fn entries_after(watch: &Watch, sequence: i64) -> Result<Vec<AuditEntry>, RepositoryError> {
    watch.repository.entries_after(sequence, &AuditFilter::default(), BATCH).await
}

/// Waits for a commit, up to the next poll.
async fn wait(commits: &mut Receiver<i64>) {
    tokio::select! {
        // Once the store is closed there are no more commits to wait for.
        Ok(()) = commits.changed() => {}
        () = sleep(POLL_INTERVAL) => {}
    }
}
