//! A file that bears its name only once it is whole.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::access::{PRIVATE, has_same_owner, is_at, keep_access, mode_of_new_file, set_mode};
use super::say;
use crate::command::Failure;

/// What its name ends with until then, by which it is known when its process was killed.
const ENDING: &str = ".reelgraph.part";

/// What SQLite may keep beside it.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// How often a file is made anew because another process has taken it for one that was left.
const ATTEMPTS: usize = 10;

/// A file that is written beside the place that it is for. Where it is not put in place it is removed;
/// one whose process was killed is removed by the next that writes into the folder.
pub(in crate::command) struct PartFile {
    place: PathBuf,
    part: PathBuf,
    /// Locked, for as long as it is open, against another process that writes for the same place.
    file: File,
    /// What it is going to replace.
    old: Option<Metadata>,
}

impl PartFile {
    /// Makes an empty file beside this place, which is no link. Once it is put there, it has the mode
    /// and the owner of the file that it replaces; a new one nobody may read who may not read `like`.
    pub(in crate::command) fn create(place: &Path, like: &Path) -> io::Result<Self> {
        let old = match fs::metadata(place) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            found => Some(found?),
        };
        let mode = if old.is_some() { PRIVATE } else { mode_of_new_file(like)? };
        let (part, file) = make(place, mode)?;
        remove_left_overs(&part, &file);
        Ok(Self { place: place.to_owned(), part, file, old })
    }

    /// Makes an empty file where temporary files are, for its own user alone. It is not to be put
    /// anywhere.
    pub(in crate::command) fn temporary(name: &str) -> Result<Self, Failure> {
        let folder = std::env::temp_dir();
        let place = folder.join(name);
        let (part, file) = make(&place, PRIVATE).map_err(|error| {
            let folder = folder.display();
            format!(
                "could not write to {folder}: {error}; a copy of the library is made there first; \
                 set TMPDIR to use another folder"
            )
        })?;
        remove_left_overs(&part, &file);
        Ok(Self { place, part, file, old: None })
    }

    /// Where it is for now.
    pub(in crate::command) fn path(&self) -> &Path {
        &self.part
    }

    /// To write to, and to read from.
    pub(in crate::command) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes a file beside it, with this ending, that only this user may read: the folder can be open to
    /// everyone.
    pub(in crate::command) fn make_beside(&self, ending: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, PRIVATE);
        options.open(with_ending(&self.part, ending))
    }

    /// Puts it where it is for, once its bytes are on the disk. It replaces only what was there when
    /// it was made.
    ///
    /// # Errors
    /// `AlreadyExists` where something has come there since.
    pub(in crate::command) fn put_in_place(self) -> io::Result<()> {
        if let Some(old) = &self.old {
            keep_access(&self.file, old, &self.place)?;
        }
        self.file.sync_all()?;
        if !is_at(&self.file, &self.part) {
            let message = format!("{} was replaced by another process", self.part.display());
            return Err(io::Error::new(ErrorKind::ResourceBusy, message));
        }
        match self.old {
            Some(_) => fs::rename(&self.part, &self.place)?,
            None => rename_to_new(&self.part, &self.place)?,
        }
        sync_folder_of(&self.place)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // What is not there, or cannot be removed, changes nothing for the one who waits.
        let _ = remove_with_companions(&self.part);
    }
}

/// The same path with something behind it.
pub(in crate::command) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Sees to it that the folder's entry for this file outlives a power failure.
pub(in crate::command) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    // Elsewhere a folder cannot be opened.
    match path.parent().filter(|_| cfg!(unix)) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Makes the file, and locks it.
fn make(place: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    let part = with_ending(place, ENDING);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    set_mode(&mut options, mode);
    for _ in 0..ATTEMPTS {
        match options.open(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => remove_left_over(&part)?,
            Err(error) => return Err(error),
            // Between these two, another process can take it for one that was left, and remove it.
            Ok(file) if lock(&file)? && is_at(&file, &part) => return Ok((part, file)),
            Ok(_) => {}
        }
    }
    Err(in_use(&part))
}

/// Removes what the same command left when it was killed.
fn remove_left_over(part: &Path) -> io::Result<()> {
    match fs::symlink_metadata(part) {
        Ok(found) if found.is_file() => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        _ => return Err(in_use(part)),
    }
    // It stays locked until it is gone, so that nobody else takes a new one of its name for it.
    let file = File::open(part)?;
    match lock(&file)? {
        true if is_at(&file, part) => remove_with_companions(part),
        true => Ok(()),
        false => Err(in_use(part)),
    }
}

fn in_use(part: &Path) -> io::Error {
    let message = format!("another process is writing {}", part.display());
    io::Error::new(ErrorKind::ResourceBusy, message)
}

/// Removes what other commands of this user left in the folder when they were killed, and reports
/// it.
fn remove_left_overs(own: &Path, own_file: &File) {
    let Some(names) = own.parent().and_then(|folder| fs::read_dir(folder).ok()) else { return };
    let parts: BTreeSet<PathBuf> =
        names.filter_map(|entry| part_of(&entry.ok()?.path())).filter(|part| part != own).collect();
    for part in parts {
        let shown = part.display();
        match remove_if_left_over(&part, own_file) {
            Ok(false) => {}
            Ok(true) => say(format_args!("Removed {shown}, left by a command that was killed.")),
            Err(error) => say(format_args!(
                "warning: {shown} was left by a command that was killed, and cannot be removed: {error}"
            )),
        }
    }
}

/// The part file that this is, or that SQLite has put this beside.
fn part_of(path: &Path) -> Option<PathBuf> {
    let path = path.to_str()?;
    let part = BESIDE.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    part.ends_with(ENDING).then(|| part.into())
}

/// Removes a file that nobody writes any more, or what was beside it when it is gone itself.
fn remove_if_left_over(part: &Path, own_file: &File) -> io::Result<bool> {
    let found = match fs::symlink_metadata(part) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // By now it may be there again, as that of another process.
            return remove_companions(part).map(|()| true);
        }
        found => found?,
    };
    if !found.is_file() || !has_same_owner(&own_file.metadata()?, &found) {
        return Ok(false);
    }
    let file = File::open(part)?;
    // Where there are no locks, nobody can see whether it is still written.
    if file.try_lock().is_err() || !is_at(&file, part) {
        return Ok(false);
    }
    remove_with_companions(part).map(|()| true)
}

fn remove_with_companions(part: &Path) -> io::Result<()> {
    remove_where_there(part)?;
    remove_companions(part)
}

/// Removes what SQLite has put beside a file.
fn remove_companions(part: &Path) -> io::Result<()> {
    BESIDE.iter().try_for_each(|ending| remove_where_there(&with_ending(part, ending)))
}

fn remove_where_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn rename_to_new(part: &Path, place: &Path) -> io::Result<()> {
    // Unlike renaming, this fails where something is there, however late it came. The other name
    // is removed with its owner.
    match fs::hard_link(part, place) {
        // Some file systems have one name for a file.
        Err(error) if error.kind() != ErrorKind::AlreadyExists && !place.exists() => {
            fs::rename(part, place)
        }
        outcome => outcome,
    }
}

/// Locks a file, and answers whether no other process has it locked.
fn lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(false),
        // A file system without locks is no reason not to write.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(true),
    }
}
