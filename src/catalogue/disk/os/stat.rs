//! What the operating system says about files.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, FileType, fstat, statat};

use crate::catalogue::disk::stat::{Kind, Stat};

/// What there is at this name in a folder, without following a link. The empty name is the folder itself.
pub fn of(folder: impl AsFd, name: &[u8]) -> io::Result<Stat> {
    if name.is_empty() {
        return of_open(folder);
    }
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    Ok(from_system(&statat(folder, OsStr::from_bytes(name), flags)?))
}

/// What is open here.
pub fn of_open(file: impl AsFd) -> io::Result<Stat> {
    Ok(from_system(&fstat(file)?))
}

/// The kind of a file, as the system names it.
pub fn kind_of(kind: FileType) -> Option<Kind> {
    match kind {
        FileType::RegularFile => Some(Kind::File),
        FileType::Directory => Some(Kind::Folder),
        FileType::Symlink => Some(Kind::Link),
        FileType::Unknown => None,
        _ => Some(Kind::Other),
    }
}

#[allow(
    clippy::unnecessary_fallible_conversions,
    clippy::useless_conversion,
    reason = "the types of these numbers differ between systems"
)]
fn from_system(stat: &rustix::fs::Stat) -> Stat {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Stat {
        kind: kind_of(FileType::from_raw_mode(stat.st_mode)).unwrap_or(Kind::Other),
        size: count(stat.st_size),
        modified: nanos(stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
        changed: nanos(stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
        device: u64::try_from(stat.st_dev).unwrap_or(0),
        inode: stat.st_ino,
        blocks: count(stat.st_blocks),
    }
}

/// Nanoseconds since 1970; the nearest that there are for a file of another age.
fn nanos(seconds: i64, nanos: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}
