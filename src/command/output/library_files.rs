//! The files of a library, however they are named.

use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::part_file::with_ending;
use super::place::ResolvedPath;
use crate::command::Failure;

/// The files that SQLite keeps next to a library.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A library and the files that SQLite keeps next to it, whether they exist or not.
pub(in crate::command) struct LibraryFiles {
    path: PathBuf,
}

impl LibraryFiles {
    /// The files of the library at this path, which can be a link.
    pub(in crate::command) fn of(library: &Path) -> io::Result<Self> {
        match ResolvedPath::of(library)? {
            ResolvedPath::File(path) => Ok(Self { path }),
            ResolvedPath::Descriptor(_) => Err(ErrorKind::InvalidInput.into()),
        }
    }

    /// The library itself, from the root on and without links.
    pub(in crate::command) fn path(&self) -> &Path {
        &self.path
    }

    /// All of them, the library first.
    pub(in crate::command) fn all(&self) -> impl Iterator<Item = PathBuf> {
        std::iter::once(self.path.clone()).chain(BESIDE.map(|end| with_ending(&self.path, end)))
    }

    /// The files next to the library, each with its suffix.
    pub(in crate::command) fn beside(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        BESIDE.into_iter().map(|ending| (ending, with_ending(&self.path, ending)))
    }

    /// The one that a path leads to, under whatever name.
    pub(in crate::command) fn named_by(&self, path: &Path) -> Option<PathBuf> {
        let place = ResolvedPath::of(path).ok();
        let is_meant = |file: &PathBuf| match &place {
            Some(ResolvedPath::File(place)) if place == file => true,
            _ => is_same_file(path, file),
        };
        self.all().find(is_meant)
    }

    /// Refuses to write to them through a path that the user knows as `shown`.
    pub(in crate::command) fn refuse(
        &self,
        path: &Path,
        shown: &dyn Display,
    ) -> Result<(), Failure> {
        match self.named_by(path) {
            None => Ok(()),
            Some(found) if found == self.path => {
                Err(format!("{shown} is the library itself: choose another file").into())
            }
            Some(found) => {
                let found = found.display();
                Err(format!(
                    "{shown} is {found}, a part of the library: choose another \
                             file"
                )
                .into())
            }
        }
    }
}

/// Whether both paths lead to the same existing file. Neither is opened: opening and closing a file
/// releases the locks that SQLite holds on it in the same process.
#[cfg(unix)]
fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    id(one).is_ok_and(|one| id(other).is_ok_and(|other| one == other))
}

#[cfg(not(unix))]
fn is_same_file(one: &Path, other: &Path) -> bool {
    let [one, other] = [one, other].map(fs::canonicalize);
    one.is_ok_and(|one| other.is_ok_and(|other| one == other))
}
