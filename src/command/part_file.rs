//! A file that bears its name only once it is whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A file that is written beside the place that it is for, with `.part` behind its name. Where it
/// is not put in place it is removed; one whose process was killed is removed by the next.
pub(super) struct PartFile {
    place: PathBuf,
    part: PathBuf,
    /// Locked, for as long as it is open, against another process that writes for the same place.
    file: File,
}

/// Who may use a file.
#[derive(Clone, Copy)]
pub(super) enum Access<'f> {
    /// Whoever may use files that are made here.
    OfNewFiles,
    /// Nobody who may not use this file.
    OfFile(&'f Path),
}

/// What to do with a file that is there already.
#[derive(Clone, Copy)]
pub(super) enum IfThere {
    /// Leave it, and fail with `AlreadyExists`.
    Refuse,
    /// Put the new one in its place.
    Replace,
}

impl PartFile {
    /// Makes an empty file beside this place.
    pub(super) fn create(place: &Path, access: Access<'_>) -> io::Result<Self> {
        let part = with_ending(place, ".part");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        restrict(&mut options, access)?;
        let file = match options.open(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                remove_left_over(&part)?;
                options.open(&part)?
            }
            file => file?,
        };
        lock(&file, &part)?;
        Ok(Self { place: place.to_owned(), part, file })
    }

    /// Where it is for now.
    pub(super) fn path(&self) -> &Path {
        &self.part
    }

    /// To write to.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts it where it is for, once its bytes are on the disk.
    pub(super) fn put_in_place(self, if_there: IfThere) -> io::Result<()> {
        self.file.sync_all()?;
        match if_there {
            IfThere::Replace => fs::rename(&self.part, &self.place)?,
            IfThere::Refuse => rename_to_new(&self.part, &self.place)?,
        }
        sync_folder_of(&self.place)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // What is not there, or cannot be removed, changes nothing for the one who waits.
        for ending in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(with_ending(&self.part, ending));
        }
    }
}

/// The same path with something behind it.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Sees to it that the folder's entry for this file outlives a power failure.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    // Elsewhere a folder cannot be opened.
    match path.parent().filter(|_| cfg!(unix)) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
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

fn remove_left_over(part: &Path) -> io::Result<()> {
    lock(&File::open(part)?, part)?;
    fs::remove_file(part)
}

fn lock(file: &File, part: &Path) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let told = format!("another process is writing {}", part.display());
            Err(io::Error::new(ErrorKind::ResourceBusy, told))
        }
        // A file system without locks is no reason not to write.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Lets nobody use a file that is made who may not use the other one.
#[cfg(unix)]
fn restrict(options: &mut OpenOptions, access: Access<'_>) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    if let Access::OfFile(path) = access {
        options.mode(fs::metadata(path)?.permissions().mode() & 0o666);
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions, _: Access<'_>) -> io::Result<()> {
    Ok(())
}
