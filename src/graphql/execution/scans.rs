//! Scans by the fields of a request: limited in total, and one at a time.
//!
//! With a filter, or a search for several words, a store may have to examine every row. The number
//! of conditions tested against rows is known before it starts, and limited for each request. A
//! store runs scans first come, first served. To keep a request with many such fields from delaying
//! all others, they wait here for one another: each request has one place in a store's queue.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::task::{unconstrained, yield_now};

use super::rounds::Rounds;
use crate::domain::{AuditFilter, SearchQuery, VideoFilter};
use crate::graphql::error::ApiError;
use crate::repository::{RepositoryError, VideoReader};

/// How large the library is. The numbers are bounds, which hold until the next count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LibrarySize {
    /// Videos.
    pub videos: u64,
    /// Entries of the log.
    pub entries: u64,
}

impl LibrarySize {
    /// The maximum size, if every entry of the log added a video; none if counting is worth it.
    fn after(self, entries: u64) -> Option<Self> {
        let new = entries.checked_sub(self.entries)?;
        (new <= self.videos / 8).then_some(Self { videos: self.videos + new, entries })
    }
}

/// The rules for the scans of all requests.
pub struct ScanRules {
    max_tests: u64,
    counted: Mutex<LibrarySize>,
}

impl ScanRules {
    /// The maximum number of tests per request: each row counts once for each condition.
    pub fn new(max_tests: u64) -> Self {
        Self { max_tests, counted: Mutex::default() }
    }

    fn admit(&self, tests: u64) -> Result<(), ApiError> {
        let allowed = self.max_tests;
        if tests <= allowed { Ok(()) } else { Err(too_costly(tests, allowed)) }
    }

    async fn size(&self, reader: &dyn VideoReader) -> Result<LibrarySize, RepositoryError> {
        let entries = reader.newest().await?.sequence.unsigned_abs();
        let counted = *self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(size) = counted.after(entries) {
            return Ok(size);
        }
        let size = LibrarySize { videos: reader.count(&VideoFilter::everything()).await?, entries };
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = size;
        Ok(size)
    }
}

/// The scans of one request.
pub struct Scans {
    rules: Arc<ScanRules>,
    rounds: Arc<Rounds>,
    size: OnceCell<Result<LibrarySize, ApiError>>,
    /// The number of tests that its fields have requested.
    tests: AtomicU64,
    /// Whether it has many events, none of which counts for the others.
    has_events: bool,
    place: Semaphore,
}

impl Scans {
    /// Those of a request that has these rounds.
    pub fn new(rules: &Arc<ScanRules>, rounds: &Arc<Rounds>) -> Self {
        Self {
            rules: Arc::clone(rules),
            rounds: Arc::clone(rounds),
            size: OnceCell::new(),
            tests: AtomicU64::new(0),
            has_events: false,
            place: Semaphore::new(1),
        }
    }

    /// Those of a subscription, whose fields are admitted one by one.
    pub fn of_events(rules: &Arc<ScanRules>, rounds: &Arc<Rounds>) -> Self {
        Self { has_events: true, ..Self::new(rules, rounds) }
    }

    /// Admits a field with the number of tests that `tests` computes from the library's size,
    /// unless the fields of the request exceed the limit.
    ///
    /// # Errors
    /// `TooCostly` for each of these fields, before any of them has begun to scan.
    pub async fn allow(
        &self,
        reader: &dyn VideoReader,
        tests: impl FnOnce(LibrarySize) -> u64,
    ) -> Result<(), ApiError> {
        // As in a batch, tokio is not to hold any of them back.
        unconstrained(self.ask(reader, tests)).await?;
        self.rules.admit(self.tests.load(Ordering::Relaxed))
    }

    /// Admits a field with this number of tests of a row that it already has, unless the fields of the
    /// request exceed the limit.
    ///
    /// # Errors
    /// `TooCostly` for each of these fields.
    pub async fn allow_tests(&self, tests: u64) -> Result<(), ApiError> {
        if self.has_events {
            return self.rules.admit(tests);
        }
        unconstrained(self.add(tests)).await;
        self.rules.admit(self.tests.load(Ordering::Relaxed))
    }

