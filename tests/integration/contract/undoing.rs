//! Undoing requests: planned from one moment, and carried out only if nothing of it has changed since.

use futures_util::StreamExt;
use reelgraph::domain::catalogue::ScanOrder;
use reelgraph::domain::comparison::Comparison;
use reelgraph::domain::undo::{UndoAction, UndoPolicy};
use reelgraph::domain::{
    AuditFilter, NewVideo, OnConflict, Timestamp, Video, VideoField, VideoId, VideoPatch,
};
use reelgraph::history::undo::{NotUndoable, UndoPlan, UndoRequest, plan};
use reelgraph::repository::{
    ChangeContext, RepositoryError, SnapshotReads, VideoRepository, Write, Written,
};

use super::contents;
use crate::support::catalogue::{order, root, scan_id};
use crate::support::clock::counted_id;
use crate::support::videos::{pixels, second, text, video, video_with};

contract_suite! {
    cases:
        a_video_that_was_deleted_and_added_again_counts_as_added_when_it_was,
        conflicts_name_the_changes_that_are_in_the_way,
        a_request_that_is_not_the_only_one_is_not_undone,
        the_request_of_a_scan_is_not_undone,
        a_request_with_too_many_videos_is_not_undone,
        a_request_of_many_videos_is_undone,
        a_plan_is_not_carried_out_once_something_has_changed;
}

pub fn by(at: i64, actor: Option<&str>, request: &str) -> ChangeContext {
    let actor = actor.map(Into::into);
    ChangeContext { at: second(at), actor, request_id: Some(request.to_owned()) }
}

pub fn of(request: &str) -> AuditFilter {
    AuditFilter { request_id: Some(request.to_owned()), ..AuditFilter::default() }
}

pub async fn planned_with(
    store: &dyn VideoRepository,
    filter: AuditFilter,
    policy: UndoPolicy,
    limit: usize,
) -> Result<UndoPlan, NotUndoable> {
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    let request = UndoRequest { filter, policy };
    plan(&*snapshot, &*store.catalogue(), &request, limit).await.unwrap()
}

async fn planned(store: &dyn VideoRepository, request: &str, policy: UndoPolicy) -> UndoPlan {
    planned_with(store, of(request), policy, 1000).await.unwrap()
}

async fn carry_out(
    store: &dyn VideoRepository,
    plan: UndoPlan,
    request: &str,
) -> Result<Vec<Written>, RepositoryError> {
    store.write(Write::Planned(plan.changes), by(50, None, request)).await
}

/// Undoes a request that nothing is in the way of.
pub async fn undo(store: &dyn VideoRepository, request: &str, by: &str) {
    let plan = planned(store, request, UndoPolicy::Refuse).await;
    assert!(!plan.is_refused(), "{:#?}", plan.items);
    carry_out(store, plan, by).await.unwrap();
}

