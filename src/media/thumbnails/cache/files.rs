//! The files of the folder. None is opened through a link.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{
    Access, AtFlags, Dir, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, access, fstat,
    futimens, mkdirat, openat, renameat, statat, unlinkat,
};

use super::name;
use super::usage::Use;
use crate::catalogue::disk::{Beneath, FOLDER};
use crate::domain::Timestamp;
use crate::media::thumbnails::picture::Picture;
use crate::media::thumbnails::wanted::Key;

/// The folder, open.
pub(super) struct Files(Beneath);

/// Marks a folder as one that can be deleted, so that backups leave it out.
///
/// Source: [Cache Directory Tagging](https://bford.info/cachedir/).
const TAG: &str = "CACHEDIR.TAG";
const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
const EXPLANATION: &[u8] = b"
# This folder has thumbnails of Reelgraph, which it makes again if they are deleted.
# Backups omit it because of this file. For information, see https://bford.info/cachedir/
";

/// How exactly the use of a picture is kept, so that one that is used all the time is not written all the
/// time; and how old a file is that nobody is writing any more.
const HOUR: Duration = Duration::from_secs(60 * 60);

const PRIVATE_FOLDER: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);
/// What it takes to make a file or a folder in a folder.
const MAKING: Access = Access::WRITE_OK.union(Access::EXEC_OK);
const READING: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

impl Files {
    /// Makes a folder, unless there is one, and marks it as a cache; none if it has something else in it.
    pub(super) fn prepare(path: &Path) -> io::Result<Option<Self>> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let files = Self(Beneath::open(path)?);
        if files.is_tagged()? {
            return Ok(Some(files));
        }
        if !files.is_empty()? {
            return Ok(None);
        }
        let root = files.folder("")?;
        write(&root, TAG, &[SIGNATURE, EXPLANATION].concat(), File::sync_all)?;
        Ok(Some(files))
    }

    /// Whether [`prepare`](Self::prepare) would not find something else there, and could do its work.
    pub(super) fn verify(path: &Path) -> io::Result<bool> {
        let files = match Beneath::open(path) {
            Ok(folder) => Self(folder),
            // A link that leads nowhere is no place for a folder.
            Err(error) if is_missing(&error) && path.symlink_metadata().is_err() => {
                let above = path.parent().ok_or(error)?;
                access(above, MAKING)?;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        if files.is_tagged()? {
            return Ok(true);
        }
        let is_empty = files.is_empty()?;
        if is_empty {
            access(path, MAKING)?;
        }
        Ok(is_empty)
    }

    /// Opens a folder that is marked as a cache; none if it is not.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let files = Self(Beneath::open(path)?);
        Ok(files.is_tagged()?.then_some(files))
    }

    /// Reads a picture, and notes in the folder that it was used.
    pub(super) fn read(path: &Path, key: Key, now: Timestamp) -> io::Result<Vec<u8>> {
        let (folder, name) = name::place(key);
        let root = Beneath::open(path)?;
        let file = File::from(root.open_at(format!("{folder}/{name}").as_bytes(), READING)?);
        let stat = fstat(&file)?;
        if !FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file"));
        }
        let mut bytes = Vec::new();
        (&file).take(Picture::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        let age = now.as_micros().abs_diff(used_at(&stat).as_micros());
        if Duration::from_micros(age) > HOUR {
            // It will be deleted a little too early, perhaps.
            let _ = futimens(&file, &modified_at(now));
        }
        Ok(bytes)
    }

    /// Writes a picture.
    pub(super) fn write(&self, key: Key, bytes: &[u8], now: Timestamp) -> io::Result<()> {
        let (folder, name) = name::place(key);
        match mkdirat(self.folder("")?, &folder, PRIVATE_FOLDER) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let folder = self.folder(&folder)?;
        write(&folder, &name, bytes, |file| Ok(futimens(file, &modified_at(now))?))
    }

    /// Deletes a picture, if it is there.
    pub(super) fn delete(&self, key: Key) -> io::Result<()> {
        let (folder, name) = name::place(key);
        match self.folder(&folder).and_then(|folder| Ok(unlinkat(folder, &name, AtFlags::empty())?))
        {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The pictures in one of the folders. Files that were never finished are deleted.
    pub(super) fn list(&self, number: u8, now: Timestamp) -> io::Result<Vec<(Key, Use)>> {
        let name = name::folder(number);
        let folder = match self.0.open_at(name.as_bytes(), OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(folder) => folder,
            // Not there, or not one of ours.
            Err(error) if is_no_folder(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let key = name::read(&name, entry.file_name().to_bytes());
            let is_unfinished = name::is_unfinished(&name, entry.file_name().to_bytes());
            if key.is_none() && !is_unfinished {
                continue;
            }
            // Another server may have deleted it by now.
            let Ok(stat) = statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let at = used_at(&stat);
            match key {
                Some(key) if FileType::from_raw_mode(stat.st_mode).is_file() => {
                    let bytes = u32::try_from(stat.st_size).unwrap_or(u32::MAX);
                    found.push((key, Use { bytes, at }));
                }
                None if at.after(HOUR) < now => {
                    let _ = unlinkat(&folder, entry.file_name(), AtFlags::empty());
                }
                Some(_) | None => {}
            }
        }
        Ok(found)
    }

    fn folder(&self, name: &str) -> io::Result<OwnedFd> {
        self.0.open_at(name.as_bytes(), FOLDER)
    }

    fn is_tagged(&self) -> io::Result<bool> {
        let tag = match self.0.open_at(TAG.as_bytes(), READING) {
            Ok(tag) => File::from(tag),
            Err(error) if is_missing(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut start = Vec::new();
        tag.take(SIGNATURE.len() as u64).read_to_end(&mut start)?;
        Ok(start == SIGNATURE)
    }

    /// Whether there is nothing but what a file system has by itself, or another server that starts.
    fn is_empty(&self) -> io::Result<bool> {
        let folder = self.0.open_at(b"", OFlags::RDONLY | OFlags::DIRECTORY)?;
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            let is_tag = name.starts_with(b"CACHEDIR.TAG.") && name.ends_with(b".part");
            if !is_tag && !matches!(name, b"." | b".." | b"lost+found") {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP))
}

/// Writes a file so that it is there completely or not at all; `finish` is called before it is there.
fn write(
    folder: &OwnedFd,
    name: &str,
    bytes: &[u8],
    finish: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let unfinished = name::unfinished(name, getrandom::u64()?);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(folder, &unfinished, flags, PRIVATE_FILE)?);
    let written = file.write_all(bytes).and_then(|()| finish(&file));
    let written = written.and_then(|()| Ok(renameat(folder, &unfinished, folder, name)?));
    if written.is_err() {
        let _ = unlinkat(folder, &unfinished, AtFlags::empty());
    }
    written
}

/// When a picture was used: the folder keeps it as the time of its modification.
#[allow(
    clippy::unnecessary_fallible_conversions,
    clippy::useless_conversion,
    reason = "the types of these numbers differ between systems"
)]
fn used_at(stat: &rustix::fs::Stat) -> Timestamp {
    let seconds = i64::try_from(stat.st_mtime).unwrap_or(0);
    Timestamp::from_micros(seconds.saturating_mul(1_000_000)).unwrap_or(Timestamp::MIN)
}

fn modified_at(time: Timestamp) -> Timestamps {
    let seconds = time.as_micros().div_euclid(1_000_000);
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: 0 },
    }
}
