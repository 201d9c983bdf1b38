//! Events that a test makes up, of a disk in memory.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::catalogue::scripted_disk::ScriptedDisk;
use crate::catalogue::watch::{Event, FolderEvents, Unwatchable, WatchId, Watcher, What};
use crate::catalogue::{Disk, Folder};
use crate::domain::catalogue::Problem;

/// Watches folders of a disk in memory, by their inodes as a system does.
#[derive(Clone)]
pub struct ScriptedEvents {
    disk: ScriptedDisk,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    watched: HashMap<u64, WatchId>,
    last: i32,
    waiting: Vec<Event>,
    /// The largest number of folders; none for no limit.
    limit: Option<usize>,
    foreign: HashSet<u64>,
}

impl ScriptedEvents {
    /// For the folders of this disk.
    pub fn of(disk: &ScriptedDisk) -> Self {
        Self { disk: disk.clone(), shared: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// Lets no more folders than this be watched.
    pub fn limit(&self, limit: Option<usize>) {
        self.state().limit = limit;
    }

    /// Lets a device be one that does not report what others do.
    pub fn disown(&self, device: u64) {
        self.state().foreign.insert(device);
    }

    /// How many folders are watched.
    pub fn watched(&self) -> usize {
        self.state().watched.len()
    }

    /// What a folder is named by, if it is watched.
    pub fn id_of(&self, folder: &str) -> Option<WatchId> {
        let stat =
            self.disk.open().unwrap().open_folder(folder.as_bytes()).unwrap().stat().unwrap();
        self.state().watched.get(&stat.inode).copied()
    }

    /// Whether a folder is watched.
    pub fn watches(&self, folder: &str) -> bool {
        self.id_of(folder).is_some()
    }

    /// What is reported if this happens to what has this name in a folder that is there; nothing if that is not
    /// watched.
    pub fn inside(&self, folder: &str, name: &str, what: What, is_folder: bool) -> Vec<Event> {
        let inside =
            |folder| Event::Inside { folder, name: name.as_bytes().into(), what, is_folder };
        self.id_of(folder).map(inside).into_iter().collect()
    }

    /// Reports events.
    pub fn report(&self, events: &[Event]) {
        self.state().waiting.extend_from_slice(events);
        self.shared.arrived.notify_one();
    }
}

impl Watcher for ScriptedEvents {
    fn events(&self) -> Arc<dyn FolderEvents> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl FolderEvents for ScriptedEvents {
    fn watch(&self, folder: &dyn Folder) -> Result<WatchId, Unwatchable> {
        let stat = folder.stat()?;
        let mut state = self.state();
        if state.foreign.contains(&stat.device) {
            return Err(Unwatchable::Foreign);
        }
        if let Some(id) = state.watched.get(&stat.inode) {
            return Ok(*id);
        }
        if let Some(limit) = state.limit
            && state.watched.len() >= limit
        {
            return Err(Unwatchable::Limit(Problem::of_watches(Some(limit as u64))));
        }
        state.last += 1;
        let id = WatchId(state.last);
        state.watched.insert(stat.inode, id);
        Ok(id)
    }

    fn unwatch(&self, folder: WatchId) {
        self.state().watched.retain(|_, id| *id != folder);
    }

    async fn next(&self) -> Vec<Event> {
        loop {
            let events = std::mem::take(&mut self.state().waiting);
            if !events.is_empty() {
                return events;
            }
            self.shared.arrived.notified().await;
        }
    }

    fn limits(&self) -> Vec<u64> {
        self.state().limit.map(|limit| limit as u64).into_iter().collect()
    }
}
