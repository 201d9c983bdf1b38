//! A library with a root and some files.

use super::{by, id};
use crate::domain::catalogue::{
    FileMark, FileReading, ProbedValues, Root, RootId, RootLook, ScanId, ScanOrder,
};
use crate::domain::file::Fingerprint;
use crate::domain::{Dimension, FrameRate, Quantity, Text, Timestamp};
use crate::repository::{FileChange, FileChanges, VideoRepository, Write};

/// The only root.
pub(in crate::repository) fn root() -> RootId {
    RootId::from_bytes([1; 16])
}

/// A scan of the root that can be queued with this number.
pub(in crate::repository) fn scan(number: u8) -> (ScanId, ScanOrder, Timestamp) {
    (ScanId::from_bytes([number; 16]), ScanOrder::of_root(root()), by().at)
}

/// Adds the root `films`, and the files `1.mkv` to `3.mkv` in it with the videos of the same numbers.
pub(in crate::repository) async fn fill(store: &dyn VideoRepository) {
    let prefix = Text::new("/media").unwrap();
    let films = Root {
        id: root(),
        name: "films".parse().unwrap(),
        directory: b"/mnt".to_vec(),
        path_prefix: prefix.clone(),
        look: RootLook::default(),
        served_until: None,
        watched_until: None,
    };
    assert!(store.catalogue().add_root(&films).await.unwrap());
    let found = |number: u8| FileChange::Found {
        path: format!("{number}.mkv").into_bytes(),
        id: id(number),
        reading: reading(number),
    };
    let changes = (1..=3).map(found).collect();
    let found = FileChanges { root: root(), path_prefix: prefix, changes };
    store.write(Write::Files(found), by()).await.unwrap();
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

fn reading(number: u8) -> FileReading {
    FileReading {
        mark: FileMark { size: 1, modified: 2, changed: 3, device: 4, inode: number.into() },
        fingerprint: Fingerprint::from_hash(number.into()),
        probed: ProbedValues {
            duration_frames: Quantity::new(1).unwrap(),
            frame_rate: FrameRate::new(25, 1).unwrap(),
            width: Dimension::new(2).unwrap(),
            height: Dimension::new(3).unwrap(),
            video_codec: Text::new("h264").unwrap(),
            audio_codec: None,
            file_size: Quantity::new(1).unwrap(),
        },
        facts: None,
    }
}

/// How `check` reports that the file of this number has a video which is not as it should be.
pub(in crate::repository) fn named(number: u8, video: u8, fault: &str) -> String {
    format!("file {number}: its video {} {fault}", id(video))
}
