//! One subscriber who follows the state of the library.

use std::sync::Arc;

use futures_util::stream::{self, Stream};
use tokio::time::{Instant, sleep_until};

use super::changes::LibraryChanges;
use super::members::{Member, Pending};
use super::watch::Watch;
use super::watcher::{changes_between, follow, look};
use crate::domain::catalogue::RootId;
use crate::domain::{LogPosition, VideoFilter};
use crate::feed::error::FeedError;

/// Something changed in the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryEvent {
    /// What changed of the videos.
    pub changes: LibraryChanges,
    /// The library roots whose state changed, each once; every root in the first event.
    pub roots: Vec<RootId>,
    /// The place up to which that is known.
    pub place: LogPosition,
}

/// A subscription to the state of the library: it reports that something changed, not each change.
pub struct LibrarySubscription {
    watch: Arc<Watch>,
    member: Arc<Member>,
    /// Until the first event.
    first: Option<First>,
    /// The earliest time of the next event.
    next_at: Instant,
}

/// What the first event reports.
enum First {
    /// Anything may have changed.
    Unknown,
    /// What changed after this place.
    Since(LogPosition),
}

impl LibrarySubscription {
    /// Begins at the end of the log, `newest`. The first event reports what changed after `after`.
    pub(in crate::feed) fn begin(
        watch: &Arc<Watch>,
        filter: VideoFilter,
        newest: LogPosition,
        after: Option<LogPosition>,
    ) -> Result<Self, FeedError> {
        let begin = |watch| drop(tokio::spawn(follow(watch)));
        let member = watch.join(filter, newest, begin)?;
        let first = Some(after.map_or(First::Unknown, First::Since));
        Ok(Self { watch: Arc::clone(watch), member, first, next_at: Instant::now() })
    }

    /// All events. An error is the last item.
    pub fn into_stream(self) -> impl Stream<Item = Result<LibraryEvent, FeedError>> + Send {
        stream::unfold(Some(self), async |subscription| {
            let mut subscription = subscription?;
            let event = subscription.next().await;
            let rest = event.is_ok().then_some(subscription);
            Some((event, rest))
        })
    }

    /// The next event: the first one at once, and each of the others one interval after the one before
    /// it at the earliest.
    ///
    /// # Errors
    /// [`FeedError::Closed`], [`FeedError::Store`].
    pub async fn next(&mut self) -> Result<LibraryEvent, FeedError> {
        let event = match self.first.take() {
            // On the heap: its state would take memory for as long as the subscription lasts.
            Some(first) => Box::pin(self.first_event(&first)).await?,
            None => self.next_event().await?,
        };
        self.next_at = Instant::now() + self.watch.interval;
        Ok(event)
    }

    async fn first_event(&self, first: &First) -> Result<LibraryEvent, FeedError> {
        let place = self.member.from;
        let look = look(&self.watch).await?;
        let news = look.everything();
        self.watch.begin_with(look);
        let mut changes = match first {
            First::Unknown => LibraryChanges::UNKNOWN,
            First::Since(after) => {
                let (begin, end) = (after.sequence, place.sequence);
                changes_between(&self.watch, &self.member.filter, begin, end).await?
            }
        };
        changes.merge(&news.changes(&self.member.filter));
        Ok(LibraryEvent { changes, roots: news.roots, place })
    }

    async fn next_event(&self) -> Result<LibraryEvent, FeedError> {
        loop {
            // If there is news after these looks, it does not wait.
            if self.watch.is_closed() {
                return Err(FeedError::Closed);
            }
            if self.member.has_pending() {
                sleep_until(self.next_at).await;
                if let Some(Pending { changes, roots, place }) = self.member.take_pending() {
                    let changes = Arc::unwrap_or_clone(changes);
                    return Ok(LibraryEvent { changes, roots, place });
                }
            }
            self.member.news.notified().await;
        }
    }
}

impl Drop for LibrarySubscription {
    fn drop(&mut self) {
        self.watch.leave(&self.member);
    }
}
