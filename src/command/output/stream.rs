//! A stream.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::place::ResolvedPath;
use super::standard::unwritable;
use crate::command::Failure;

/// A stream: standard output, a pipe or a device.
pub(in crate::command) enum Stream {
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
    pub(super) fn find(file: &Path) -> io::Result<Self> {
        Ok(match ResolvedPath::of(file)? {
            ResolvedPath::Descriptor(1) => Self::StandardOutput,
            ResolvedPath::Descriptor(2) => Self::StandardError,
            ResolvedPath::Descriptor(_) => Self::Descriptor(file.to_owned()),
            ResolvedPath::File(_) => Self::Named(file.to_owned()),
        })
    }

    /// Opens it for writing. Opening a pipe waits for a reader.
    pub(in crate::command) fn open(&self) -> Result<StreamWriter, Failure> {
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
pub(in crate::command) enum StreamWriter {
    /// Standard output or standard error.
    Lines(Box<dyn Write + Send>),
    /// Anything else.
    File(File),
}

impl StreamWriter {
    /// Makes sure that everything has been written, if possible.
    pub(in crate::command) fn finish(mut self) -> io::Result<()> {
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
