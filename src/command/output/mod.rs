//! Writing files, in one way for all commands, which never replaces a file without permission.

mod access;
mod library_files;
mod part_file;
mod place;
mod standard;

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

pub(super) use self::library_files::LibraryFiles;
pub(super) use self::part_file::{PartFile, Target, sync_folder_of, with_ending};
use self::place::Place;
pub(super) use self::standard::{print, report, say};
use super::Failure;

/// The target of a command, verified to be neither the library nor a file that must not be
/// replaced.
pub(super) enum Destination {
    /// A file, which is written under another name and renamed when it is complete.
    File(Target),
    /// A stream.
    Stream(Stream),
}

impl Destination {
    /// The target that `file` names; `-` and none are standard output. Links are followed.
    ///
    /// # Errors
    /// When it is a file of the library, a folder, or an existing file without `force`.
    pub(super) fn find(
        file: Option<&Path>,
        library: &LibraryFiles,
        force: bool,
    ) -> Result<Self, Failure> {
        let Some(file) = file.filter(|file| *file != Path::new("-")) else {
            library.refuse(Path::new("/dev/stdout"), &"standard output")?;
            return Ok(Self::Stream(Stream::StandardOutput));
        };
        let shown = file.display();
        library.refuse(file, &shown)?;
        let fail = |error: io::Error| Failure::from(unwritable(&shown, &error));
        let old = match fs::metadata(file) {
            Ok(found) if found.is_dir() => return Err(format!("{shown} is a folder").into()),
            Ok(found) if !found.is_file() => {
                return Stream::find(file).map(Self::Stream).map_err(fail);
            }
            Ok(found) => Some(found),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(fail(error)),
        };
        match Place::of(file).map_err(fail)? {
            Place::Descriptor(_) => Stream::find(file).map(Self::Stream).map_err(fail),
            Place::File(_) if old.is_some() && !force => Err(fail(ErrorKind::AlreadyExists.into())),
            Place::File(place) => {
                refuse_companions(&place)?;
                Ok(Self::File(Target { place, old }))
            }
        }
    }
}

/// A file next to which SQLite keeps changes of another library would be taken for part of that
/// library.
fn refuse_companions(place: &Path) -> Result<(), Failure> {
    for ending in ["-wal", "-journal"] {
        let beside = with_ending(place, ending);
        if beside.exists() {
            let (place, beside) = (place.display(), beside.display());
            return Err(format!(
                "{place} seems to be a library that is in use or was not closed, because {beside} \
                 exists; choose another file"
            )
            .into());
        }
    }
    Ok(())
}

/// A stream: standard output, a pipe or a device.
pub(super) enum Stream {
    /// That of the program.
    StandardOutput,
    /// That of the program.
    StandardError,
    /// A file that the program was started with, which is continued.
    Descriptor(PathBuf),
    /// A pipe, a device or a terminal.
    Named(PathBuf),
}

impl Stream {
    fn find(file: &Path) -> io::Result<Self> {
        Ok(match Place::of(file)? {
            Place::Descriptor(1) => Self::StandardOutput,
            Place::Descriptor(2) => Self::StandardError,
            Place::Descriptor(_) => Self::Descriptor(file.to_owned()),
            Place::File(_) => Self::Named(file.to_owned()),
        })
    }

    /// Opens it for writing. Opening a pipe waits for a reader.
    pub(super) fn open(&self) -> Result<StreamWriter, Failure> {
        let opened = match self {
            Self::StandardOutput => Ok(StreamWriter::Lines(Box::new(io::stdout()))),
            Self::StandardError => Ok(StreamWriter::Lines(Box::new(io::stderr()))),
            Self::Descriptor(file) => {
                OpenOptions::new().append(true).open(file).map(StreamWriter::File)
            }
            Self::Named(file) => OpenOptions::new().write(true).open(file).map(StreamWriter::File),
        };
        Ok(opened.map_err(|error| unwritable(self, &error))?)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardOutput => f.write_str("standard output"),
            Self::StandardError => f.write_str("standard error"),
            Self::Descriptor(file) | Self::Named(file) => file.display().fmt(f),
        }
    }
}

/// A stream that is open.
pub(super) enum StreamWriter {
    /// Standard output or standard error.
    Lines(Box<dyn Write + Send>),
    /// Anything else.
    File(File),
}

impl StreamWriter {
    /// Makes sure that everything has been written, if possible.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self {
            Self::Lines(_) => Ok(()),
            // Pipes and terminals keep nothing that could be synced.
            Self::File(file) => file.sync_all().or_else(|error| match error.kind() {
                ErrorKind::InvalidInput | ErrorKind::Unsupported => Ok(()),
                _ => Err(error),
            }),
        }
    }
}

impl Write for StreamWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Lines(output) => output.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Lines(output) => output.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

/// The reason why a target could not be written, in the user's terms.
pub(super) fn unwritable(shown: &dyn fmt::Display, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{shown} already exists: choose another file, or replace it with --force")
        }
        _ => format!("could not write {shown}: {error}"),
    }
}
