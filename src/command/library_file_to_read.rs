//! A library in a file that a command only reads.

use std::fs::{self, File};
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Failure;
use super::library_file::LibraryFile;
use super::output::{LibraryFiles, PartFile};
use crate::domain::{IdSource, RandomIds};
use crate::repository::sqlite::{OpenError, ReadOnlyLibrary};

/// A library that is read without writing to it or to its folder.
pub(super) struct FileToRead {
    library: ReadOnlyLibrary,
    pub(super) files: LibraryFiles,
    /// What to read instead, if part of the library is in another file that SQLite cannot read
    /// without writing.
    _copy: Option<PartFile>,
}

impl FileToRead {
    /// Opens a library that is there already.
    pub(super) async fn open(library: LibraryFile<'_>) -> Result<Self, Failure> {
        let files = library.expect()?.files()?;
        match ReadOnlyLibrary::open(files.path()).await {
            Err(OpenError::Unclosed(_)) => {
                let copy = copy(&files)?;
                let library = ReadOnlyLibrary::open_copy(copy.path()).await?;
                Ok(Self { library, files, _copy: Some(copy) })
            }
            library => Ok(Self { library: library?, files, _copy: None }),
        }
    }

    /// Closes the library.
    ///
    /// # Errors
    /// When another process has changed it, which invalidates what was read.
    pub(super) async fn close(self) -> Result<(), Failure> {
        match self.library.close().await {
            true => Ok(()),
            false => Err(changed(&self.files)),
        }
    }
}

impl Deref for FileToRead {
    type Target = ReadOnlyLibrary;

    fn deref(&self) -> &ReadOnlyLibrary {
        &self.library
    }
}

fn changed(files: &LibraryFiles) -> Failure {
    format!("{} changed while it was being read: run the command again", files.path().display())
        .into()
}

/// Copies a library, and what holds a part of it, to where temporary files are.
fn copy(files: &LibraryFiles) -> Result<PartFile, Failure> {
    let mut copy = PartFile::temporary(&format!("library-{}.db", RandomIds.next_id()))?;
    let before = states(files);
    copy_into(files, &mut copy).map_err(|error| {
        format!(
            "{} was not closed and must be read from a copy, but the copy could not be written to \
             {}: {error}; set TMPDIR to use another folder",
            files.path().display(),
            std::env::temp_dir().display()
        )
    })?;
    if states(files) == before { Ok(copy) } else { Err(changed(files)) }
}

fn copy_into(files: &LibraryFiles, copy: &mut PartFile) -> io::Result<()> {
    io::copy(&mut File::open(files.path())?, copy.file())?;
    for (ending, beside) in files.beside().filter(|(ending, _)| *ending != "-shm") {
        if beside.exists() {
            io::copy(&mut File::open(beside)?, &mut copy.make_beside(ending)?)?;
        }
    }
    Ok(())
}

/// The size of a file and when it was changed.
type FileState = (u64, Option<SystemTime>);

/// The properties of a library's files that change when somebody uses it.
fn states(files: &LibraryFiles) -> Vec<(PathBuf, Option<FileState>)> {
    let state =
        |path: &PathBuf| fs::metadata(path).ok().map(|found| (found.len(), found.modified().ok()));
    files.all().map(|path| (path.clone(), state(&path))).collect()
}
