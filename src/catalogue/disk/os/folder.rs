//! Folders of the operating system that are open.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::Dir;

use super::stat;
use crate::catalogue::disk::stat::Stat;
use crate::catalogue::disk::tree::{Folder, Name};

/// A folder.
pub struct OsFolder(pub OwnedFd);

impl Folder for OsFolder {
    fn stat(&self) -> io::Result<Stat> {
        stat::of_open(&self.0)
    }

    fn names(&mut self) -> io::Result<Vec<Name>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push(Name { name: name.into(), kind: stat::kind_of(entry.file_type()) });
            }
        }
        Ok(names)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }

    fn stat_of(&self, name: &[u8]) -> io::Result<Stat> {
        stat::of(&self.0, name)
    }
}
