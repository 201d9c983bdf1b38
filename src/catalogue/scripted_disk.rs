//! A disk in memory that fails as a test says.

mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::catalogue::disk::{Kind, Stat};

/// What can be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// To open a folder; the empty path is the root.
    OpenFolder,
    /// To list a folder that is open.
    List,
    /// To look at a file.
    Stat,
    /// To open a file.
    OpenFile,
    /// To read a file that is open.
    Read,
}

#[derive(Clone, Debug)]
enum Node {
    Folder,
    File(Arc<[u8]>),
    /// To a path below the root, or elsewhere.
    Link(Option<Vec<u8>>),
    Other,
}

#[derive(Clone, Debug)]
struct Entry {
    node: Node,
    stat: Stat,
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<Vec<u8>, Entry>,
    is_unmounted: bool,
    last_inode: u64,
    now: i64,
    /// The errors of calls, by number.
    failures: BTreeMap<(Vec<u8>, Call), i32>,
    /// The call at which something happens, and how often it is let pass before.
    event: Option<((Vec<u8>, Call), usize, Event)>,
    /// Whether the folder of the root is gone. Who has it open sees that it is empty.
    is_root_gone: bool,
    /// How many calls there are before this is set.
    countdown: Option<(usize, Arc<AtomicBool>)>,
    /// Whether names are found in any case.
    folds_case: bool,
    /// Calls that wait.
    stuck: BTreeSet<(Vec<u8>, Call)>,
    calls: BTreeMap<Call, usize>,
}

