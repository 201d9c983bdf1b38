//! Writing files, in one way for all commands, which never replaces a file without permission.

mod access;
mod destination;
mod library_files;
mod part_file;
mod place;
mod standard;
mod stream;

pub(super) use self::destination::Destination;
pub(super) use self::library_files::LibraryFiles;
pub(super) use self::part_file::{PartFile, Target, sync_folder_of, with_ending};
pub(super) use self::standard::{print, report, say, unwritable};
pub(super) use self::stream::{Stream, StreamWriter};
