//! A file that bears its name only once it is whole.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::access::{
    PRIVATE, has_same_owner, is_at, is_same, keep_access, mode_of_new_file, set_mode,
};
use super::standard::say;
use crate::command::Failure;

/// The suffix of its temporary name, by which it is recognised if its process was killed.
const ENDING: &str = ".reelgraph.part";

/// The files that SQLite may keep next to it.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// How many times the file is recreated if another process has removed it as a leftover.
const ATTEMPTS: usize = 10;

/// The target of a file, and what may be replaced there.
pub(in crate::command) struct Target {
    pub(super) place: PathBuf,
    /// The file that was there when replacing it was permitted.
    pub(super) old: Option<Metadata>,
}

impl Target {
    /// A target that is not a link, where nothing may be replaced.
    pub(in crate::command) fn new(place: &Path) -> Self {
        Self { place: place.to_owned(), old: None }
    }

    /// From the root on and without links.
    pub(in crate::command) fn place(&self) -> &Path {
        &self.place
    }

    /// A target that is not a link, where the existing file may be replaced.
    pub(in crate::command) fn or_replacement(place: &Path) -> io::Result<Self> {
        let old = match fs::metadata(place) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            found => Some(found?),
        };
        Ok(Self { place: place.to_owned(), old })
    }
}

/// A file that is written next to its target. If it is not moved into place, it is removed; if its
/// process was killed, the next command that writes to the folder removes it.
pub(in crate::command) struct PartFile {
    target: Target,
    part: PathBuf,
    /// Locked while it is open, against other processes that write to the same target.
    file: File,
}

impl PartFile {
    /// Creates an empty file next to its target. Once in place, it has the mode and the owner of
    /// the file that it replaces; a new file cannot be read by anyone who cannot read `like`, or by
    /// anyone else if there is no such file.
    pub(in crate::command) fn create(target: Target, like: Option<&Path>) -> io::Result<Self> {
        let mode = match like {
            Some(like) if target.old.is_none() => mode_of_new_file(like)?,
            _ => PRIVATE,
        };
        let (part, file) = make(&target.place, mode)?;
        remove_left_overs(&part, &file);
        Ok(Self { target, part, file })
    }

    /// Creates an empty private file in the folder for temporary files. It must not be moved into
    /// place.
    pub(in crate::command) fn temporary(name: &str) -> Result<Self, Failure> {
        let folder = std::env::temp_dir();
        let target = Target::new(&folder.join(name));
        let (part, file) = make(&target.place, PRIVATE).map_err(|error| {
            let folder = folder.display();
            format!(
                "could not write to {folder}: {error}; the copy of the library is first written \
                 there; set TMPDIR to use another folder"
            )
        })?;
        remove_left_overs(&part, &file);
        Ok(Self { target, part, file })
    }

    /// Its current path.
    pub(in crate::command) fn path(&self) -> &Path {
        &self.part
    }

    /// To write to, and to read from.
    pub(in crate::command) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Creates a private file next to it, with this suffix: the folder can be public.
    pub(in crate::command) fn make_beside(&self, ending: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, PRIVATE);
        options.open(with_ending(&self.part, ending))
    }

    /// Moves it into place, after its bytes have been synced to disk. It replaces only what may be
    /// replaced.
    ///
    /// # Errors
    /// `AlreadyExists` if the target was created in the meantime; `ResourceBusy` if another file
    /// has replaced the one that may be replaced.
    pub(in crate::command) fn put_in_place(self) -> io::Result<()> {
        let Target { place, old } = &self.target;
        if let Some(old) = old {
            keep_access(&self.file, old, place)?;
        }
        self.file.sync_all()?;
        if !is_at(&self.file, &self.part) {
            return Err(replaced(&self.part));
        }
        match old {
            Some(old) => rename_over(&self.part, place, old)?,
            None => rename_to_new(&self.part, place)?,
        }
        sync_folder_of(place)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // What is not there, or cannot be removed, changes nothing for the one who waits.
        let _ = remove_with_companions(&self.part);
    }
}

/// The path with a suffix appended.
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

/// Removes what the same command left behind when it was killed.
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
                "warning: could not remove {shown}, left by a command that was killed: {error}"
            )),
        }
    }
}

/// The part file that this is or belongs to.
fn part_of(path: &Path) -> Option<PathBuf> {
    let path = path.to_str()?;
    let part = BESIDE.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    part.ends_with(ENDING).then(|| part.into())
}

/// Removes a file whose writer is gone, or the files that belonged to it.
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

/// Removes the files that SQLite keeps next to a file.
fn remove_companions(part: &Path) -> io::Result<()> {
    BESIDE.iter().try_for_each(|ending| remove_where_there(&with_ending(part, ending)))
}

fn remove_where_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Renames a file to a place that this other file, or nothing, occupies.
fn rename_over(part: &Path, place: &Path, old: &Metadata) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if is_same(&found, old) => fs::rename(part, place),
        Ok(_) => Err(replaced(place)),
        Err(error) if error.kind() == ErrorKind::NotFound => rename_to_new(part, place),
        Err(error) => Err(error),
    }
}

fn replaced(path: &Path) -> io::Error {
    let message = format!("another process has replaced {}", path.display());
    io::Error::new(ErrorKind::ResourceBusy, message)
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

/// Locks a file, and returns whether no other process holds the lock.
fn lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(false),
        // A file system without locks is no reason not to write.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(true),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// A target with the given content.
    struct Case {
        folder: tempfile::TempDir,
        place: PathBuf,
    }

    impl Case {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().join("file");
            Self { folder, place }
        }

        /// Lets another process put a file there.
        fn replace(&self, text: &str) {
            let other = self.folder.path().join("other");
            fs::write(&other, text).unwrap();
            fs::rename(&other, &self.place).unwrap();
        }

        /// Writes "new" for this target, and puts it in place.
        fn put(&self, target: Target) -> io::Result<()> {
            use std::io::Write as _;
            let mut part = PartFile::create(target, Some(self.folder.path()))?;
            part.file().write_all(b"new")?;
            part.put_in_place()
        }

        #[track_caller]
        fn assert_left(&self, text: &str) {
            assert_eq!(fs::read_to_string(&self.place).unwrap(), text);
            assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_has_come_to_a_new_place_is_not_replaced() {
        let case = Case::new();
        let target = Target::or_replacement(&case.place).unwrap();
        case.replace("other");
        let error = case.put(target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        case.assert_left("other");
    }

    #[test]
    fn only_the_file_that_may_be_replaced_is_replaced() {
        let case = Case::new();
        case.replace("old");
        let target = Target::or_replacement(&case.place).unwrap();
        case.replace("other");
        let error = case.put(target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
        case.assert_left("other");
        case.put(Target::or_replacement(&case.place).unwrap()).unwrap();
        case.assert_left("new");
    }

    #[test]
    fn a_file_that_is_gone_by_then_need_not_be_replaced() {
        let case = Case::new();
        case.replace("old");
        let target = Target::or_replacement(&case.place).unwrap();
        fs::remove_file(&case.place).unwrap();
        case.put(target).unwrap();
        case.assert_left("new");
    }
}
