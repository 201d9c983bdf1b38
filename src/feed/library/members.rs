//! Who follows the library, with which filters.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::changes::LibraryChanges;
use super::evaluation::Outcome;
use super::roots::RootStates;
use crate::domain::catalogue::RootId;
use crate::domain::{LogPosition, VideoFilter};

/// Those who follow the library, by their filters: equal filters are evaluated once.
pub(super) struct Members {
    /// Up to here, everybody has what changed.
    pub place: LogPosition,
    groups: Vec<Group>,
    next_number: u64,
    /// Where somebody joined, beyond `place`.
    joined: BTreeSet<i64>,
    /// How the library roots were at the last look, which everybody knows; none before the first.
    roots: Option<RootStates>,
}

struct Group {
    filter: Arc<VideoFilter>,
    members: HashMap<u64, Arc<Member>>,
}

impl Members {
    /// Nobody yet, at the end of the log.
    pub fn at(place: LogPosition) -> Self {
        Self { place, groups: Vec::new(), next_number: 0, joined: BTreeSet::new(), roots: None }
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Adds a member, who gets what changes after `newest`, or after the place that everybody has
    /// reached if that is later.
    pub fn join(&mut self, filter: VideoFilter, newest: LogPosition) -> Arc<Member> {
        let from = if self.place.sequence > newest.sequence { self.place } else { newest };
        if from.sequence > self.place.sequence {
            self.joined.insert(from.sequence);
        }
        let group = match self.groups.iter().position(|group| *group.filter == filter) {
            Some(position) => &mut self.groups[position],
            None => {
                self.groups.push(Group { filter: Arc::new(filter), members: HashMap::new() });
                self.groups.last_mut().expect("it was added just now")
            }
        };
        let member = Arc::new(Member {
            number: self.next_number,
            filter: Arc::clone(&group.filter),
            from,
            concerned_after: AtomicI64::new(from.sequence),
            pending: Mutex::default(),
            news: Notify::new(),
        });
        self.next_number += 1;
        group.members.insert(member.number, Arc::clone(&member));
        member
    }

    pub fn leave(&mut self, member: &Member) {
        let is_its_own = |group: &Group| Arc::ptr_eq(&group.filter, &member.filter);
        let Some(position) = self.groups.iter().position(is_its_own) else { return };
        let members = &mut self.groups[position].members;
        members.remove(&member.number);
        if members.is_empty() {
            self.groups.swap_remove(position);
        }
    }

    /// An outcome for each filter, with nothing in it.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.groups.iter().map(|group| Outcome::new(Arc::clone(&group.filter))).collect()
    }

    /// The first place up to `end`, and beyond this one, at which somebody joined: what is before it
    /// does not concern them.
    pub fn stop_between(&self, place: i64, end: i64) -> Option<i64> {
        self.joined.range(place + 1..=end).next().copied()
    }

    /// Hands out what changed up to `end`, and everybody has reached it.
    pub fn deliver(&mut self, outcomes: Vec<Outcome>, end: LogPosition) {
        self.place = end;
        self.joined = self.joined.split_off(&(end.sequence + 1));
        let outcomes = outcomes.into_iter();
        let mut by_filter: HashMap<*const VideoFilter, LibraryChanges> =
            outcomes.map(|outcome| (Arc::as_ptr(&outcome.filter), outcome.changes)).collect();
        for group in &self.groups {
            // If it joined while the others' changes were evaluated, its own were not.
            let changes = by_filter.remove(&Arc::as_ptr(&group.filter));
            let changes = changes.unwrap_or(LibraryChanges::UNKNOWN);
            if !changes.is_none() {
                let changes = Arc::new(changes);
                group.members.values().for_each(|member| member.add(&changes, end));
            }
        }
    }

    /// Takes in how the roots are unless a look is known, with which the next one is compared.
    pub fn begin_with_roots(&mut self, states: RootStates) {
        self.roots.get_or_insert(states);
    }

    /// Takes in how the roots are, and hands out which of them changed since the last look.
    pub fn deliver_roots(&mut self, states: RootStates) {
        let changed = self.roots.as_ref().map(|known| states.changed_since(known));
        self.roots = Some(states);
        let Some(changed) = changed.filter(|changed| !changed.is_empty()) else { return };
        let no_videos = Arc::new(LibraryChanges::NONE);
        for member in self.groups.iter().flat_map(|group| group.members.values()) {
            member.add_roots(&changed, &no_videos, self.place);
        }
    }

    /// Hands out that anything may have changed up to `newest`, in another log than before.
    pub fn restart(&mut self, newest: LogPosition) {
        self.place = newest;
        self.joined.clear();
        let unknown = Arc::new(LibraryChanges::UNKNOWN);
        let members = self.groups.iter().flat_map(|group| group.members.values());
        members.for_each(|member| member.replace(&unknown, newest));
    }

    /// Wakes everyone.
    pub fn wake_all(&self) {
        let members = self.groups.iter().flat_map(|group| group.members.values());
        members.for_each(|member| member.news.notify_one());
    }
}

/// One who follows the library.
pub(super) struct Member {
    number: u64,
    pub filter: Arc<VideoFilter>,
    /// Where it joined.
    pub from: LogPosition,
    /// What is up to this sequence does not concern it.
    concerned_after: AtomicI64,
    pending: Mutex<Option<Pending>>,
    /// Notifies of something pending, and of the end.
    pub news: Notify,
}

/// What changed since a member looked: its memory is bounded, however long ago that is.
#[derive(Clone)]
pub(super) struct Pending {
    /// Shared by all who have nothing else pending.
    pub changes: Arc<LibraryChanges>,
    /// Each once, so that there are never more than the library has.
    pub roots: Vec<RootId>,
    pub place: LogPosition,
}

impl Member {
    fn add(&self, changes: &Arc<LibraryChanges>, place: LogPosition) {
        if place.sequence <= self.concerned_after.load(Ordering::Relaxed) {
            return;
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *pending {
            Some(pending) => {
                Arc::make_mut(&mut pending.changes).merge(changes);
                pending.place = place;
            }
            None => {
                let changes = Arc::clone(changes);
                *pending = Some(Pending { changes, roots: Vec::new(), place });
            }
        }
        self.news.notify_one();
    }

    /// Adds library roots to what is pending, where everybody has reached this place.
    fn add_roots(&self, roots: &[RootId], no_videos: &Arc<LibraryChanges>, reached: LogPosition) {
        let is_beyond = self.concerned_after.load(Ordering::Relaxed) > reached.sequence;
        let place = if is_beyond { self.from } else { reached };
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let none = || Pending { changes: Arc::clone(no_videos), roots: Vec::new(), place };
        let pending = pending.get_or_insert_with(none);
        pending.place = place;
        for root in roots {
            if !pending.roots.contains(root) {
                pending.roots.push(*root);
            }
        }
        self.news.notify_one();
    }

    /// Puts this in place of the changes that are pending, even if it is before the place at which it joined.
    fn replace(&self, changes: &Arc<LibraryChanges>, place: LogPosition) {
        self.concerned_after.store(place.sequence, Ordering::Relaxed);
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let roots = pending.take().map(|pending| pending.roots).unwrap_or_default();
        *pending = Some(Pending { changes: Arc::clone(changes), roots, place });
        self.news.notify_one();
    }

    pub fn has_pending(&self) -> bool {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub fn take_pending(&self) -> Option<Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
