//! One subscriber's way along the log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tokio::time::{Instant, sleep, sleep_until};

use super::error::FeedError;
use super::event::{Change, Event, EventKind};
use super::follower::LOOK_INTERVAL;
use super::hub::Membership;
use super::recent::ChangesAfter;
use super::stretch::{Stretch, read_matching_after};
use crate::domain::LogPosition;
use crate::repository::RepositoryError;

/// How many changes a subscriber takes at once, from memory or from the store.
const BATCH: usize = 128;

/// A subscription: the changes that are selected, in commit order, each of them once.
pub struct Subscription {
    membership: Membership,
    /// What was taken and not told yet.
    taken: VecDeque<Arc<Change>>,
    /// Up to here everything that is selected was taken.
    place: LogPosition,
    /// The last place that the subscriber was told.
    told: LogPosition,
    told_at: Instant,
    /// Up to here lies what had been missed; none once it is told that all of it was told.
    missed: Option<LogPosition>,
    /// The fewest changes that lay behind the place at once since the subscriber waited last.
    least_lag: Option<i64>,
}

impl Subscription {
    /// Begins at `place`; what lies between there and `newest` was missed.
    pub(super) fn new(membership: Membership, place: LogPosition, newest: LogPosition) -> Self {
        Self {
            membership,
            taken: VecDeque::new(),
            place,
            told: place,
            told_at: Instant::now(),
            missed: Some(newest),
            least_lag: None,
        }
    }

    /// All that happens from now on. An error is the last item.
    pub fn into_stream(self) -> impl Stream<Item = Result<Event, FeedError>> + Send {
        stream::unfold(Some(self), async |subscription| {
            let mut subscription = subscription?;
            let event = subscription.next().await;
            let rest = event.is_ok().then_some(subscription);
            Some((event, rest))
        })
    }

    /// What happens next.
    ///
    /// # Errors
    /// [`FeedError::UnknownPlace`], [`FeedError::Lagging`], [`FeedError::Closed`], [`FeedError::Store`].
    pub async fn next(&mut self) -> Result<Event, FeedError> {
        loop {
            // From here on it is told of news, so that none can be missed after the look.
            let news = Arc::clone(&self.membership.news);
            let news = news.notified();
            if let Some(event) = self.taken_event() {
                return Ok(event);
            }
            let (look, head) = self.membership.look(self.place.sequence, BATCH)?;
            match look {
                ChangesAfter::Changes(changes) => self.take(changes, head)?,
                ChangesAfter::Forgotten => match self.read_on(head).await {
                    Err(FeedError::Store(RepositoryError::Unavailable { .. })) => {
                        sleep(LOOK_INTERVAL).await;
                    }
                    outcome => outcome?,
                },
                ChangesAfter::Nothing => {
                    self.go_to(head);
                    if let Some(event) = self.taken_event().or_else(|| self.progress()) {
                        return Ok(event);
                    }
                    // Whoever waits is not slow, however much comes at once then.
                    self.least_lag = None;
                    tokio::select! {
                        () = news => {}
                        () = sleep_until(self.told_at + self.progress_interval()) => {}
                    }
                }
            }
        }
    }

    /// The next event out of what was taken.
    fn taken_event(&mut self) -> Option<Event> {
        let next = self.taken.front().map(|change| change.place.sequence - 1);
        let told_up_to = next.unwrap_or(self.place.sequence);
        let is_caught_up = |newest: &mut LogPosition| newest.sequence <= told_up_to;
        if let Some(newest) = self.missed.take_if(is_caught_up) {
            return Some(self.tell(EventKind::CaughtUp, newest));
        }
        let change = self.taken.pop_front()?;
        let place = change.place;
        Some(self.tell(EventKind::Change(change), place))
    }

    /// How far it has come, when that is due.
    fn progress(&mut self) -> Option<Event> {
        if self.told_at.elapsed() < self.progress_interval() {
            return None;
        }
        self.told_at = Instant::now();
        let has_moved = self.place.sequence > self.told.sequence;
        has_moved.then(|| self.tell(EventKind::Progress, self.place))
    }

    fn tell(&mut self, kind: EventKind, place: LogPosition) -> Event {
        self.told = place;
        self.told_at = Instant::now();
        Event { kind, place }
    }

    /// Reads changes from the store; `head` was the end of the log before.
    async fn read_on(&mut self, head: LogPosition) -> Result<(), FeedError> {
        let Membership { hub, selection, .. } = &self.membership;
        let filter = selection.filter();
        let stretch = read_matching_after(&*hub.repository, self.place, &filter, BATCH).await?;
        let Stretch::Entries(entries) = stretch else { return Err(FeedError::UnknownPlace) };
        let is_all = entries.len() < BATCH;
        self.take(entries.into_iter().map(|entry| Arc::new(entry.into())), head)?;
        if is_all {
            self.go_to(head);
        }
        Ok(())
    }

    fn take(
        &mut self,
        changes: impl IntoIterator<Item = Arc<Change>>,
        head: LogPosition,
    ) -> Result<(), FeedError> {
        self.taken.extend(changes);
        if let (Some(first), Some(last)) = (self.taken.front(), self.taken.back()) {
            let lag = head.sequence - first.place.sequence;
            self.place = last.place;
            self.judge(lag)?;
        }
        Ok(())
    }

    /// Ends the subscription when so many changes are too many.
    fn judge(&mut self, lag: i64) -> Result<(), FeedError> {
        let least = self.least_lag.map_or(lag, |least| least.min(lag));
        self.least_lag = Some(least);
        let is_slow = lag.abs_diff(least) > self.membership.hub.settings.max_lag;
        if is_slow { Err(FeedError::Lagging) } else { Ok(()) }
    }

    fn go_to(&mut self, place: LogPosition) {
        if place.sequence > self.place.sequence {
            self.place = place;
        }
    }

    fn progress_interval(&self) -> Duration {
        self.membership.hub.settings.progress_interval
    }
}