    /// Admits a field that shows a moment with so many changes since, unless the fields of the request exceed the
    /// limit.
    ///
    /// # Errors
    /// `TooCostly` for each of these fields.
    pub async fn allow_changes(&self, changes: u64) -> Result<(), ApiError> {
        let tests = changes.saturating_mul(TESTS_PER_CHANGE);
        self.allow_tests(tests).await.map_err(|error| match error {
            ApiError::TooCostly { limit, allowed, .. } => {
                let message = format!(
                    "the request looks through the changes since its moments, each of which counts as \
                     {TESTS_PER_CHANGE} conditions, and the maximum is {allowed} ({limit}): ask for fewer \
                     moments at once, or for later ones"
                );
                ApiError::TooCostly { limit, allowed, message }
            }
            error => error,
        })
    }

    /// Asks for so many tests, and waits until all siblings have.
    async fn ask(
        &self,
        reader: &dyn VideoReader,
        tests: impl FnOnce(LibrarySize) -> u64,
    ) -> Result<(), ApiError> {
        let size = async || Ok(self.rules.size(reader).await?);
        let size = *self.size.get_or_init(size).await.as_ref().map_err(Clone::clone)?;
        self.add(tests(size)).await;
        Ok(())
    }

    /// Adds so many tests, and waits until all siblings have added theirs.
    async fn add(&self, tests: u64) {
        let add = |sum: u64| Some(sum.saturating_add(tests));
        let _ = self.tests.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        self.rounds.next().await;
    }

    /// A permit for a possible scan, held until it is dropped; none if it is not a scan.
    pub async fn place(&self, may_scan: bool) -> Option<SemaphorePermit<'_>> {
        if !may_scan {
            return None;
        }
        let place = self.place.acquire().await.ok();
        // A store in memory scans right here. Between one scan and the next, others go on.
        yield_now().await;
        place
    }
}

fn too_costly(tests: u64, allowed: u64) -> ApiError {
    let limit = "max-scan-tests";
    let message = format!(
        "the request could test {tests} conditions against rows, more than the maximum of \
         {allowed} ({limit}): use fewer conditions or fewer fields with a filter, omit totalCount \
         and startIndex, or find videos by ID, by path or with searchVideos"
    );
    ApiError::TooCostly { limit, allowed, message }
}

/// Reading a change, and its video as it was and as it is, takes about as long as this number of tests. So the
/// moments that a request shows count by the changes since.
const TESTS_PER_CHANGE: u64 = 1000;

/// The selections of a field on a list, each of which examines the rows separately.
#[derive(Clone, Copy, Debug, Default)]
pub struct Looks {
    /// The rows of a page, or whether there are more.
    pub page: bool,
    /// How many rows there are in all.
    pub count: bool,
    /// How many rows there are before the page.
    pub start: bool,
    /// How many rows are skipped before the page.
    pub skipped: u64,
}

impl Looks {
    /// The same where the page skips rows.
    pub fn skipping(self, rows: usize) -> Self {
        Self { skipped: rows as u64, ..self }
    }

    /// Whether rows are counted, whatever the filter.
    pub fn number_rows(self) -> bool {
        self.start || self.skipped > 0
    }

    fn sum(self, of_page: u64, of_count: u64) -> u64 {
        let [page, count] = [self.page, self.count].map(u64::from);
        of_page.saturating_mul(page).saturating_add(of_count.saturating_mul(count))
    }

    /// The rows that are skipped, and those that are counted to number the page.
    fn numbering(self, of_start: u64, size: LibrarySize) -> u64 {
        let [page, start] = [self.page, self.start].map(u64::from);
        let skipped = self.skipped.min(size.videos);
        skipped.saturating_mul(page).saturating_add(of_start.saturating_mul(start))
    }
}

