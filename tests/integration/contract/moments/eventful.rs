//! A library to which much has happened.

use futures_util::TryStreamExt;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use reelgraph::domain::{
    AuditEntry, AuditFilter, NewVideo, UndoPolicy, Video, VideoId, VideoPatch, VideoValues,
};
use reelgraph::history::bulk::{self, BulkChange, Selection};
use reelgraph::history::undo::{self, UndoRequest};
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::{
    Becomes, ChangeContext, OnConflict, PlannedChange, PlannedChanges, SnapshotReads, Unless,
    VideoRepository, Write,
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
        let by = ChangeContext { request_id: Some(request(at)), ..by(at) };
        let _ = store.write(write, by).await;
    }
    let log = store.entries_after(0, &AuditFilter::default(), usize::MAX).await.unwrap();
    (opened, log)
}

async fn any_write(store: &dyn VideoRepository, chance: &mut Chance, values: VideoValues) -> Write {
    let id = counted_id(chance.below(IDS));
    match chance.below(12) {
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
        9 => any_bulk_change(store, chance, values).await,
        10 => any_undo(store, chance).await,
        _ => {
            let (_, past) = past_of(store, id, chance).await;
            past.map_or(Write::Delete { id, expected_version: None }, |past| Write::Restore {
                past,
                expected_version: None,
            })
        }
    }
}

/// The ID of the request of a change made in this second. Several have one.
fn request(at: i64) -> String {
    format!("request-{}", at / 4)
}

/// A bulk change of a few videos or, once in a while, their deletion.
async fn any_bulk_change(
    store: &dyn VideoRepository,
    chance: &mut Chance,
    values: VideoValues,
) -> Write {
    let change = match chance.one_in(8) {
        true => BulkChange::Delete,
        false => {
            let all = VideoPatch::replacing(values);
            BulkChange::Update(VideoPatch { path: None, ..all })
        }
    };
    let some: Vec<Video> = store.scan().try_collect().await.unwrap();
    let begin = usize::try_from(chance.below(some.len() as u64 - 5)).unwrap();
    let ids = some[begin..begin + 5].iter().map(|video| video.id).collect();
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    let plan = bulk::plan(&*snapshot, Selection::Ids(ids), &change, 10).await.unwrap().unwrap();
    Write::Planned(plan.changes)
}

/// What takes back one of the last requests, as far as that is possible.
async fn any_undo(store: &dyn VideoRepository, chance: &mut Chance) -> Write {
    let newest = store.newest().await.unwrap().sequence;
    let after = newest - 1 - i64::try_from(chance.below(60)).unwrap();
    let some = store.entries_after(after.max(0), &AuditFilter::default(), 1).await.unwrap();
    let filter = AuditFilter { request_id: some[0].request_id.clone(), ..AuditFilter::default() };
    let policy = if chance.one_in(2) { UndoPolicy::KeepLater } else { UndoPolicy::Overwrite };
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    let request = UndoRequest { filter, policy };
    let catalogue = store.catalogue();
    match undo::plan(&*snapshot, &*catalogue, &request, 1000).await.unwrap() {
        Ok(plan) => Write::Planned(plan.changes),
        // Those before the first change have no request.
        Err(_) => Write::Delete { id: some[0].entity_id, expected_version: None },
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
