//! Pictures are not kept on systems that cannot open files beneath a folder.

use std::io;
use std::path::Path;

use super::usage::Use;
use crate::domain::Timestamp;
use crate::media::thumbnails::wanted::Key;

/// A folder that there is none of.
pub(super) enum Files {}

impl Files {
    pub(super) fn prepare(_: &Path) -> io::Result<Option<Self>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn verify(_: &Path) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn open(_: &Path) -> io::Result<Option<Self>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn read(_: &Path, _: Key, _: Timestamp) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn write(&self, _: Key, _: &[u8], _: Timestamp) -> io::Result<()> {
        match *self {}
    }

    pub(super) fn delete(&self, _: Key) -> io::Result<()> {
        match *self {}
    }

    pub(super) fn list(&self, _: u8, _: Timestamp) -> io::Result<Vec<(Key, Use)>> {
        match *self {}
    }
}