impl State {
    fn undergo(&mut self, event: Event) {
        match event {
            Event::Unmounted => self.is_unmounted = true,
            Event::Removed => {
                self.is_root_gone = true;
                self.entries.retain(|path, _| path.is_empty());
            }
            Event::Replaced => {
                self.event = None;
                self.last_inode += 1;
                let inode = self.last_inode;
                self.entries.get_mut(&b""[..]).unwrap().stat.inode = inode;
            }
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// What happens to a root while it is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The disk is unmounted.
    Unmounted,
    /// The folder is removed with all that is in it.
    Removed,
    /// Another folder with the same files is put into its place, on the same disk.
    Replaced,
}

/// A folder that was taken away from a disk.
pub struct Detached(BTreeMap<Vec<u8>, Entry>);

/// A library root in memory. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct ScriptedDisk(Arc<Shared>);

impl ScriptedDisk {
    /// The device of the root.
    pub const DEVICE: u64 = 7;
    /// The device of the folder that the root is mounted on.
    pub const BELOW: u64 = 1;

    /// An empty one, on which it is the year 2001.
    pub fn new() -> Self {
        let disk = Self(Arc::default());
        disk.state().now = 1_000_000_000_000_000_000;
        disk.insert(b"", Node::Folder);
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    fn insert(&self, path: &[u8], node: Node) {
        let mut state = self.state();
        state.last_inode += 1;
        state.now += 1_000_000_000;
        let (kind, size) = match &node {
            Node::Folder => (Kind::Folder, 0),
            Node::File(content) => (Kind::File, content.len() as u64),
            Node::Link(_) => (Kind::Link, 0),
            Node::Other => (Kind::Other, 0),
        };
        let (inode, now) = (state.last_inode, state.now);
        let device = state.entries.get(parent(path)).map_or(Self::DEVICE, |it| it.stat.device);
        let blocks = size.div_ceil(512);
        let stat = Stat { kind, size, modified: now, changed: now, device, inode, blocks };
        state.entries.insert(path.to_vec(), Entry { node, stat });
    }

    /// Writes a new file, and the folders that it is in where there are none.
    pub fn write(&self, path: impl AsRef<[u8]>, content: &[u8]) {
        self.make_folders(parent(path.as_ref()));
        self.insert(path.as_ref(), Node::File(content.into()));
    }

    /// Writes into a file that is there, so that it keeps its inode.
    pub fn overwrite(&self, path: impl AsRef<[u8]>, content: &[u8]) {
        let mut state = self.state();
        state.now += 1_000_000_000;
        let now = state.now;
        let entry = state.entries.get_mut(path.as_ref()).unwrap();
        entry.node = Node::File(content.into());
        entry.stat = Stat { size: content.len() as u64, modified: now, changed: now, ..entry.stat };
    }

    /// Makes a folder and those that it is in.
    pub fn make_folders(&self, path: impl AsRef<[u8]>) {
        let path = path.as_ref();
        if !self.state().entries.contains_key(path) {
            self.make_folders(parent(path));
            self.insert(path, Node::Folder);
        }
    }

    /// Makes a link to a path below the root, or, without one, to a file outside of all roots.
    pub fn link(&self, path: impl AsRef<[u8]>, target: Option<&str>) {
        self.make_folders(parent(path.as_ref()));
        self.insert(path.as_ref(), Node::Link(target.map(Into::into)));
    }

    /// Makes a pipe.
    pub fn make_pipe(&self, path: impl AsRef<[u8]>) {
        self.make_folders(parent(path.as_ref()));
        self.insert(path.as_ref(), Node::Other);
    }

    /// Removes a file, or a folder with all that is in it.
    pub fn remove(&self, path: impl AsRef<[u8]>) {
        self.state().entries.retain(|other, _| !is_at_or_below(other, path.as_ref()));
    }

    /// Moves a file, or a folder with all that is in it.
    pub fn rename(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.make_folders(parent(to));
        let mut state = self.state();
        state.now += 1_000_000_000;
        let now = state.now;
        let moved: Vec<_> =
            state.entries.keys().filter(|path| is_at_or_below(path, from)).cloned().collect();
        for path in moved {
            let mut entry = state.entries.remove(&path).unwrap();
            if path == from {
                entry.stat.changed = now;
            }
            state.entries.insert([to, &path[from.len()..]].concat(), entry);
        }
    }

    /// Moves all from a path on to another device, as if another disk were mounted there.
    pub fn set_device(&self, path: impl AsRef<[u8]>, device: u64) {
        let mut state = self.state();
        let entries = state.entries.iter_mut();
        for (_, entry) in entries.filter(|(other, _)| is_at_or_below(other, path.as_ref())) {
            entry.stat.device = device;
        }
    }

    /// Sets what the disk says about a file, such as its times.
    pub fn set_stat(&self, path: impl AsRef<[u8]>, set: impl FnOnce(&mut Stat)) {
        set(&mut self.state().entries.get_mut(path.as_ref()).unwrap().stat);
    }

    /// Unmounts the disk: who looks at the root anew sees an empty folder on another device, and who has it
    /// open sees errors.
    pub fn unmount(&self) {
        self.state().is_unmounted = true;
    }

    /// Lets something happen as soon as this is called, but lets the first calls pass.
    pub fn let_happen(&self, event: Event, call: Call, path: impl AsRef<[u8]>, passing: usize) {
        self.state().event = Some(((path.as_ref().to_vec(), call), passing, event));
    }

    /// Sets a flag after so many more calls.
    pub fn after(&self, calls: usize, flag: Arc<AtomicBool>) {
        self.state().countdown = Some((calls, flag));
    }

    /// Mounts it again.
    pub fn mount(&self) {
        let mut state = self.state();
        state.event = None;
        state.is_unmounted = false;
    }

    /// Finds names in any case from now on, and lists them as they are.
    pub fn fold_case(&self) {
        self.state().folds_case = true;
    }

    /// Gives a file another name.
    pub fn hard_link(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) {
        self.make_folders(parent(to.as_ref()));
        let mut state = self.state();
        let entry = state.entries[from.as_ref()].clone();
        state.entries.insert(to.as_ref().to_vec(), entry);
    }

    /// Takes a folder away, as if it were on a disk that is pulled out together with its folder.
    pub fn detach(&self, path: impl AsRef<[u8]>) -> Detached {
        let mut state = self.state();
        let (taken, left) = std::mem::take(&mut state.entries)
            .into_iter()
            .partition(|(other, _)| is_at_or_below(other, path.as_ref()));
        state.entries = left;
        Detached(taken)
    }

    /// Puts back what was taken away, as it was.
    pub fn attach(&self, Detached(mut taken): Detached) {
        self.state().entries.append(&mut taken);
    }

    /// Lets a call fail with this error of the system, such as `libc::EIO`.
    pub fn fail(&self, call: Call, path: impl AsRef<[u8]>, error: i32) {
        self.state().failures.insert((path.as_ref().to_vec(), call), error);
    }

    /// Lets no call fail or wait any more.
    pub fn heal(&self) {
        let mut state = self.state();
        state.failures.clear();
        state.stuck.clear();
        self.0.changed.notify_all();
    }

    /// Lets a call wait until the disk is healed.
    pub fn stall(&self, call: Call, path: impl AsRef<[u8]>) {
        self.state().stuck.insert((path.as_ref().to_vec(), call));
    }

    /// How often something was done, by anybody.
    pub fn calls(&self, call: Call) -> usize {
        self.state().calls.get(&call).copied().unwrap_or(0)
    }

    /// Counts a call, and lets it wait or fail.
    fn call(&self, call: Call, path: &[u8]) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        *state.calls.entry(call).or_default() += 1;
        let key = (path.to_vec(), call);
        if let Some((calls, flag)) = &mut state.countdown {
            *calls = calls.saturating_sub(1);
            flag.store(*calls == 0, Ordering::Relaxed);
        }
        match &mut state.event {
            Some((at, 0, event)) if *at == key => {
                let event = *event;
                state.undergo(event);
            }
            Some((at, passing, _)) if *at == key => *passing -= 1,
            _ => {}
        }
        while state.stuck.contains(&key) {
            state = self.0.changed.wait(state).unwrap();
        }
        match state.failures.get(&key) {
            Some(error) => Err(io::Error::from_raw_os_error(*error)),
            None => Ok(state),
        }
    }
}

fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(b"", |slash| &path[..slash])
}

fn is_at_or_below(path: &[u8], folder: &[u8]) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
}
