//! Library roots with files for tests.

use reelgraph::domain::catalogue::{
    FileMark, FileNumber, FileReading, ProbedValues, Root, RootId, RootLook, ScanId, ScanOrder,
};
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::{Timestamp, VideoId};
use reelgraph::repository::{FileChange, FileChanges, VideoRepository, Write};

use super::clock::counted_id;
use super::videos::{by, text, video};

/// The ID of the root with this number.
pub fn root_id(number: u8) -> RootId {
    RootId::from_bytes([number; 16])
}

/// The public ID of the root with this number.
pub fn root_node_id(number: u8) -> String {
    format!("root:{}", root_id(number))
}

/// The ID of the scan with this number.
pub fn scan_id(number: u8) -> ScanId {
    ScanId::from_bytes([number; 16])
}

/// The public ID of the scan with this number.
pub fn scan_node_id(number: u8) -> String {
    format!("scan:{}", scan_id(number))
}

/// A root that can be reached, and that no server ever looked after: `films-1` in `/disk/1`, which was
/// `/media/1` once.
pub fn root(number: u8) -> Root {
    Root {
        id: root_id(number),
        name: format!("films-{number}").parse().unwrap(),
        directory: format!("/disk/{number}").into_bytes(),
        path_prefix: text(&format!("/media/{number}")),
        look: RootLook { fault: None, device: Some(1) },
        served_until: None,
    }
}

/// A root that a server looks after for as long as any test runs.
pub fn served_root(number: u8) -> Root {
    Root { served_until: Some(Timestamp::MAX), ..root(number) }
}

/// What a scan is asked for: the whole root, by nobody.
pub fn order(number: u8) -> ScanOrder {
    ScanOrder {
        root: root_id(number),
        paths: Vec::new(),
        rescan: false,
        confirmed_missing: None,
        requested_by: None,
    }
}

/// What was read of a file.
pub fn reading(number: u8) -> FileReading {
    let values = video(number.into()).values;
    FileReading {
        mark: mark(number),
        fingerprint: Fingerprint::from_hash(number.into()),
        probed: ProbedValues {
            duration_frames: values.duration_frames,
            frame_rate: values.frame_rate,
            width: values.width,
            height: values.height,
            video_codec: values.video_codec,
            audio_codec: values.audio_codec,
            file_size: values.file_size,
        },
        facts: None,
    }
}

fn mark(number: u8) -> FileMark {
    let inode = number.into();
    FileMark { size: 1, modified: 1_000_000_000, changed: 1_000_000_000, device: 1, inode }
}

/// Has a scan write what it found in a root.
pub async fn found(store: &dyn VideoRepository, root: u8, changes: Vec<FileChange>) {
    let path_prefix = text(&format!("/media/{root}"));
    let changes = FileChanges { root: root_id(root), path_prefix, changes };
    store.write(Write::Files(changes), by(1)).await.unwrap();
}

/// Has a scan find files in a root, which become the videos with these numbers.
pub async fn add_files(store: &dyn VideoRepository, root: u8, numbers: &[u8]) {
    let change = |number: &u8| FileChange::Found {
        path: format!("{number}.mkv").into_bytes(),
        id: counted_id((*number).into()),
        reading: reading(*number),
    };
    found(store, root, numbers.iter().map(change).collect()).await;
}

/// The number of the file of a video.
pub async fn file_of(store: &dyn VideoRepository, id: VideoId) -> FileNumber {
    store.catalogue().files_of(&[id]).await.unwrap()[0].as_ref().unwrap().number
}

/// Has a scan find that the files of these videos are missing.
pub async fn lose_files(store: &dyn VideoRepository, root: u8, numbers: &[u8]) {
    for number in numbers {
        let number = file_of(store, counted_id((*number).into())).await;
        found(store, root, vec![FileChange::Missing { number }]).await;
    }
}
