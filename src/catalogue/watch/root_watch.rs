//! Watches one root.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout};

use super::changes::{Changes, Settling};
use super::event::{Event, WatchId};
use super::meaning::{Meaning, meaning};
use super::places::Places;
use super::setting::{Set, Setting, identity_of};
use super::source::{FolderEvents, Unwatchable};
use crate::catalogue::Disk;
use crate::domain::catalogue::Extensions;

/// Watches one root: it knows which of its folders are watched, and what has changed in them.
///
/// Whatever went wrong is made up for by watching all of it again, and a look at the whole root.
pub struct RootWatch {
    disk: Arc<dyn Disk>,
    events: Arc<dyn FolderEvents>,
    extensions: Extensions,
    settling: Settling,
    /// How long a disk may take to answer.
    patience: Duration,
    places: Places,
    changes: Changes,
    /// Folders to be watched with all that is in them.
    unset: BTreeSet<Vec<u8>>,
    standing: Standing,
    /// The root, by its device and its number there, when it was last watched or could not be.
    identity: Option<(u64, u64)>,
    /// The limits of the system at that time.
    limits: Vec<u64>,
    /// Ends what is on its way once it is set.
    stop: Arc<AtomicBool>,
    /// A thread that still waits for the disk although nobody waits for it. There is never a second one.
    lost: Option<JoinHandle<()>>,
}

/// Whether what changes in a root is noticed.
#[derive(Debug)]
pub enum Standing {
    /// Nothing is watched so far.
    Unset,
    /// All of it is.
    Watched,
    /// Not all of it, for this reason.
    Unwatched(Unwatchable),
    /// The disk does not answer.
    Hung,
}

impl Drop for RootWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl RootWatch {
    /// Watches the root on this disk, once it is [set](Self::set).
    pub fn new(
        (disk, events): (Arc<dyn Disk>, Arc<dyn FolderEvents>),
        extensions: Extensions,
        settling: Settling,
        patience: Duration,
    ) -> Self {
        Self {
            disk,
            events,
            extensions,
            settling,
            patience,
            places: Places::default(),
            changes: Changes::default(),
            unset: BTreeSet::from([Vec::new()]),
            standing: Standing::Unset,
            identity: None,
            limits: Vec::new(),
            stop: Arc::default(),
            lost: None,
        }
    }

    /// Whether what changes is noticed.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// How many folders are watched.
    pub fn folders(&self) -> usize {
        self.places.len()
    }

    /// Waits until something happens. Nothing is lost if nobody waits for the end of it.
    pub async fn next(&self) -> Vec<Event> {
        self.events.next().await
    }

    /// Notes what happened. Then the watch has to be [set](Self::set).
    pub fn note(&mut self, events: &[Event], now: Instant) {
        for event in events {
            match event {
                Event::Inside { folder, name, what, is_folder } => {
                    for path in self.places.of(*folder).to_vec() {
                        let meaning = meaning(&path, name, (*what, *is_folder), &self.extensions);
                        self.follow(meaning, now);
                    }
                }
                Event::Left(folder) => {
                    if self.places.of(*folder).iter().any(Vec::is_empty) {
                        self.renew(now);
                    }
                }
                Event::Ended(folder) => {
                    for path in self.places.remove(*folder) {
                        self.follow(Meaning::Folder(path), now);
                    }
                }
                Event::Lost => self.renew(now),
            }
        }
    }

    fn follow(&mut self, meaning: Meaning, now: Instant) {
        let Settling { quiet, written, .. } = self.settling;
        match meaning {
            Meaning::Nothing => {}
            Meaning::Look(path) => self.changes.note(&path, quiet, now),
            Meaning::Written(path) => self.changes.note(&path, written, now),
            Meaning::Folder(path) => {
                self.changes.note(&path, quiet, now);
                self.unset.insert(path);
            }
            Meaning::Gone(path) => {
                self.changes.note(&path, quiet, now);
                let gone = self.places.remove_below(&path);
                self.unwatch(gone);
            }
        }
    }

    /// Lets the whole root be watched again, and looked at.
    fn renew(&mut self, now: Instant) {
        self.unset.insert(Vec::new());
        self.changes.note(b"", self.settling.quiet, now);
    }

    /// Has these paths looked at again, of which files were being written; no paths are the whole root.
    pub fn look_again(&mut self, paths: &[String], now: Instant) {
        paths.iter().for_each(|path| {
            self.changes.note(path.as_bytes(), self.settling.written, now);
        });
        if paths.is_empty() {
            self.changes.note(b"", self.settling.written, now);
        }
    }

    /// Lets the whole root be watched again. What has changed until then is not remembered: whoever asks for this
    /// has all of it looked at.
    pub fn start_over(&mut self) {
        self.unset.insert(Vec::new());
        self.changes = Changes::default();
    }

