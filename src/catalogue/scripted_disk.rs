//! A disk in memory that fails as a test says.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::catalogue::disk::{Disk, Folder, Kind, MediaFile, Name, Stat, Target, Tree};

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
    /// Calls that wait.
    stuck: BTreeSet<(Vec<u8>, Call)>,
    calls: BTreeMap<Call, usize>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

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

    /// Mounts it again.
    pub fn mount(&self) {
        self.state().is_unmounted = false;
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

impl Disk for ScriptedDisk {
    fn open(&self) -> io::Result<Arc<dyn Tree>> {
        let is_empty = self.call(Call::OpenFolder, b"")?.is_unmounted;
        Ok(Arc::new(ScriptedTree { disk: self.clone(), is_empty }))
    }
}

struct ScriptedTree {
    disk: ScriptedDisk,
    /// Whether this is the folder that the disk is to be mounted on.
    is_empty: bool,
}

impl ScriptedTree {
    fn call(&self, call: Call, path: &[u8]) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.call(call, path)?;
        if self.is_empty || !state.is_unmounted {
            return Ok(state);
        }
        Err(io::Error::from_raw_os_error(libc::EIO))
    }

    fn entry(&self, call: Call, path: &[u8]) -> io::Result<Entry> {
        let state = self.call(call, path)?;
        if self.is_empty {
            let device = ScriptedDisk::BELOW;
            let mut entry = state.entries[&b""[..]].clone();
            entry.stat = Stat { device, ..entry.stat };
            return path.is_empty().then_some(entry).ok_or(io::ErrorKind::NotFound.into());
        }
        let mut folder = parent(path);
        while !folder.is_empty() {
            match state.entries.get(folder).map(|entry| entry.stat.kind) {
                Some(Kind::Link) => return Err(io::Error::from_raw_os_error(libc::ELOOP)),
                Some(Kind::File | Kind::Other) => return Err(io::ErrorKind::NotADirectory.into()),
                Some(Kind::Folder) | None => folder = parent(folder),
            }
        }
        state.entries.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Tree for ScriptedTree {
    fn open_folder(&self, path: &[u8]) -> io::Result<Box<dyn Folder>> {
        match self.entry(Call::OpenFolder, path)?.node {
            Node::Folder => Ok(Box::new(ScriptedFolder {
                path: path.to_vec(),
                tree: Self { disk: self.disk.clone(), is_empty: self.is_empty },
            })),
            Node::Link(_) => Err(io::Error::from_raw_os_error(libc::ELOOP)),
            Node::File(_) | Node::Other => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn stat(&self, path: &[u8]) -> io::Result<Stat> {
        let stat = self.entry(Call::Stat, path)?.stat;
        match stat.kind {
            Kind::Link => match self.follow(path)? {
                Target::File(stat) => Ok(stat),
                _ => Ok(stat),
            },
            _ => Ok(stat),
        }
    }

    fn follow(&self, path: &[u8]) -> io::Result<Target> {
        let Node::Link(target) = self.entry(Call::Stat, path)?.node else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let Some(target) = target else { return Ok(Target::Outside) };
        let stat = self.entry(Call::Stat, &target)?.stat;
        Ok(match stat.kind {
            Kind::File => Target::File(stat),
            Kind::Folder => Target::Folder,
            Kind::Link => return Err(io::Error::from_raw_os_error(libc::ELOOP)),
            Kind::Other => Target::Other,
        })
    }

    fn open_file(&self, path: &[u8]) -> io::Result<Arc<dyn MediaFile>> {
        match self.entry(Call::OpenFile, path)?.node {
            Node::File(_) => {}
            Node::Link(Some(target)) => return self.open_file(&target),
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
        let tree = Self { disk: self.disk.clone(), is_empty: self.is_empty };
        Ok(Arc::new(ScriptedFile { path: path.to_vec(), tree }))
    }
}

struct ScriptedFolder {
    path: Vec<u8>,
    tree: ScriptedTree,
}

impl Folder for ScriptedFolder {
    fn stat(&self) -> io::Result<Stat> {
        Ok(self.tree.entry(Call::Stat, &self.path)?.stat)
    }

    fn names(&mut self) -> io::Result<Vec<Name>> {
        let state = self.tree.call(Call::List, &self.path)?;
        if self.tree.is_empty {
            return Ok(Vec::new());
        }
        let inside =
            state.entries.iter().filter(|(path, _)| !path.is_empty() && parent(path) == self.path);
        let start = if self.path.is_empty() { 0 } else { self.path.len() + 1 };
        // The last ones come first: nobody promises an order.
        Ok(inside
            .map(|(path, it)| Name { name: path[start..].into(), kind: Some(it.stat.kind) })
            .rev()
            .collect())
    }

    fn stat_of(&self, name: &[u8]) -> io::Result<Stat> {
        let path = [&self.path[..], b"/", name].concat();
        let path = if self.path.is_empty() { name } else { &path };
        Ok(self.tree.entry(Call::Stat, path)?.stat)
    }
}

/// A file as it is now, whatever it was when it was opened.
struct ScriptedFile {
    path: Vec<u8>,
    tree: ScriptedTree,
}

impl MediaFile for ScriptedFile {
    fn stat(&self) -> io::Result<Stat> {
        self.tree.stat(&self.path)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let Node::File(content) = self.tree.entry(Call::Read, &self.path)?.node else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn to_stdin(&self) -> io::Result<Stdio> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
