//! The meeting point of those who follow the library and the task that evaluates changes for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::budget::Budget;
use super::evaluation::Outcome;
use super::members::{Member, Members};
use super::roots::CatalogueLook;
use crate::domain::{Clock, LogPosition, VideoFilter};
use crate::feed::error::FeedError;
use crate::feed::settings::FeedSettings;
use crate::repository::VideoRepository;

/// The time for which there is one budget of evaluations.
const BUDGET_INTERVAL: Duration = Duration::from_millis(500);

/// The meeting point.
pub(in crate::feed) struct Watch {
    pub(super) repository: Arc<dyn VideoRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) budget: Budget,
    /// The minimum time between two events for one subscriber.
    pub(super) interval: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    /// Present while the task runs, that is, while there are subscribers.
    members: Option<Members>,
}

impl Watch {
    pub fn new(
        repository: Arc<dyn VideoRepository>,
        clock: Arc<dyn Clock>,
        settings: &FeedSettings,
    ) -> Self {
        let interval = settings.library_interval;
        let budget = Budget::new(settings.max_filter_tests, BUDGET_INTERVAL);
        Self { repository, clock, budget, interval, state: Mutex::default() }
    }

    /// Adds a subscriber, who gets what changes after `newest`. For the first one, `begin` starts the
    /// task.
    pub(super) fn join(
        self: &Arc<Self>,
        filter: VideoFilter,
        newest: LogPosition,
        begin: impl FnOnce(Arc<Self>),
    ) -> Result<Arc<Member>, FeedError> {
        let mut state = self.state();
        if state.is_closed {
            return Err(FeedError::Closed);
        }
        let members = state.members.get_or_insert_with(|| {
            begin(Arc::clone(self));
            Members::at(newest)
        });
        Ok(members.join(filter, newest))
    }

    pub(super) fn leave(&self, member: &Member) {
        if let Some(members) = &mut self.state().members {
            members.leave(member);
        }
    }

    /// The place that everybody has reached; none if there is nobody left, which ends the task.
    pub(super) fn place_if_needed(&self) -> Option<LogPosition> {
        let members = &mut self.state().members;
        members.take_if(|members| members.is_empty());
        members.as_ref().map(|members| members.place)
    }

    /// An outcome for each filter, with nothing in it.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.state().members.as_ref().map(Members::outcomes).unwrap_or_default()
    }

    /// Where between these places somebody joined first.
    pub(super) fn stop_between(&self, place: i64, end: i64) -> Option<i64> {
        self.state().members.as_ref()?.stop_between(place, end)
    }

    /// Hands out what changed up to `end`.
    pub(super) fn deliver(&self, outcomes: Vec<Outcome>, end: LogPosition) {
        if let Some(members) = &mut self.state().members {
            members.deliver(outcomes, end);
        }
    }

    /// Takes in the look of the first event of a subscriber.
    pub(super) fn begin_with(&self, look: CatalogueLook) {
        if let Some(members) = &mut self.state().members {
            members.begin_with(look);
        }
    }

    /// Hands out what has changed since the look before.
    pub(super) fn deliver_look(&self, look: CatalogueLook) {
        if let Some(members) = &mut self.state().members {
            members.deliver_look(look);
        }
    }

    /// Goes on at the end of another log than before: anything may have changed.
    pub(super) fn restart(&self, newest: LogPosition) {
        if let Some(members) = &mut self.state().members {
            members.restart(newest);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Ends every subscription.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        if let Some(members) = state.members.take() {
            members.wake_all();
        }
    }

    // What is kept here is sound after each step, so that a poisoned lock guards a sound state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
