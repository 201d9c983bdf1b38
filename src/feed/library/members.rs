//! Who follows the library, with which filters.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::changes::LibraryChanges;
use super::evaluation::Outcome;
use super::roots::{CatalogueLook, RootNews};
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
    /// The last look at the catalogue, whose news everybody has; none before the first.
    look: Option<CatalogueLook>,
}

struct Group {
    filter: Arc<VideoFilter>,
    members: HashMap<u64, Arc<Member>>,
}

impl Members {
    /// Nobody yet, at the end of the log.
    pub fn at(place: LogPosition) -> Self {
        Self { place, groups: Vec::new(), next_number: 0, joined: BTreeSet::new(), look: None }
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

    /// Takes in a look unless there was one, with which the next one is compared.
    pub fn begin_with(&mut self, look: CatalogueLook) {
        self.look.get_or_insert(look);
    }

    /// Takes in a look, and hands out what has changed since the one before.
    pub fn deliver_look(&mut self, look: CatalogueLook) {
        let news = self.look.as_ref().map(|known| look.since(known)).unwrap_or_default();
        self.look = Some(look);
        for group in &self.groups {
            let changes = Arc::new(news.changes(&group.filter));
            if !news.roots.is_empty() || !changes.is_none() {
                let members = group.members.values();
                members.for_each(|member| member.add_news(&news, &changes, self.place));
            }
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

impl Pending {
    fn add_roots(&mut self, roots: &[RootId]) {
        for root in roots {
            if !self.roots.contains(root) {
                self.roots.push(*root);
            }
        }
    }
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

    /// Adds what a look found, where everybody has reached this place.
    fn add_news(&self, news: &RootNews, changes: &Arc<LibraryChanges>, reached: LogPosition) {
        let is_beyond = self.concerned_after.load(Ordering::Relaxed) > reached.sequence;
        let place = if is_beyond { self.from } else { reached };
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *pending {
            Some(pending) => {
                if !changes.is_none() {
                    Arc::make_mut(&mut pending.changes).merge(changes);
                }
                pending.place = place;
                pending.add_roots(&news.roots);
            }
            None => {
                let (changes, roots) = (Arc::clone(changes), news.roots.clone());
                *pending = Some(Pending { changes, roots, place });
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
