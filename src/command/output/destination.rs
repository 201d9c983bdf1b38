//! What a path names that a command is to write to.

use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::library_files::LibraryFiles;
use super::part_file::{Target, with_ending};
use super::place::ResolvedPath;
use super::standard::unwritable;
use super::stream::Stream;
use crate::command::Failure;

/// The target of a command, verified to be neither the library nor a file that must not be
/// replaced.
pub(in crate::command) enum Destination {
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
    pub(in crate::command) fn find(
        file: Option<&Path>,
        library: Option<&LibraryFiles>,
        force: bool,
    ) -> Result<Self, Failure> {
        let refuse = |file: &Path, shown: &dyn Display| match library {
            Some(library) => library.refuse(file, shown),
            None => Ok(()),
        };
        let Some(file) = file.filter(|file| *file != Path::new("-")) else {
            refuse(Path::new("/dev/stdout"), &"standard output")?;
            return Ok(Self::Stream(Stream::StandardOutput));
        };
        let shown = file.display();
        refuse(file, &shown)?;
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
        match ResolvedPath::of(file).map_err(fail)? {
            ResolvedPath::Descriptor(_) => Stream::find(file).map(Self::Stream).map_err(fail),
            ResolvedPath::File(_) if old.is_some() && !force => {
                Err(fail(ErrorKind::AlreadyExists.into()))
            }
            ResolvedPath::File(place) => {
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
