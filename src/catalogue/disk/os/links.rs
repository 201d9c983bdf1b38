//! Links to files, which may lead from one library root into another.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use super::stat;
use crate::catalogue::disk::beneath::{self, Beneath};
use crate::catalogue::disk::stat::Kind;
use crate::catalogue::disk::tree::Target;

/// The links of a library root.
pub struct Links {
    /// The root, without links in its path.
    directory: PathBuf,
    roots: Arc<[PathBuf]>,
}

impl Links {
    /// The links of the root in this directory, which may lead into any of the `roots`.
    pub fn new(directory: &Path, roots: &Arc<[PathBuf]>) -> io::Result<Self> {
        Ok(Self { directory: fs::canonicalize(directory)?, roots: Arc::clone(roots) })
    }

    /// Where a link leads.
    pub fn follow(&self, path: &[u8]) -> io::Result<Target> {
        let target = self.target(path)?;
        let (folder, name) = match self.place(&target) {
            Some(place) => place,
            None => return kind_outside(&target),
        };
        let (parent, name) = (name.parent().unwrap_or(Path::new("")), name.file_name());
        let parent = folder.open_at(parent.as_os_str().as_bytes(), beneath::FOLDER)?;
        let stat = stat::of(parent, name.unwrap_or_default().as_bytes())?;
        match stat.kind {
            Kind::File => Ok(Target::File(stat)),
            Kind::Folder => Ok(Target::KnownFolder),
            Kind::Other => Ok(Target::Other),
            // It was replaced at this moment.
            Kind::Link => Err(rustix::io::Errno::LOOP.into()),
        }
    }

    /// Opens the target of a link, if it is in a root.
    pub fn open(&self, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
        let target = self.target(path)?;
        let Some((root, below)) = self.place(&target) else {
            return Err(io::Error::from(rustix::io::Errno::LOOP));
        };
        root.open_at(below.as_os_str().as_bytes(), flags)
    }

    /// The path of the target, without links. Nothing on the way is opened.
    fn target(&self, path: &[u8]) -> io::Result<PathBuf> {
        fs::canonicalize(self.directory.join(OsStr::from_bytes(path)))
    }

    /// The root that a file is in, open, and its path below that.
    fn place<'t>(&self, target: &'t Path) -> Option<(Beneath, &'t Path)> {
        self.roots.iter().find_map(|root| {
            let root = fs::canonicalize(root).ok()?;
            let below = target.strip_prefix(&root).ok()?;
            Some((Beneath::open(&root).ok()?, below))
        })
    }
}

/// What a link leads to that is in no root.
fn kind_outside(target: &Path) -> io::Result<Target> {
    Ok(if fs::symlink_metadata(target)?.is_dir() { Target::Folder } else { Target::Outside })
}
