//! The disks of the operating system.

mod file;
mod folder;
mod links;
mod stat;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use super::beneath::{self, Beneath};
use super::media_file::MediaFile;
use super::stat::{Kind, Stat};
use super::tree::{Disk, Folder, Target, Tree};
use file::OsFile;
use folder::OsFolder;
use links::Links;

/// A folder of this machine that is a library root.
#[derive(Clone, Debug)]
pub struct OsDisk {
    directory: PathBuf,
    roots: Arc<[PathBuf]>,
}

impl OsDisk {
    /// The root in this directory. Links lead to files in any of the `roots`, of which it should be one.
    pub fn new(directory: &Path, roots: Arc<[PathBuf]>) -> Self {
        Self { directory: directory.to_owned(), roots }
    }
}

impl Disk for OsDisk {
    fn open(&self) -> io::Result<Arc<dyn Tree>> {
        let root = Beneath::open(&self.directory)?;
        let links = Links::new(&self.directory, &self.roots)?;
        Ok(Arc::new(OsTree { root, links }))
    }
}

/// A root that is open, by the file system that it was on then.
struct OsTree {
    root: Beneath,
    links: Links,
}

impl OsTree {
    /// What there is at a path, without following a link there.
    fn stat_itself(&self, path: &[u8]) -> io::Result<Stat> {
        let (folder, name) = split(path);
        let folder = self.root.open_at(folder, beneath::FOLDER)?;
        stat::of(folder, name)
    }
}

/// The folder of a path, and its last part.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

impl Tree for OsTree {
    fn open_folder(&self, path: &[u8]) -> io::Result<Box<dyn Folder>> {
        let folder = self.root.open_at(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        Ok(Box::new(OsFolder(folder)))
    }

    fn stat(&self, path: &[u8]) -> io::Result<Stat> {
        let itself = self.stat_itself(path)?;
        if itself.kind != Kind::Link {
            return Ok(itself);
        }
        match self.follow(path)? {
            Target::File(stat) => Ok(stat),
            Target::Outside | Target::KnownFolder | Target::Folder | Target::Other => Ok(itself),
        }
    }

    fn follow(&self, path: &[u8]) -> io::Result<Target> {
        self.links.follow(path)
    }

    fn open_file(&self, path: &[u8]) -> io::Result<Arc<dyn MediaFile>> {
        const READING: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
        let file = match self.stat_itself(path)?.kind {
            Kind::File => self.root.open_at(path, READING)?,
            Kind::Link => self.links.open(path, READING)?,
            // To open a device can have effects.
            Kind::Folder | Kind::Other => return Err(no_regular_file()),
        };
        let file = OsFile(File::from(file));
        match file.stat()?.kind {
            Kind::File => Ok(Arc::new(file)),
            _ => Err(no_regular_file()),
        }
    }
}

fn no_regular_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}
