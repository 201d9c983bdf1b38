//! Rows of a list of the present whose videos have not changed since a moment.

use std::collections::VecDeque;
use std::sync::Arc;

use super::listing::Listing;
use super::runs::{Edge, Run, Runs};
use super::since::Since;
use crate::domain::{Page, PageRequest};
use crate::repository::RepositoryError;

/// How many times as many rows each page has as the one before it.
const GROWTH: usize = 4;
/// The maximum number of rows of a page.
const MOST: usize = 2000;

/// These rows, one after another, from a place on in one direction. They are read page by page: where few
/// rows remain of a page, the next one is larger. Where a run of rows is known that have all changed, it is
/// passed without being read.
pub struct Unchanged<'a, L: Listing> {
    listing: &'a L,
    since: &'a Since,
    runs: Arc<Runs<L::Place>>,
    next: Option<PageRequest<L::Place>>,
    rows: VecDeque<L::Row>,
    passing: Option<Passing<L::Place>>,
}

/// Rows that are being passed, as all of them have changed.
struct Passing<P> {
    /// Before them, in the direction that they are passed in.
    behind: Edge<P>,
    first: P,
    last: P,
    rows: usize,
}

impl<P> Passing<P> {
    /// The run that they are, if they are passed in the order of the list.
    fn forward(self, ahead: Edge<P>) -> Run<P> {
        let Self { behind, first, last, rows } = self;
        Run { after: behind, first, last, before: ahead, rows }
    }

    /// The rows of a run, passed in the order of the list.
    fn of_forward(run: Run<P>) -> Self {
        Self { behind: run.after, first: run.first, last: run.last, rows: run.rows }
    }

    /// The rows of a run, passed against the order of the list.
    fn of_backward(run: Run<P>) -> Self {
        Self { behind: run.before, first: run.last, last: run.first, rows: run.rows }
    }

    /// The run that they are, if they are passed against the order of the list.
    fn backward(self, ahead: Edge<P>) -> Run<P> {
        let Self { behind, first, last, rows } = self;
        Run { after: ahead, first: last, last: first, before: behind, rows }
    }
}

impl<'a, L: Listing> Unchanged<'a, L> {
    /// Those of this page, and of all behind it in its direction.
    pub fn new(listing: &'a L, since: &'a Since, first: PageRequest<L::Place>) -> Self {
        let runs = listing.runs(since);
        Self { listing, since, runs, next: Some(first), rows: VecDeque::new(), passing: None }
    }

