//! The meeting point of subscribers and the task that reads the log for them.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Notify;

use super::change_filter::ChangeFilter;
use super::error::FeedError;
use super::event::Change;
use super::recent::{ChangesAfter, Recent};
use super::settings::FeedSettings;
use crate::domain::LogPosition;
use crate::repository::VideoRepository;

/// The meeting place.
pub(super) struct FeedHub {
    pub(super) repository: Arc<dyn VideoRepository>,
    pub(super) settings: FeedSettings,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    /// How often the log turned out to be another one.
    logs: u64,
    /// Present while the log is followed, that is, while there are subscribers.
    recent: Option<Recent>,
}

impl FeedHub {
    pub(super) fn new(repository: Arc<dyn VideoRepository>, settings: FeedSettings) -> Self {
        Self { repository, settings, state: RwLock::default() }
    }

    /// Takes up a subscriber. For the first one, `follow` has the log followed from `newest` on.
    pub(super) fn join(
        self: &Arc<Self>,
        selection: ChangeFilter,
        newest: LogPosition,
        follow: impl FnOnce(Arc<Self>),
    ) -> Result<Membership, FeedError> {
        let mut state = self.change();
        if state.is_closed {
            return Err(FeedError::Closed);
        }
        let recent = state.recent.get_or_insert_with(|| {
            follow(Arc::clone(self));
            Recent::behind(newest)
        });
        let news = recent.join(selection);
        Ok(Membership { hub: Arc::clone(self), selection, news, log: state.logs })
    }

    /// The position up to which the log was read; none if there are no more subscribers, which ends
    /// the task.
    pub(super) fn head_if_needed(&self) -> Option<LogPosition> {
        let recent = &mut self.change().recent;
        recent.take_if(|recent| !recent.has_readers());
        recent.as_ref().map(Recent::head)
    }

    /// How many commits are after the position up to which the log was read, if it is followed.
    pub(super) fn lag(&self) -> u64 {
        let newest = *self.repository.commits().borrow();
        let head = self.look().recent.as_ref().map(|recent| recent.head().sequence);
        let lag = head.map_or(0, |head| newest.saturating_sub(head));
        u64::try_from(lag).unwrap_or(0)
    }

    /// Adds what was read.
    pub(super) fn extend(&self, changes: Vec<Change>) {
        if let Some(recent) = &mut self.change().recent {
            recent.extend(changes);
        }
    }

    /// Ends the subscriptions of the log that was followed so far, which has turned out to be another one.
    pub(super) fn end_log(&self) {
        let mut state = self.change();
        state.logs += 1;
        if let Some(recent) = state.recent.take() {
            recent.wake_all();
        }
    }

    /// Ends every subscription.
    pub(super) fn close(&self) {
        let mut state = self.change();
        state.is_closed = true;
        if let Some(recent) = state.recent.take() {
            recent.wake_all();
        }
    }

    // What is kept here is sound after each step, so that a poisoned lock guards a sound state.
    fn look(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscriber's place in the hub, which it leaves when this is dropped.
pub(super) struct Membership {
    pub(super) hub: Arc<FeedHub>,
    pub(super) selection: ChangeFilter,
    /// Tells of changes that are selected, and of the end.
    pub(super) news: Arc<Notify>,
    /// Which log it is of.
    log: u64,
}

impl Membership {
    /// The changes after a sequence, at most `limit`, and the head.
    pub(super) fn look(
        &self,
        sequence: i64,
        limit: usize,
    ) -> Result<(ChangesAfter, LogPosition), FeedError> {
        let state = self.hub.look();
        if state.logs != self.log {
            return Err(FeedError::UnknownPlace);
        }
        let recent = state.recent.as_ref().ok_or(FeedError::Closed)?;
        Ok((recent.look(&self.selection, sequence, limit), recent.head()))
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut state = self.hub.change();
        if state.logs == self.log
            && let Some(recent) = &mut state.recent
        {
            recent.leave(&self.selection);
        }
    }
}
