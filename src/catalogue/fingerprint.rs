//! The fingerprints of files.

use std::io;

use xxhash_rust::xxh3::Xxh3;

use super::disk::MediaFile;
use crate::domain::file::Fingerprint;

/// Reads the fingerprint of a file of this size: at most three samples of it.
///
/// # Errors
/// When the disk fails, or the file ends before its size.
pub fn fingerprint(file: &dyn MediaFile, size: u64) -> io::Result<Fingerprint> {
    let mut hash = Xxh3::new();
    hash.update(&size.to_le_bytes());
    for (offset, length) in Fingerprint::samples(size) {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut sample = vec![0; length];
        file.read_exact_at(&mut sample, offset)?;
        hash.update(&sample);
    }
    Ok(Fingerprint::from_hash(hash.digest128()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Disk;
    use crate::catalogue::scripted_disk::ScriptedDisk;

    fn of(bytes: &[u8], size: u64) -> io::Result<Fingerprint> {
        let disk = ScriptedDisk::new();
        disk.write("a.mkv", bytes);
        fingerprint(&*disk.open().unwrap().open_file(b"a.mkv").unwrap(), size)
    }

    /// Bytes that do not repeat for a while.
    fn bytes(count: u32) -> Vec<u8> {
        (0..count).map(|it| it.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()
    }

    /// The values are those of Python's xxhash, so that others can make them as well.
    #[test]
    fn a_fingerprint_is_the_hash_of_the_size_and_the_samples() {
        for (count, expected) in [
            (0, "x3p1:2c0a8a99dc147d5445c3b49d035665b2"),
            (1, "x3p1:fa3f5392c40387fb428516d12156e7b6"),
            (196_608, "x3p1:48df53599f9559def7d72d0d887c4f46"),
            (196_609, "x3p1:c15cb4d8fc3852510873362daf2f05c8"),
            (1_000_000, "x3p1:00665f2e10ed86cab74164af9b385273"),
        ] {
            let file = bytes(count);
            assert_eq!(of(&file, u64::from(count)).unwrap().to_string(), expected, "{count}");
        }
    }

    #[test]
    fn a_change_in_a_sample_and_in_the_size_changes_the_fingerprint() {
        let file = bytes(300_000);
        let before = of(&file, 300_000).unwrap();
        for place in [0, 65_535, 120_000, 150_000, 299_999] {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert_ne!(of(&changed, 300_000).unwrap(), before, "{place}");
        }
        assert_ne!(of(&bytes(300_001), 300_001).unwrap(), before);
        let zeros = |count| of(&vec![0; count], count as u64).unwrap();
        assert_ne!(zeros(1_000), zeros(1_001));
    }

    #[test]
    fn a_file_that_shrinks_has_no_fingerprint() {
        let error = of(&bytes(1_000), 1_001).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
