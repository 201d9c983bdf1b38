//! Library roots on a disk, and the folders in them.
//!
//! Paths are below the root, in bytes, with `/` between their parts; the empty one is the root itself.

use std::io;
use std::sync::Arc;

use super::media_file::MediaFile;
use super::stat::{Kind, Stat};

/// A library root, wherever its disk is right now.
///
/// Its functions and those of all that it opens wait for the disk, so they are called on threads that may
/// wait, and a dead disk may hold them forever.
pub trait Disk: Send + Sync {
    /// Opens the root for one scan. A disk that is unmounted in the meantime then shows as errors, and not as
    /// the empty folder that it was mounted on.
    ///
    /// # Errors
    /// When there is no such folder, or it cannot be opened.
    fn open(&self) -> io::Result<Arc<dyn Tree>>;
}

/// A library root that is open.
pub trait Tree: Send + Sync {
    /// Opens a folder. No part of its path may be a link.
    ///
    /// # Errors
    /// When it is not there or cannot be opened.
    fn open_folder(&self, path: &[u8]) -> io::Result<Box<dyn Folder>>;

    /// Looks at a file again, at the target of a link to a file.
    ///
    /// # Errors
    /// When it is not there or cannot be looked at.
    fn stat(&self, path: &[u8]) -> io::Result<Stat>;

    /// Finds out where a link leads.
    ///
    /// # Errors
    /// When its target is not there or cannot be looked at.
    fn follow(&self, path: &[u8]) -> io::Result<Target>;

    /// Opens a regular file for reading, or the target of a link to one that is in a library root. It never
    /// waits for the other end of a pipe.
    ///
    /// # Errors
    /// When it is not there or cannot be opened, and when it is no such file.
    fn open_file(&self, path: &[u8]) -> io::Result<Arc<dyn MediaFile>>;
}

/// A folder that is open.
pub trait Folder: Send {
    /// What the disk says about the folder itself.
    ///
    /// # Errors
    /// When the disk fails.
    fn stat(&self) -> io::Result<Stat>;

    /// All that is in it, in any order.
    ///
    /// # Errors
    /// When it could not be read, or not to its end.
    fn names(&mut self) -> io::Result<Vec<Name>>;

    /// What the system knows the folder by while it is open; none where it is not the system's.
    #[cfg(unix)]
    fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        None
    }

    /// What the disk says about one of them, about a link itself rather than its target.
    ///
    /// # Errors
    /// When it is not there or cannot be looked at.
    fn stat_of(&self, name: &[u8]) -> io::Result<Stat>;
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// As the disk has it.
    pub name: Box<[u8]>,
    /// What it names, as far as the folder knows.
    pub kind: Option<Kind>,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a regular file in a library root.
    File(Stat),
    /// To a regular file elsewhere.
    Outside,
    /// To a folder in a library root.
    KnownFolder,
    /// To a folder elsewhere.
    Folder,
    /// To a device, a pipe or a socket.
    Other,
}
