//! What changes mean to those who follow the library, by their filters.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::task::yield_now;

use super::budget::Budget;
use super::changes::LibraryChanges;
use crate::causes::with_causes;
use crate::domain::past::BeforeAndAfter;
use crate::domain::{AuditEntry, AuditOperation, Invalid, Video, VideoFilter, VideoId};
use crate::repository::{RepositoryError, VideoRepository};

/// The tests that the look-up of a past video counts as.
const TESTS_PER_LOOK_UP: u64 = 50;

/// The tests that a search counts as, in addition: names have to be split into words for it.
const TESTS_PER_SEARCH: u64 = 100;

/// The number of tests after which other tasks get their turn.
const TESTS_AT_ONCE: u64 = 10_000;

/// What changed of the videos that a filter selects.
pub(super) struct Outcome {
    pub filter: Arc<VideoFilter>,
    pub changes: LibraryChanges,
}

impl Outcome {
    /// Nothing so far.
    pub fn new(filter: Arc<VideoFilter>) -> Self {
        Self { filter, changes: LibraryChanges::NONE }
    }

    fn needs_videos(&self) -> bool {
        !self.changes.is_settled() && !self.filter.is_everything() && !self.filter.is_on_files()
    }

    /// The number of tests for one video.
    fn conditions(&self) -> u64 {
        let searches = self.filter.searches() as u64;
        self.filter.conditions().max(1).saturating_add(searches.saturating_mul(TESTS_PER_SEARCH))
    }

    /// Adds changes that need no comparison. Where a file was before a change is not recorded, so if the filter
    /// is on files, any change may have made a video enter or leave.
    fn add_all(&mut self, entries: &[AuditEntry]) {
        let is_on_files = self.filter.is_on_files();
        for entry in entries {
            let is_update = entry.operation == AuditOperation::Update;
            self.changes.add(entry.entity_id, is_on_files || !is_update);
        }
    }

    fn add_selected(&mut self, entries: &[AuditEntry], videos: &[BeforeAndAfter]) {
        for (entry, videos) in entries.iter().zip(videos) {
            if self.changes.is_settled() {
                return;
            }
            let [before, after] = videos.matches(&self.filter);
            if before || after {
                self.changes.add(entry.entity_id, before != after);
            }
        }
    }
}

/// Adds what these entries mean, which stand together in the log, each evaluated once for each
/// filter. What exceeds the budget may be anything.
pub(super) async fn evaluate(
    repository: &dyn VideoRepository,
    budget: &Budget,
    entries: &[AuditEntry],
    outcomes: &mut [Outcome],
) {
    let needs_no_videos = |it: &&mut Outcome| !it.needs_videos();
    outcomes.iter_mut().filter(needs_no_videos).for_each(|it| it.add_all(entries));
    let mut remaining: Vec<&mut Outcome> =
        outcomes.iter_mut().filter(|outcome| outcome.needs_videos()).collect();
    if remaining.is_empty() {
        return;
    }
    let Some(videos) = videos_of(repository, budget, entries).await else {
        remaining.into_iter().for_each(|outcome| outcome.changes = LibraryChanges::UNKNOWN);
        return;
    };
    // If the budget does not suffice for all, it suffices for most.
    remaining.sort_by_key(|outcome| outcome.conditions());
    let states: usize = videos.iter().map(states).sum();
    let mut at_once = 0;
    for outcome in remaining {
        let tests = outcome.conditions().saturating_mul(states as u64);
        if !budget.take(tests) {
            outcome.changes = LibraryChanges::UNKNOWN;
            continue;
        }
        outcome.add_selected(entries, &videos);
        at_once = tests.saturating_add(at_once);
        if at_once > TESTS_AT_ONCE {
            at_once = 0;
            yield_now().await;
        }
    }
}

/// How often a filter is tested for a change.
fn states(videos: &BeforeAndAfter) -> usize {
    usize::from(videos.before.is_some()) + usize::from(videos.after.is_some())
}

/// The videos before and after each of these changes; none where that is not known, or exceeds the
/// budget.
async fn videos_of(
    repository: &dyn VideoRepository,
    budget: &Budget,
    entries: &[AuditEntry],
) -> Option<Vec<BeforeAndAfter>> {
    // What is later in the log begins with what an earlier entry led to.
    let mut seen = HashSet::new();
    let is_first = |entry: &&AuditEntry| seen.insert(entry.entity_id);
    let firsts: Vec<_> = entries.iter().filter(is_first).filter_map(AuditEntry::previous).collect();
    if !budget.take((firsts.len() as u64).saturating_mul(TESTS_PER_LOOK_UP)) {
        return None;
    }
    let found = match firsts.is_empty() {
        true => Ok(Vec::new()),
        false => repository.videos_at(&firsts).await,
    };
    let videos = found.and_then(|found| {
        let ids = firsts.iter().map(|first| first.entity_id);
        follow(entries, ids.zip(found).collect())
            .map_err(RepositoryError::store("reconstruct past videos"))
    });
    let report = |error: &RepositoryError| {
        let error = with_causes(error);
        tracing::error!(error, "could not evaluate changes for libraryChanged");
    };
    videos.inspect_err(report).ok()
}

/// Goes from one state to the next, beginning with these.
fn follow(
    entries: &[AuditEntry],
    mut states: HashMap<VideoId, Option<Video>>,
) -> Result<Vec<BeforeAndAfter>, Invalid> {
    let both = entries.iter().map(|entry| {
        let before = states.remove(&entry.entity_id).flatten();
        let both = BeforeAndAfter::of(entry, before)?;
        states.insert(entry.entity_id, both.after.clone());
        Ok(both)
    });
    both.collect()
}
