//! What scans see of a disk in memory.

use std::io;
use std::process::Stdio;
use std::sync::{Arc, MutexGuard};

use super::{Call, Entry, Node, ScriptedDisk, State, parent};
use crate::catalogue::disk::{Disk, Folder, Kind, MediaFile, Name, Stat, Target, Tree};

impl Disk for ScriptedDisk {
    fn open(&self) -> io::Result<Arc<dyn Tree>> {
        let state = self.call(Call::OpenFolder, b"")?;
        if state.is_root_gone {
            return Err(io::ErrorKind::NotFound.into());
        }
        let is_empty = state.is_unmounted;
        drop(state);
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
        let found = state.entries.get(path).or_else(|| {
            let mut names = state.entries.iter().filter(|_| state.folds_case);
            names.find(|(name, _)| name.eq_ignore_ascii_case(path)).map(|(_, entry)| entry)
        });
        found.cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
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
            Kind::Folder => Target::KnownFolder,
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
