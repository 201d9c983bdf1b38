//! Files of the operating system that are open.

use std::fs::File;
use std::io::{self, Seek};
use std::os::unix::fs::FileExt;
use std::process::Stdio;

use super::stat;
use crate::catalogue::disk::media_file::MediaFile;
use crate::catalogue::disk::stat::Stat;

/// A regular file.
pub struct OsFile(pub File);

impl MediaFile for OsFile {
    fn stat(&self) -> io::Result<Stat> {
        stat::of_open(&self.0)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(&self.0, bytes, offset)
    }

    fn to_stdin(&self) -> io::Result<Stdio> {
        let mut file = self.0.try_clone()?;
        // Both share their place in the file, which another process may have moved.
        file.rewind()?;
        Ok(file.into())
    }
}