    /// Finds out whether the root is another folder than the one that is watched, such as that of a disk that was
    /// mounted, of which nothing is reported; and whether what could not be watched may be by now.
    pub async fn check(&mut self, now: Instant) {
        if self.is_lost() {
            return;
        }
        let disk = Arc::clone(&self.disk);
        let asked = self.ask(move || identity_of(&*disk)).await;
        let is_hung = matches!(self.standing, Standing::Hung);
        let Some(identity) = asked else { return };
        let is_limited = matches!(self.standing, Standing::Unwatched(Unwatchable::Limit(_)));
        if is_hung
            || identity != self.identity
            || (is_limited && self.limits != self.events.limits())
        {
            self.renew(now);
        }
    }

    /// Whether something has to be watched that is not.
    pub fn is_unset(&self) -> bool {
        !self.unset.is_empty() || self.lost.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// Watches what has to be watched and is not.
    pub async fn set(&mut self, now: Instant) {
        if self.is_lost() || self.unset.is_empty() {
            return;
        }
        let is_whole = self.unset.contains(&Vec::new());
        let folders: Vec<Vec<u8>> = match is_whole {
            true => vec![Vec::new()],
            false => self.unset.iter().cloned().collect(),
        };
        self.unset.clear();
        let Some(set) = self.walk(folders.clone()).await else {
            self.standing = Standing::Hung;
            return;
        };
        let was_whole = matches!(self.standing, Standing::Watched);
        self.take(set, &folders, is_whole);
        if is_whole && !was_whole {
            // What changed while it was not watched.
            self.changes.note(b"", self.settling.quiet, now);
        }
    }

    fn take(&mut self, set: Set, folders: &[Vec<u8>], is_whole: bool) {
        let Set { watched, identity, obstacle } = set;
        let is_limited = matches!(obstacle, Some(Unwatchable::Limit(_)));
        if is_limited {
            // Others need what is left, so it is all or nothing.
            let kept = self.places.replace(Vec::new());
            self.unwatch(kept.into_iter().chain(watched.into_iter().map(|(_, id)| id)));
        } else if is_whole {
            let gone = self.places.replace(watched);
            self.unwatch(gone);
        } else {
            // What is in a folder that scans are kept out of now is not watched any more.
            let before = folders.iter().flat_map(|folder| self.places.remove_below(folder));
            let mut gone: Vec<WatchId> = before.collect();
            for (path, id) in watched {
                gone.extend(self.places.insert(&path, id));
            }
            gone.retain(|id| self.places.of(*id).is_empty());
            self.unwatch(gone);
        }
        match obstacle {
            None if is_whole => self.standing = Standing::Watched,
            None => {}
            Some(obstacle) => self.standing = Standing::Unwatched(obstacle),
        }
        if is_whole || is_limited {
            self.identity = identity;
            self.limits = self.events.limits();
        }
    }

    fn unwatch(&self, folders: impl IntoIterator<Item = WatchId>) {
        folders.into_iter().for_each(|folder| self.events.unwatch(folder));
    }

    /// When to look at what has changed; none if nothing has.
    pub fn due_at(&self) -> Option<Instant> {
        self.changes.due_at(&self.settling)
    }

    /// The paths of the scan that looks at what has changed: none for the whole root. None if nothing has.
    pub fn take_changes(&mut self) -> Option<Vec<String>> {
        self.changes.take()
    }

    /// Goes through folders. None if the disk does not answer.
    async fn walk(&mut self, folders: Vec<Vec<u8>>) -> Option<Set> {
        let steps = Arc::new(AtomicU64::new(0));
        let setting = Setting {
            disk: Arc::clone(&self.disk),
            events: Arc::clone(&self.events),
            steps: Arc::clone(&steps),
            stop: Arc::clone(&self.stop),
        };
        let (sender, mut answer) = tokio::sync::oneshot::channel();
        let thread = spawn_blocking(move || drop(sender.send(setting.run(folders))));
        let mut before = u64::MAX;
        loop {
            match timeout(self.patience, &mut answer).await {
                Ok(set) => return set.ok(),
                Err(_) if steps.load(Ordering::Relaxed) != before => {
                    before = steps.load(Ordering::Relaxed);
                }
                Err(_) => {
                    self.lost = Some(thread);
                    return None;
                }
            }
        }
    }

    /// Asks the disk. None if it does not answer.
    async fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, answer) = tokio::sync::oneshot::channel();
        let thread = spawn_blocking(move || drop(sender.send(question())));
        match timeout(self.patience, answer).await {
            Ok(answer) => answer.ok(),
            Err(_) => {
                self.lost = Some(thread);
                self.standing = Standing::Hung;
                None
            }
        }
    }

    /// Whether a thread still waits for the disk.
    fn is_lost(&mut self) -> bool {
        if self.lost.as_ref().is_some_and(JoinHandle::is_finished) {
            self.lost = None;
            self.unset.insert(Vec::new());
        }
        self.lost.is_some()
    }
}
