//! Whether a disk gives what a prober may have wanted of a file.

use std::io;

use super::disk::MediaFile;

/// How much of the beginning and of the end of a file is read: where containers have their headers and indexes.
const END: u64 = 16 * 1024 * 1024;

/// How much is read at once.
const BLOCK: usize = 256 * 1024;

/// Reads both ends of a file of this size.
///
/// # Errors
/// When the disk fails, or the file ends before its size.
pub fn read_ends(file: &dyn MediaFile, size: u64) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    let rest = size.saturating_sub(END).max(END.min(size));
    for (mut offset, end) in [(0, END.min(size)), (rest, size)] {
        while offset < end {
            let length = usize::try_from(end - offset).map_or(BLOCK, |left| left.min(BLOCK));
            file.read_exact_at(&mut block[..length], offset)?;
            offset += length as u64;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;
    use std::sync::Mutex;

    use super::*;
    use crate::catalogue::disk::Stat;

    /// A file of this size that notes what is read of it.
    struct Noting(u64, Mutex<Vec<(u64, u64)>>);

    impl MediaFile for Noting {
        fn stat(&self) -> io::Result<Stat> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
            let length = self.0.saturating_sub(offset).min(bytes.len() as u64);
            let mut read = self.1.lock().unwrap();
            match read.last_mut() {
                Some((_, end)) if *end == offset => *end += length,
                _ => read.push((offset, offset + length)),
            }
            Ok(usize::try_from(length).unwrap())
        }

        fn to_stdin(&self) -> io::Result<Stdio> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    #[test]
    fn a_small_file_is_read_once_and_of_a_large_one_both_ends() {
        for (size, expected) in [
            (0, vec![]),
            (1, vec![(0, 1)]),
            (END + 7, vec![(0, END + 7)]),
            (2 * END, vec![(0, 2 * END)]),
            (9 * END, vec![(0, END), (8 * END, 9 * END)]),
        ] {
            let file = Noting(size, Mutex::default());
            read_ends(&file, size).unwrap();
            assert_eq!(*file.1.lock().unwrap(), expected, "{size}");
        }
        let shorter = Noting(9, Mutex::default());
        let error = read_ends(&shorter, 10).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
