//! Files that are open for reading.

use std::io;
use std::process::Stdio;

use super::stat::Stat;

/// A regular file, open for reading.
pub trait MediaFile: Send + Sync {
    /// What the disk says about it, whatever its path leads to by now.
    ///
    /// # Errors
    /// When the disk fails.
    fn stat(&self) -> io::Result<Stat>;

    /// Reads bytes from this offset on: fewer than asked for at the end of the file, and sometimes elsewhere.
    ///
    /// # Errors
    /// When the disk fails.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The file as the standard input of another process, at its beginning.
    ///
    /// # Errors
    /// When it cannot be handed on.
    fn to_stdin(&self) -> io::Result<Stdio>;
}

impl dyn MediaFile + '_ {
    /// Fills all of `bytes` from this offset on.
    ///
    /// # Errors
    /// When the disk fails. When the file ends before, the kind is [`io::ErrorKind::UnexpectedEof`].
    pub fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.read_at(&mut bytes[filled..], offset + filled as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
