//! Library roots with files for tests.

use reelgraph::domain::catalogue::{
    FileMark, FileNumber, FileReading, Placement, ProbedValues, Root, RootId, RootLook, ScanId,
    ScanOrder,
};
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::{Timestamp, Video, VideoId};
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
        watched_until: None,
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

/// The folder of the files whose disk cannot be reached.
const UNREACHABLE: &str = "away/";

/// Adds two roots to a library, with files that are there, missing and out of reach, whose videos have IDs from
/// this number on. [`placement_of`] has where each of them is.
pub async fn add_placed(store: &dyn VideoRepository, first: u8) {
    const FILES: [&str; 5] = ["a.mkv", "b.mkv", "gone.mkv", "away/c.mkv", "away/d.mkv"];
    let mut numbers = first..;
    for number in ROOTS {
        let path_prefix = text(&format!("{PLACED}{number}"));
        let root = Root { path_prefix: path_prefix.clone(), ..root(number) };
        assert!(store.catalogue().add_root(&root).await.unwrap());
        let write = async |changes| {
            let changes = FileChanges { root: root.id, path_prefix: path_prefix.clone(), changes };
            store.write(Write::Files(changes), by(1)).await.unwrap();
        };
        let videos = FILES.into_iter().zip(&mut numbers);
        let found = videos.map(|(path, video)| FileChange::Found {
            path: path.into(),
            id: counted_id(video.into()),
            reading: reading(video),
        });
        write(found.collect()).await;
        let rows = store.catalogue().files_after(root.id, None, FILES.len()).await.unwrap();
        let away = rows.iter().filter(|row| row.file.path.starts_with(UNREACHABLE.as_bytes()));
        write(away.map(|row| FileChange::Unreachable { number: row.number }).collect()).await;
        let gone = rows.iter().filter(|row| row.file.path == b"gone.mkv");
        write(gone.map(|row| FileChange::Missing { number: row.number }).collect()).await;
    }
}

const PLACED: &str = "/placed/";
const ROOTS: [u8; 2] = [1, 2];

/// Where the file of a video is, if the only files are those of [`add_placed`].
pub fn placement_of(video: &Video) -> Option<Placement> {
    let placed = video.values.path.as_str().strip_prefix(PLACED)?;
    let (root, below) = placed.split_once('/')?;
    let is_unreachable = below.starts_with(UNREACHABLE);
    Some(Placement { root: root_id(root.parse().ok()?), is_unreachable })
}