/// The library as it is exported, without the times of updates.
pub async fn exported(store: &dyn VideoRepository) -> String {
    let undated = |video: Result<Video, _>| {
        video.map(|video: Video| Video { updated_at: Timestamp::MIN, ..video })
    };
    let mut text = Vec::new();
    let videos = store.scan().map(undated).boxed();
    reelgraph::transfer::export::export(videos, &mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

async fn a_video_that_was_deleted_and_added_again_counts_as_added_when_it_was(
    store: &dyn VideoRepository,
) {
    for (number, at) in [(1, 1), (2, 2)] {
        store.insert(video(number), by(at, None, "earlier")).await.unwrap();
    }
    let before = exported(store).await;
    store.delete(counted_id(1), None, by(5, None, "r")).await.unwrap();
    let again = video_with(1, |values| values.width = pixels(7));
    store.insert(again, by(6, None, "r")).await.unwrap();
    let after = exported(store).await;
    undo(store, "r", "u").await;
    assert_eq!(exported(store).await, before);
    let ids: Vec<_> = contents(store).await.0.iter().map(|video| video.id).collect();
    assert_eq!(ids, [2, 1].map(counted_id));
    undo(store, "u", "redo").await;
    assert_eq!(exported(store).await, after);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn update(store: &dyn VideoRepository, number: u64, patch: VideoPatch, by: ChangeContext) {
    store.update(counted_id(number), patch, None, by).await.unwrap();
}

fn at(path: &str) -> VideoPatch {
    VideoPatch { path: Some(text(path)), ..VideoPatch::default() }
}

fn wide(width: i32) -> VideoPatch {
    VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() }
}

/// Six videos at their paths; a request changed the paths and the widths of the first four, deleted the fifth, and
/// added the seventh.
async fn library(store: &dyn VideoRepository) {
    let new = |number: u64| {
        video_with(number, |values| {
            values.path = text(&format!("/{number}"));
            values.width = pixels(1);
        })
    };
    let videos = (1..=6).map(new).collect();
    store.insert_many(videos, OnConflict::Fail, by(0, None, "import")).await.unwrap();
    for number in 1..=4 {
        let patch = VideoPatch { width: Some(pixels(2)), ..at(&format!("/new {number}")) };
        update(store, number, patch, by(1, Some("ana"), "r")).await;
    }
    store.delete(counted_id(5), None, by(2, Some("ana"), "r")).await.unwrap();
    store.insert(new(7), by(3, Some("ana"), "r")).await.unwrap();
}

/// The field of a conflict, the video that is in the way, and its version.
type InTheWay = (Option<VideoField>, VideoId, i32);

/// What is done to each video, with the fields of its conflicts and the numbers of the videos that are in the way,
/// with their versions.
fn shown(plan: &UndoPlan) -> Vec<(VideoId, UndoAction, Vec<InTheWay>)> {
    let items = plan.items.iter().map(|item| {
        let conflicts = item.conflicts.iter();
        let conflicts =
            conflicts.map(|it| (it.field, it.entry.entity_id, it.entry.version)).collect();
        (item.id, item.action(), conflicts)
    });
    items.collect()
}

async fn conflicts_name_the_changes_that_are_in_the_way(store: &dyn VideoRepository) {
    library(store).await;
    let x = || by(9, Some("x"), "x");
    update(store, 2, wide(3), x()).await;
    store.delete(counted_id(3), None, x()).await.unwrap();
    update(store, 6, at("/4"), x()).await;
    update(store, 7, wide(3), x()).await;
    use UndoAction::{Delete, Nothing, Restore, Update};
    let width = |number, version| vec![(Some(VideoField::Width), counted_id(number), version)];
    let [id1, id2, id3, id4, id5, id7] = [1, 2, 3, 4, 5, 7].map(counted_id);
    let expected = |of_three, of_seven| {
        [
            (id2, Update, width(2, 3)),
            (id3, of_three, vec![(None, id3, 3)]),
            (id4, Update, vec![(Some(VideoField::Path), counted_id(6), 2)]),
            (id7, of_seven, width(7, 2)),
            (id1, Update, vec![]),
            (id5, Restore, vec![]),
        ]
    };
    let refused = planned(store, "r", UndoPolicy::Refuse).await;
    assert!(refused.is_refused());
    assert_eq!(shown(&refused), expected(Nothing, Nothing));
    let kept = planned(store, "r", UndoPolicy::KeepLater).await;
    assert_eq!((shown(&kept), kept.conflict_count()), (expected(Nothing, Nothing).to_vec(), 4));
    let overwritten = planned(store, "r", UndoPolicy::Overwrite).await;
    assert_eq!(shown(&overwritten), expected(Restore, Delete));
    let digests = [&refused, &kept, &overwritten].map(UndoPlan::digest);
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
    carry_out(store, kept, "u").await.unwrap();
    let is = async |expected: &[(u64, &str, i32)]| {
        let mut videos = contents(store).await.0;
        videos.sort_by_key(|video| video.id);
        let found = videos.iter().map(|it| (it.id, it.values.path.as_str(), it.values.width));
        let expected = expected.iter().map(|it| (counted_id(it.0), it.1, pixels(it.2)));
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    };
    is(&[(1, "/1", 1), (2, "/2", 3), (4, "/new 4", 1), (5, "/5", 1), (6, "/4", 1), (7, "/7", 3)])
        .await;
    undo(store, "u", "again").await;
    let overwritten = planned(store, "r", UndoPolicy::Overwrite).await;
    carry_out(store, overwritten, "o").await.unwrap();
    is(&[(1, "/1", 1), (2, "/2", 1), (3, "/3", 1), (4, "/new 4", 1), (5, "/5", 1), (6, "/4", 1)])
        .await;
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_request_that_is_not_the_only_one_is_not_undone(store: &dyn VideoRepository) {
    library(store).await;
    let unknown = planned_with(store, of("unknown"), UndoPolicy::Refuse, 9).await;
    assert_eq!(unknown.unwrap_err(), NotUndoable::Unknown);
    update(store, 6, wide(2), by(4, None, "r")).await;
    let later = 4_000;
    update(store, 6, wide(3), by(later, Some("ana"), "r")).await;
    let several = planned_with(store, of("r"), UndoPolicy::Refuse, 9).await;
    let expected = NotUndoable::NotUnique {
        count: 3,
        from: second(1),
        until: second(later),
        actors: vec![None, Some("ana".to_owned())],
    };
    assert_eq!(several.unwrap_err(), expected);
    let by_ana = AuditFilter { actor: Some("ana".to_owned()), ..of("r") };
    let several = planned_with(store, by_ana.clone(), UndoPolicy::Refuse, 9).await;
    let expected = NotUndoable::NotUnique {
        count: 2,
        from: second(1),
        until: second(later),
        actors: vec![Some("ana".to_owned())],
    };
    assert_eq!(several.unwrap_err(), expected);
    let timestamp = vec![(Comparison::Gt, second(4))];
    let one = AuditFilter { timestamp, ..by_ana };
    let plan = planned_with(store, one, UndoPolicy::Refuse, 9).await.unwrap();
    assert_eq!(plan.items.len(), 1);
    carry_out(store, plan, "u").await.unwrap();
    let found = store.get(counted_id(6)).await.unwrap().unwrap();
    assert_eq!(found.values.width, pixels(2));
}

async fn the_request_of_a_scan_is_not_undone(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    assert!(catalogue.add_root(&root(1)).await.unwrap());
    let of_ana = ScanOrder { requested_by: Some("ana".to_owned()), ..order(1) };
    catalogue.queue(scan_id(1), &of_ana, second(1)).await.unwrap();
    let [asked_for, other] = [1, 2].map(|number| scan_id(number).request_id());
    for (number, actor, request, is_of_scan) in [
        (1, Some("ana"), &asked_for, true),
        // Somebody else who sends its request ID.
        (2, Some("eve"), &asked_for, false),
        (3, None, &asked_for, false),
        (4, Some("ana"), &other, false),
        (5, Some("scan"), &other, true),
    ] {
        store.insert(video(number), by(1, actor, request)).await.unwrap();
        let filter = match actor {
            Some(actor) => AuditFilter { actor: Some(actor.to_owned()), ..of(request) },
            None => AuditFilter { entity_id: Some(counted_id(number)), ..of(request) },
        };
        let plan = planned_with(store, filter, UndoPolicy::Refuse, 9).await;
        assert_eq!(plan.err(), is_of_scan.then_some(NotUndoable::OfScan), "{number}");
    }
}

async fn a_request_with_too_many_videos_is_not_undone(store: &dyn VideoRepository) {
    library(store).await;
    let plan = async |limit| planned_with(store, of("r"), UndoPolicy::Refuse, limit).await;
    assert_eq!(plan(5).await.unwrap_err(), NotUndoable::TooMany(6));
    assert_eq!(plan(6).await.unwrap().items.len(), 6);
}

/// More than are read at once.
async fn a_request_of_many_videos_is_undone(store: &dyn VideoRepository) {
    let new = |number: u64| NewVideo {
        id: counted_id(number),
        ..video_with(1, |values| values.path = text(&format!("/{number}")))
    };
    let videos: Vec<_> = (1..=1_100).map(new).collect();
    let before = exported(store).await;
    store.insert_many(videos, OnConflict::Fail, by(0, None, "r")).await.unwrap();
    for number in 1..=1_100_u64 {
        let path = format!("/moved/{number}");
        update(store, number, at(&path), by(1, None, "moves")).await;
    }
    let after = exported(store).await;
    for number in [1, 500, 501, 1_100] {
        update(store, number, wide(7), by(2, None, "later")).await;
    }
    undo(store, "later", "undo 1").await;
    let plan = planned_with(store, of("moves"), UndoPolicy::Refuse, 2000).await.unwrap();
    assert_eq!(plan.items.len(), 1_100);
    carry_out(store, plan, "undo 2").await.unwrap();
    let plan = planned_with(store, of("undo 2"), UndoPolicy::Refuse, 2000).await.unwrap();
    carry_out(store, plan, "redo").await.unwrap();
    assert_eq!(exported(store).await, after);
    let plan = planned_with(store, of("r"), UndoPolicy::Refuse, 2000).await.unwrap();
    assert_eq!((plan.conflict_count(), plan.is_refused()), (1_100, true));
    let plan = planned_with(store, of("r"), UndoPolicy::Overwrite, 2000).await.unwrap();
    carry_out(store, plan, "undo 3").await.unwrap();
    assert_eq!(exported(store).await, before);
}

async fn a_plan_is_not_carried_out_once_something_has_changed(store: &dyn VideoRepository) {
    library(store).await;
    let changes: [(&str, u64, VideoPatch, &str); 3] = [
        ("a video of the plan", 1, wide(7), "x"),
        ("a path that the plan needs", 6, at("/5"), "x"),
        ("another change by the request", 6, wide(7), "r"),
    ];
    for (what, number, patch, request) in changes {
        let plan = planned(store, "r", UndoPolicy::Overwrite).await;
        update(store, number, patch, by(5, Some("ana"), request)).await;
        let before = contents(store).await;
        let answer = carry_out(store, plan, "u").await;
        assert!(matches!(answer, Err(RepositoryError::PlanOutdated)), "{what}: {answer:?}");
        assert_eq!(contents(store).await, before, "{what}");
        undo_last(store).await;
    }
}

/// Gives the video that changed last the values that it had before.
async fn undo_last(store: &dyn VideoRepository) {
    let last = contents(store).await.1.remove(0);
    let past = store.videos_at(&[last.previous().unwrap()]).await.unwrap().pop().flatten();
    store.restore(past.unwrap(), None, by(6, None, "back")).await.unwrap();
}