/// The maximum number of tests for a list of videos.
pub fn of_videos(filter: &VideoFilter, looks: Looks) -> impl FnOnce(LibrarySize) -> u64 {
    move |size| {
        let of_page = if filter.is_by_name() { 0 } else { of_filter(filter, size) };
        let of_start = if filter.is_everything() { size.videos } else { of_page };
        let of_rows = looks.sum(of_page, of_sums(filter)(size));
        of_rows.saturating_add(looks.numbering(of_start, size))
    }
}

/// The maximum number of tests for statistics of videos.
pub fn of_sums(filter: &VideoFilter) -> impl FnOnce(LibrarySize) -> u64 {
    let needs_no_videos = filter.is_by_name() || filter.is_on_kinds();
    move |size| if needs_no_videos { 0 } else { of_filter(filter, size) }
}

/// The selected fields of statistics, each of which examines the videos separately.
#[derive(Clone, Copy, Debug)]
pub struct StatisticsLooks {
    /// Sums, or the number of videos.
    pub sums: bool,
    /// The number of statistics by groups. Without a condition, each video counts once for each of them.
    pub groups: u64,
}

/// The maximum number of tests for statistics of videos.
pub fn of_statistics(
    filter: &VideoFilter,
    looks: StatisticsLooks,
) -> impl FnOnce(LibrarySize) -> u64 {
    let conditions = if filter.is_by_name() { 0 } else { filter.conditions().max(1) };
    move |size| {
        let of_sums = if looks.sums { of_sums(filter)(size) } else { 0 };
        let of_groups = size.videos.saturating_mul(conditions).saturating_mul(looks.groups);
        of_sums.saturating_add(of_groups)
    }
}

/// The maximum number of tests for a search. Several words count as one condition: the time depends
/// on the rarest of them.
pub fn of_search(
    query: &SearchQuery,
    filter: &VideoFilter,
    looks: Looks,
) -> impl FnOnce(LibrarySize) -> u64 {
    move |size| {
        let of_words = if query.is_one_word() { 0 } else { size.videos };
        let tests = of_words.saturating_add(of_filter(filter, size));
        let of_rows = looks.sum(tests, tests);
        of_rows.saturating_add(looks.numbering(tests.max(size.videos), size))
    }
}

/// The maximum number of tests for a list of entries, or of the requests that made them.
pub fn of_entries(filter: &AuditFilter, looks: Looks) -> impl FnOnce(LibrarySize) -> u64 {
    move |size| {
        let conditions = if filter.is_by_origin() { 0 } else { filter.conditions() };
        let tests = size.entries.saturating_mul(conditions);
        looks.sum(tests, tests)
    }
}

