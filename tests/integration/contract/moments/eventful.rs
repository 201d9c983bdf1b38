//! A library to which much has happened.

use futures_util::TryStreamExt;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use reelgraph::domain::{
    AuditEntry, AuditFilter, NewVideo, Video, VideoId, VideoPatch, VideoValues,
};
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::{
    Becomes, OnConflict, PlannedChange, PlannedChanges, Unless, VideoRepository, Write,
};

use crate::contract::library::filled;
use crate::contract::stores::Opened;
use crate::support::chance::Chance;
use crate::support::clock::counted_id;
use crate::support::videos::{any_values, by};

/// How many changes are made at least.
const CHANGES: i64 = 2000;
/// How many IDs there are, so that most changes meet others.
const IDS: u64 = 150;
/// Where the videos are.
const PATHS: &[&str] = &[
    "/m/a/1.mkv",
    "/m/a/2.mkv",
    "/m/b/3.mkv",
    "/m/b/c/4.mkv",
    "/n/5.mkv",
    "/é/6.mkv",
    "7.mkv",
    "C:\\v\\8.mkv",
    "/m/a/It's.mkv",
    "/m/A/1.mkv",
    "/ñ/映画.mkv",
    "/m/100%_.mkv",
    "\\\\nas\\v\\9.mkv",
    "/m/b/c/10.mkv",
];

/// Opens a store and lets much happen to it.
pub async fn eventful(opened: impl Future<Output = Opened>) -> (Opened, Vec<AuditEntry>) {
    let (opened, _) = filled(opened).await;
    let store = &*opened.store;
    let (mut chance, mut runner) = (Chance::new(7), TestRunner::deterministic());
    let values = any_values(PATHS);
    let mut at = 0;
    while store.newest().await.unwrap().sequence < CHANGES {
        // Mostly later than what happened before, and sometimes by a clock that was set back.
        at += if chance.one_in(20) { -40 } else { 3 };
        let values = values.new_tree(&mut runner).unwrap().current();
        let write = any_write(store, &mut chance, values).await;
        // What is in conflict changes nothing.
        let _ = store.write(write, by(at)).await;
    }
    let log = store.entries_after(0, &AuditFilter::default(), usize::MAX).await.unwrap();
    (opened, log)
}

async fn any_write(store: &dyn VideoRepository, chance: &mut Chance, values: VideoValues) -> Write {
    let id = counted_id(chance.below(IDS));
    match chance.below(10) {
        0..3 => {
            let on_conflict = if chance.one_in(2) { OnConflict::Update } else { OnConflict::Skip };
            let some = 1 + chance.below(4);
            let videos =
                (0..some).map(|more| new_video(counted_id(chance.below(IDS)), more, &values));
            Write::Insert { videos: videos.collect(), on_conflict }
        }
        3..7 => {
            let all = VideoPatch::replacing(values);
            let path = all.path.filter(|_| chance.one_in(3));
            let filename = all.filename.filter(|_| chance.one_in(2));
            let patch = VideoPatch { path, filename, width: all.width, ..VideoPatch::default() };
            Write::Update { id, patch, expected_version: None }
        }
        7 => Write::Delete { id, expected_version: None },
        8 => any_plan(store, chance).await,
        _ => {
            let (_, past) = past_of(store, id, chance).await;
            past.map_or(Write::Delete { id, expected_version: None }, |past| Write::Restore {
                past,
                expected_version: None,
            })
        }
    }
}

/// Two videos that change their paths, and others that are deleted.
async fn any_plan(store: &dyn VideoRepository, chance: &mut Chance) -> Write {
    let videos: Vec<Video> = store.scan().try_collect().await.unwrap();
    let begin = usize::try_from(chance.below(videos.len() as u64 - 4)).unwrap();
    let [one, two, rest @ ..] = &videos[begin..begin + 4] else { unreachable!("there are four") };
    let at_path_of = |video: &Video, other: &Video| {
        let path = other.values.path.clone();
        Becomes::Values(Box::new(VideoValues { path, ..video.values.clone() }))
    };
    let becomes =
        |video: &Video, becomes| PlannedChange { id: video.id, version: video.version, becomes };
    let mut changes = vec![becomes(one, at_path_of(one, two)), becomes(two, at_path_of(two, one))];
    changes.extend(rest.iter().map(|video| becomes(video, Becomes::Deleted)));
    let seen = store.newest().await.unwrap().sequence;
    Write::Planned(PlannedChanges { changes, seen, unless: Unless::Nothing })
}

async fn past_of(
    store: &dyn VideoRepository,
    id: VideoId,
    chance: &mut Chance,
) -> (VideoId, Option<Video>) {
    let versions = store.count_entries_of(&[id]).await.unwrap()[0];
    let version = i32::try_from(chance.below(versions + 1)).unwrap();
    let state = reelgraph::domain::AuditEntryId { entity_id: id, version };
    (id, store.videos_at(&[state]).await.unwrap().remove(0))
}

fn new_video(id: VideoId, number: u64, values: &VideoValues) -> NewVideo {
    let mut values = values.clone();
    if number > 0 {
        let path = format!("{}.{number}", values.path);
        values.path = crate::support::videos::text(&path);
    }
    NewVideo { id, values, created_at: None, updated_at: None, is_known_by_path: false }
}

/// A library that replayed this log up to an entry.
pub async fn replayed(log: &[AuditEntry], up_to: i64) -> MemoryRepository {
    let library = MemoryRepository::new();
    let entries = log.iter().take_while(|entry| entry.sequence <= up_to).cloned().collect();
    library.write(Write::Replay(entries), by(0)).await.unwrap();
    library
}
