//! Videos with equal fingerprints for tests: found by scans, or added without one.

use reelgraph::domain::catalogue::{FileMark, FileReading};
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::{FileFacts, NewVideo};
use reelgraph::repository::FileChange;

use super::catalogue::reading;
use super::clock::counted_id;
use super::videos::{quantity, text, video_with};

/// What stands for this content.
pub fn fingerprint(content: u64) -> Fingerprint {
    Fingerprint::from_hash(content.into())
}

/// A file that a scan finds.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    /// The number of its video, whose path ends with it.
    pub video: u64,
    pub content: u64,
    pub size: i64,
    pub inode: u64,
}

impl Copied {
    /// What a scan says of it.
    pub fn found(&self) -> FileChange {
        self.found_on(u64::MAX)
    }

    /// What a scan says of it if it is on this device.
    pub fn found_on(&self, device: u64) -> FileChange {
        let path = format!("{}.mkv", self.video).into_bytes();
        let facts =
            FileFacts { fingerprint: Some(fingerprint(self.content)), ..FileFacts::default() };
        let FileReading { mark, mut probed, .. } = reading(1);
        probed.file_size = quantity(self.size);
        let reading = FileReading {
            mark: FileMark { inode: self.inode, device, ..mark },
            fingerprint: fingerprint(self.content),
            probed,
            facts: facts.pack().unwrap(),
        };
        FileChange::Found { path, id: counted_id(self.video), reading }
    }
}

/// A video that no scan has found, as an import adds it.
pub fn imported(number: u64, content: u64, size: i64) -> NewVideo {
    let facts = FileFacts { fingerprint: Some(fingerprint(content)), ..FileFacts::default() };
    NewVideo {
        id: counted_id(number),
        ..video_with(1, |values| {
            values.path = text(&format!("/imported/{number}.mkv"));
            values.file_size = quantity(size);
            values.file = facts.pack().unwrap();
        })
    }
}