fn of_filter(filter: &VideoFilter, size: LibrarySize) -> u64 {
    size.videos.saturating_mul(filter.conditions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::{TextField, TextTest};
    use crate::graphql::document::DocumentLimits;

    const PAGE: Looks = Looks { page: true, count: false, start: false, skipped: 0 };
    const BOTH: Looks = Looks { count: true, ..PAGE };

    fn text(field: TextField, test: TextTest) -> VideoFilter {
        VideoFilter::Text(field, test)
    }

    fn contains() -> VideoFilter {
        text(TextField::Path, TextTest::Contains("a".to_owned()))
    }

    #[test]
    fn ten_conditions_and_their_count_are_allowed_on_ten_million_videos() {
        let size = LibrarySize { videos: 10_000_000, entries: 20_000_000 };
        let filter = VideoFilter::Any(vec![contains(); 10]);
        let tests = of_videos(&filter, BOTH)(size);
        assert_eq!(tests, 200_000_000);
        assert!(tests <= DocumentLimits::default().max_scan_tests);
    }

    #[test]
    fn what_an_index_finds_costs_nothing() {
        let size = LibrarySize { videos: 1000, entries: 5000 };
        let by_name = text(TextField::Filename, TextTest::Eq("a".to_owned()));
        let of_kind = text(TextField::VideoCodec, TextTest::Eq("h264".to_owned()));
        for (filter, of_page, of_both) in [
            (VideoFilter::everything(), 0, 0),
            (VideoFilter::All(vec![by_name, contains()]), 0, 0),
            (of_kind, 1000, 1000),
            (contains(), 1000, 2000),
            (VideoFilter::except(contains()), 1000, 2000),
        ] {
            assert_eq!(of_videos(&filter, PAGE)(size), of_page, "{filter:?}");
            assert_eq!(of_videos(&filter, BOTH)(size), of_both, "{filter:?}");
        }
        let looks = |sums, groups| StatisticsLooks { sums, groups };
        let by_path = text(TextField::Path, TextTest::Eq("a".to_owned()));
        for (filter, looks, tests) in [
            (VideoFilter::everything(), looks(true, 0), 0),
            (VideoFilter::everything(), looks(true, 3), 3000),
            (contains(), looks(true, 0), 1000),
            (contains(), looks(false, 2), 2000),
            (VideoFilter::All(vec![contains(); 3]), looks(true, 2), 9000),
            (by_path, looks(true, 2), 0),
        ] {
            assert_eq!(of_statistics(&filter, looks)(size), tests, "{filter:?}, {looks:?}");
        }
        let everything = VideoFilter::everything();
        for (query, tests) in [("word", 0), ("two words", 1000), ("word -left", 1000)] {
            let query = SearchQuery::parse(query).unwrap();
            assert_eq!(of_search(&query, &everything, PAGE)(size), tests, "{query:?}");
        }
        let by_actor = AuditFilter { actor: Some("a".to_owned()), ..AuditFilter::default() };
        let by_request = AuditFilter { request_id: Some("a".to_owned()), ..by_actor.clone() };
        for (filter, tests) in [(AuditFilter::default(), 0), (by_actor, 10_000), (by_request, 0)] {
            assert_eq!(of_entries(&filter, BOTH)(size), tests, "{filter:?}");
        }
    }

    #[test]
    fn rows_that_are_numbered_or_skipped_cost_one_test_each() {
        let size = LibrarySize { videos: 1000, entries: 5000 };
        let start = Looks { start: true, ..PAGE };
        let by_name = text(TextField::Filename, TextTest::Eq("a".to_owned()));
        let two = VideoFilter::Any(vec![contains(); 2]);
        for (filter, of_start, of_skipping) in [
            (VideoFilter::everything(), 1000, 300),
            (by_name, 0, 300),
            (contains(), 2000, 1300),
            (two, 4000, 2300),
        ] {
            assert_eq!(of_videos(&filter, start)(size), of_start, "{filter:?}");
            assert_eq!(of_videos(&filter, PAGE.skipping(300))(size), of_skipping, "{filter:?}");
        }
        let everything = VideoFilter::everything();
        let beyond = PAGE.skipping(10_000_000);
        assert_eq!(of_videos(&everything, beyond)(size), 1000, "no more than there are");
        let counted = Looks { page: false, ..beyond };
        assert_eq!(of_videos(&everything, counted)(size), 0, "no page, nothing to skip");
        for (query, of_start, of_skipping) in [("word", 1000, 300), ("two words", 2000, 1300)] {
            let query = SearchQuery::parse(query).unwrap();
            assert_eq!(of_search(&query, &everything, start)(size), of_start, "{query:?}");
            let tests = of_search(&query, &everything, PAGE.skipping(300))(size);
            assert_eq!(tests, of_skipping, "{query:?}");
        }
    }

    #[test]
    fn a_count_holds_while_little_is_new() {
        let counted = LibrarySize { videos: 80, entries: 100 };
        assert_eq!(counted.after(100), Some(counted));
        assert_eq!(counted.after(110), Some(LibrarySize { videos: 90, entries: 110 }));
        assert_eq!(counted.after(111), None);
        assert_eq!(counted.after(99), None);
        let empty = LibrarySize::default();
        assert_eq!((empty.after(0), empty.after(1)), (Some(empty), None));
    }
}