    /// The next row; none at the end.
    pub async fn next(&mut self) -> Result<Option<L::Row>, RepositoryError> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Ok(Some(row));
            }
            let Some(request) = self.next.take() else { return Ok(None) };
            let request = self.past_run(request);
            let page = self.listing.page(&request).await?;
            self.take_in(page, &request);
        }
    }

    /// Takes in a page that was read, which it was to begin with.
    pub fn take_in(&mut self, page: Page<L::Row>, request: &PageRequest<L::Place>) {
        let limit = request.limit().max(1).saturating_mul(GROWTH).min(MOST);
        let is_backward = request.is_backward();
        let (has_more, last) = match is_backward {
            true => (page.has_previous, page.items.first()),
            false => (page.has_next, page.items.last()),
        };
        let place = last.filter(|_| has_more).map(|row| self.listing.place(row));
        self.next = place.map(|place| match is_backward {
            true => PageRequest::Backward { limit, before: Some(place) },
            false => PageRequest::Forward { limit, after: Some(place) },
        });
        match is_backward {
            true => self.sift(page.items.into_iter().rev(), request),
            false => self.sift(page.items.into_iter(), request),
        }
        if self.next.is_none() {
            self.end_run(Edge::OfList, is_backward);
        }
    }

    /// Takes the rows of a page that have not changed, and notes where it passes others.
    fn sift(&mut self, rows: impl Iterator<Item = L::Row>, request: &PageRequest<L::Place>) {
        let mut changed = None;
        for row in rows {
            if self.since.has_changed(self.listing.video(&row).id) {
                if self.passing.is_none() {
                    self.passing = Some(self.begin_run(&row, request));
                }
                self.passing.iter_mut().for_each(|passing| passing.rows += 1);
                changed = Some(row);
                continue;
            }
            if self.passing.is_some() {
                self.extend_run(changed.take().as_ref());
                self.end_run(Edge::At(self.listing.place(&row)), request.is_backward());
            }
            self.rows.push_back(row);
        }
        self.extend_run(changed.as_ref());
    }

    fn begin_run(&self, row: &L::Row, request: &PageRequest<L::Place>) -> Passing<L::Place> {
        let first = self.listing.place(row);
        let behind = match (self.rows.back(), request) {
            (Some(row), _) => Edge::At(self.listing.place(row)),
            // What is right before the page is not known.
            (None, PageRequest::Offset { .. }) => Edge::At(first.clone()),
            (None, request) => request.place().map_or(Edge::OfList, |at| Edge::At(at.clone())),
        };
        Passing { behind, last: first.clone(), first, rows: 0 }
    }

    fn extend_run(&mut self, last: Option<&L::Row>) {
        if let (Some(passing), Some(row)) = (&mut self.passing, last) {
            passing.last = self.listing.place(row);
        }
    }

    fn end_run(&mut self, ahead: Edge<L::Place>, is_backward: bool) {
        let Some(passing) = self.passing.take() else { return };
        let run = if is_backward { passing.backward(ahead) } else { passing.forward(ahead) };
        self.runs.keep(run, |a, b| self.listing.compare(a, b));
    }

    /// The page behind the run that this one would begin in, or this one.
    fn past_run(&mut self, request: PageRequest<L::Place>) -> PageRequest<L::Place> {
        let compare = |a: &L::Place, b: &L::Place| self.listing.compare(a, b);
        let (place, limit) = (request.place(), request.limit());
        match request {
            PageRequest::Forward { .. } => match self.runs.from(place, compare) {
                Some(run) => {
                    let after = Some(run.last.clone());
                    self.pass(Passing::of_forward(run));
                    PageRequest::Forward { limit, after }
                }
                None => request,
            },
            PageRequest::Backward { .. } => match self.runs.back_from(place, compare) {
                Some(run) => {
                    let before = Some(run.first.clone());
                    self.pass(Passing::of_backward(run));
                    PageRequest::Backward { limit, before }
                }
                None => request,
            },
            PageRequest::Offset { .. } => request,
        }
    }

    fn pass(&mut self, known: Passing<L::Place>) {
        match &mut self.passing {
            Some(passing) => {
                passing.rows += known.rows;
                passing.last = known.last;
            }
            None => self.passing = Some(known),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::super::listing::Videos;
    use super::super::made::{Side, Sorted};
    use super::*;
    use crate::domain::samples::new_video;
    use crate::domain::{
        NewVideo, SortPosition, Timestamp, Video, VideoFilter, VideoId, VideoOrder,
    };
    use crate::repository::memory::MemoryRepository;
    use crate::repository::{ChangeContext, OnConflict, VideoReader, VideoRepository};

    /// A list that counts the rows that are read of it.
    struct Counted<'a> {
        videos: Videos<'a>,
        rows: AtomicUsize,
    }

    impl Listing for Counted<'_> {
        type Place = SortPosition;
        type Row = Video;

        fn compare(&self, a: &SortPosition, b: &SortPosition) -> Ordering {
            self.videos.compare(a, b)
        }

        fn row(&self, place: &SortPosition, video: &Video) -> Video {
            self.videos.row(place, video)
        }

        fn place(&self, row: &Video) -> SortPosition {
            self.videos.place(row)
        }

        fn video<'r>(&self, row: &'r Video) -> &'r Video {
            self.videos.video(row)
        }

        async fn changed(
            &self,
            since: &Arc<Since>,
            side: Side,
        ) -> Result<Arc<Sorted<SortPosition>>, RepositoryError> {
            self.videos.changed(since, side).await
        }

        fn runs(&self, since: &Since) -> Arc<Runs<SortPosition>> {
            self.videos.runs(since)
        }

        async fn page(
            &self,
            page: &PageRequest<SortPosition>,
        ) -> Result<Page<Video>, RepositoryError> {
            let page = self.videos.page(page).await?;
            self.rows.fetch_add(page.items.len(), Relaxed);
            Ok(page)
        }

        async fn before(&self, page: &PageRequest<SortPosition>) -> Result<u64, RepositoryError> {
            self.videos.before(page).await
        }

        async fn count(&self) -> Result<u64, RepositoryError> {
            self.videos.count().await
        }
    }

    /// How many rows are read until the first that has not changed comes up.
    async fn read(
        store: &MemoryRepository,
        since: &Since,
        first: &PageRequest<SortPosition>,
    ) -> usize {
        let (filter, order) = (VideoFilter::everything(), VideoOrder::default());
        let videos = Videos { present: store, filter: &filter, order: &order };
        let listing = Counted { videos, rows: AtomicUsize::new(0) };
        let mut unchanged = Unchanged::new(&listing, since, first.clone());
        let row = unchanged.next().await.unwrap().unwrap();
        assert!(!since.has_changed(row.id));
        listing.rows.into_inner()
    }

    async fn add(store: &MemoryRepository, paths: std::ops::Range<u64>) {
        let videos = paths.map(|number| NewVideo {
            id: VideoId::from_bytes(u128::from(number).to_be_bytes()),
            ..new_video(1, &format!("/{number}.mkv"))
        });
        let by = ChangeContext { at: Timestamp::MIN, actor: None, request_id: None };
        store.insert_many(videos.collect(), OnConflict::Fail, by).await.unwrap();
    }

    #[tokio::test]
    async fn a_run_of_changes_is_read_once_however_much_changes_later() {
        let store = MemoryRepository::new();
        add(&store, 1..100).await;
        let moment = store.newest().await.unwrap().sequence;
        let mut base: Option<Since> = None;
        for (last, expected) in [(400, 301..400), (410, 1..20), (410, 1..20)] {
            let before = store.newest().await.unwrap().sequence;
            let first = u64::try_from(before).unwrap() + 1;
            add(&store, first..last).await;
            let newest = store.newest().await.unwrap().sequence;
            let since = Since::read(&store, moment, base.as_ref(), newest).await.unwrap();
            let read = read(&store, &since, &PageRequest::first(10)).await;
            assert!(expected.contains(&read), "{read}, not {expected:?}");
            base = Some(since);
        }
    }
}
