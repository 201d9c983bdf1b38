//! Opens files beneath a folder, and never follows a link on the way.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};

/// A folder on the way to something in it: it must be possible to enter it, not to list it.
#[cfg(target_os = "linux")]
pub const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::PATH);
/// A folder on the way to something in it: it must be possible to enter it, not to list it.
#[cfg(not(target_os = "linux"))]
pub const FOLDER: OFlags = OFlags::DIRECTORY;

/// A folder that is open.
pub struct Beneath {
    folder: OwnedFd,
    /// Whether the system opens whole paths beneath a folder. Old ones do not, and some containers forbid it.
    opens_whole_paths: AtomicBool,
}

impl Beneath {
    /// Opens a folder by its path, which may have links.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = FOLDER | OFlags::CLOEXEC;
        let folder = openat(rustix::fs::CWD, path, flags, Mode::empty())?;
        Ok(Self { folder, opens_whole_paths: AtomicBool::new(cfg!(target_os = "linux")) })
    }

    /// Opens what is at a path beneath the folder. No part of the path may be a link; the empty path is the
    /// folder itself.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_at(&self, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        if path.is_empty() {
            return Ok(openat(&self.folder, ".", flags, Mode::empty())?);
        }
        if !path.split(|byte| *byte == b'/').all(is_name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path below the root"));
        }
        #[cfg(target_os = "linux")]
        if self.opens_whole_paths.load(Ordering::Relaxed) {
            match open_whole(&self.folder, path, flags) {
                Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
                    self.opens_whole_paths.store(false, Ordering::Relaxed);
                }
                // Something was renamed at the same time.
                Err(rustix::io::Errno::AGAIN) => {}
                opened => return Ok(opened?),
            }
        }
        open_by_parts(&self.folder, path, flags | OFlags::NOFOLLOW)
    }
}

/// Whether a part of a path is the name of something in a folder.
fn is_name(part: &[u8]) -> bool {
    !matches!(part, b"" | b"." | b"..")
}

#[cfg(target_os = "linux")]
fn open_whole(folder: &OwnedFd, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
    openat2(folder, OsStr::from_bytes(path), flags, Mode::empty(), resolve)
}

/// The same, folder by folder.
fn open_by_parts(folder: &OwnedFd, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
    let mut parts = path.split(|byte| *byte == b'/').peekable();
    let mut opened: Option<OwnedFd> = None;
    while let Some(part) = parts.next() {
        let part = OsStr::from_bytes(part);
        let parent = opened.as_ref().unwrap_or(folder);
        let on_the_way = FOLDER | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let flags = if parts.peek().is_some() { on_the_way } else { flags };
        let next = openat(parent, part, flags, Mode::empty());
        opened = Some(next.map_err(|error| link_or(error.into(), parent, part))?);
    }
    opened.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// The error of a link, instead of the one of a file that is no folder: nothing is absent behind a link.
fn link_or(error: io::Error, folder: impl AsFd, name: &OsStr) -> io::Error {
    if error.kind() != io::ErrorKind::NotADirectory {
        return error;
    }
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_symlink() => {
            rustix::io::Errno::LOOP.into()
        }
        _ => error,
    }
}

#[cfg(test)]
impl Beneath {
    /// As on a system that does not open whole paths.
    pub fn by_parts(path: &Path) -> Self {
        let beneath = Self::open(path).unwrap();
        beneath.opens_whole_paths.store(false, Ordering::Relaxed);
        beneath
    }
}
