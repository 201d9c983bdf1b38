//! Library roots, files and scans.

mod filters;
mod found;
mod lists;
mod lost;
mod moved;
mod people;
mod problems;
mod roots;
mod scans;

use reelgraph::domain::catalogue::{
    FileMark, FileNumber, FileReading, FileRow, ProbedValues, Root, RootId, RootLook,
};
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::{AuditFilter, AuditOperation, FileFacts, PageRequest, Video};
use reelgraph::repository::{
    ChangeContext, FileChange, FileChanges, VideoRepository, Write, Written,
};

use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, quantity, rate, text};

/// The ID of the root of this number.
pub fn root_id(number: u8) -> RootId {
    RootId::from_bytes([number; 16])
}

/// A root of this number and name, whose videos are in a folder of this name.
fn root(number: u8, name: &str) -> Root {
    Root {
        id: root_id(number),
        name: name.parse().unwrap(),
        directory: format!("/mnt/{name}").into_bytes(),
        path_prefix: text(&format!("/media/{name}")),
        look: RootLook::default(),
        served_until: None,
        watched_until: None,
    }
}

/// A store with the root `films`.
pub async fn with_root(store: &dyn VideoRepository) -> RootId {
    let root = root(1, "films");
    assert!(store.catalogue().add_root(&root).await.unwrap());
    root.id
}

/// What a disk says about a file with this content.
fn mark(content: u64) -> FileMark {
    FileMark {
        size: 1000 + content,
        modified: 1_700_000_000_123_456_789,
        changed: -1,
        device: u64::MAX,
        inode: u64::MAX - content,
    }
}

fn fingerprint(content: u64) -> Fingerprint {
    Fingerprint::from_hash(u128::MAX - u128::from(content))
}

/// What is read of a file with this content.
fn reading(content: u64) -> FileReading {
    let facts = FileFacts {
        fingerprint: Some(fingerprint(content)),
        container: Some(text("matroska")),
        ..FileFacts::default()
    };
    FileReading {
        mark: mark(content),
        fingerprint: fingerprint(content),
        probed: ProbedValues {
            duration_frames: quantity(250),
            frame_rate: rate(25, 1),
            width: pixels(1920),
            height: pixels(1080),
            video_codec: text("h264"),
            audio_codec: Some(text("aac")),
            file_size: quantity(1000 + i64::try_from(content).unwrap()),
        },
        facts: facts.pack().unwrap(),
    }
}

/// A file that was found at this path. Its content and the ID of its video have one number.
pub fn found(path: &str, number: u64) -> FileChange {
    FileChange::Found { path: path.into(), id: counted_id(number), reading: reading(number) }
}

/// A file that was found at this path, with a video of this number and another content.
fn found_like(path: &str, number: u64, content: u64) -> FileChange {
    FileChange::Found { path: path.into(), id: counted_id(number), reading: reading(content) }
}

fn moved(number: FileNumber, path: &str, content: u64) -> FileChange {
    FileChange::Moved { number, path: path.into(), mark: mark(content) }
}

fn missing(number: FileNumber) -> FileChange {
    FileChange::Missing { number }
}

/// A write by a scan in this second.
fn by_scan(second: i64) -> ChangeContext {
    let (actor, request_id) = (Some("scan".to_owned()), Some("scan-1".to_owned()));
    ChangeContext { actor, request_id, ..by(second) }
}

/// Makes changes in the root `films` in this second. The library is sound after that.
pub async fn write(
    store: &dyn VideoRepository,
    second: i64,
    changes: Vec<FileChange>,
) -> Vec<Written> {
    let found = FileChanges { root: root_id(1), path_prefix: text("/media/films"), changes };
    let written = store.write(Write::Files(found), by_scan(second)).await.unwrap();
    assert_eq!(store.check().await.unwrap(), [""; 0]);
    written
}

/// The file at a path of the root `films`.
pub async fn at(store: &dyn VideoRepository, path: &str) -> Option<FileRow> {
    let paths = [path.as_bytes().to_vec()];
    store.catalogue().files_at(root_id(1), &paths).await.unwrap().pop()
}

/// The number of the file at a path.
pub async fn number(store: &dyn VideoRepository, path: &str) -> FileNumber {
    at(store, path).await.unwrap_or_else(|| panic!("no file at {path}")).number
}

/// The video of this number.
async fn video(store: &dyn VideoRepository, number: u64) -> Video {
    let found = store.get(counted_id(number)).await.unwrap();
    found.unwrap_or_else(|| panic!("no video {number}"))
}

/// The kinds of the entries of the log that scans have made, from the oldest to the newest.
async fn log(store: &dyn VideoRepository) -> Vec<AuditOperation> {
    let filter = AuditFilter::default();
    let entries = store.list_entries(&filter, &PageRequest::first(1000)).await.unwrap().items;
    let by_scan = entries.iter().rev().filter(|entry| entry.actor.as_deref() == Some("scan"));
    by_scan
        .map(|entry| {
            assert_eq!(entry.request_id.as_deref(), Some("scan-1"));
            entry.operation
        })
        .collect()
}

/// The revision, which everything that is kept here raises.
pub async fn revision(store: &dyn VideoRepository) -> i64 {
    store.catalogue().revision().await.unwrap()
}
