//! What a disk says about a file.

use std::time::Duration;

use crate::domain::Timestamp;

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, a pipe or a socket.
    Other,
}

/// What a disk says about a file or a folder, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// In bytes.
    pub size: u64,
    /// When its content was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// When it was changed in any way, such as by a rename, in nanoseconds since 1970.
    pub changed: i64,
    /// The device that it is on.
    pub device: u64,
    /// Its number on this device.
    pub inode: u64,
    /// How much of the device it takes, in blocks of 512 bytes: less than its size if it has holes.
    pub blocks: u64,
}

impl Stat {
    /// How long a file must have been left alone before it is read.
    const SETTLING: Duration = Duration::from_secs(10);

    /// When the content was modified, to the microsecond.
    pub fn modified_at(&self) -> Timestamp {
        // Nanoseconds reach from 1677 to 2262, which are years that timestamps have.
        Timestamp::from_micros(self.modified.div_euclid(1_000)).unwrap_or(Timestamp::MIN)
    }

    /// Whether the file was modified so recently that it may still be being written. A time far ahead is that
    /// of a wrong clock.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        let age = now.as_micros().abs_diff(self.modified_at().as_micros());
        Duration::from_micros(age) < Self::SETTLING
    }

    /// Whether nothing was done to a file between this and the other look at it. Blocks come and go on their
    /// own: file systems allocate and compress in the background.
    pub fn is_same(&self, other: &Self) -> bool {
        Self { blocks: 0, ..*self } == Self { blocks: 0, ..*other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recent_for_ten_seconds() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let modified = at("2026-01-01T00:00:10Z").as_micros() * 1_000 + 999;
        let stat = Stat {
            kind: Kind::File,
            size: 0,
            modified,
            changed: 0,
            device: 0,
            inode: 0,
            blocks: 0,
        };
        assert_eq!(stat.modified_at(), at("2026-01-01T00:00:10Z"));
        for (now, is_recent) in [
            ("2026-01-01T00:00:10Z", true),
            ("2026-01-01T00:00:19.999999Z", true),
            ("2026-01-01T00:00:20Z", false),
            // A clock that is a little behind, and one that is not right at all.
            ("2026-01-01T00:00:09Z", true),
            ("2025-12-31T00:00:00Z", false),
        ] {
            assert_eq!(stat.is_recent(at(now)), is_recent, "{now}");
        }
    }
}
