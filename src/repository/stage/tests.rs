//! The decisions of the stage, without a store.

use super::*;
use crate::domain::Dimension;
use crate::domain::OnConflict;
use crate::domain::samples::{new_video, video};
use crate::repository::{Becomes, PlannedChange, PlannedChanges};

fn by(micros: i64) -> ChangeContext {
    let at = Timestamp::from_micros(micros).unwrap();
    ChangeContext { at, actor: None, request_id: None }
}

fn insert(videos: Vec<NewVideo>) -> Write {
    Write::Insert { videos, on_conflict: OnConflict::Fail }
}

fn widen(id: VideoId) -> Write {
    let width = Some(Dimension::new(1).unwrap());
    Write::Update {
        id,
        patch: VideoPatch { width, ..VideoPatch::default() },
        expected_version: None,
    }
}

fn versions(stage: &Stage) -> Vec<(i64, i32)> {
    stage.changes().iter().map(|change| (change.entry.sequence, change.entry.version)).collect()
}

#[test]
fn a_write_names_what_it_touches() {
    let (one, two) = (new_video(1, "/1"), new_video(2, "/2"));
    let path = |text| Text::new(text).unwrap();
    let moved = VideoPatch { path: Some(path("/3")), ..VideoPatch::default() };
    let (id, expected_version) = (one.id, None);
    let becomes = Becomes::Values(Box::new(one.values.clone()));
    let takes_over = PlannedChange { id: two.id, version: 2, becomes };
    let plan = PlannedChanges::by_versions(vec![PlannedChange::deletion(id, 1), takes_over]);
    for (write, ids, paths) in [
        (insert(vec![one.clone(), two.clone()]), vec![id, two.id], vec![path("/1"), path("/2")]),
        (Write::Update { id, patch: moved, expected_version }, vec![id], vec![path("/3")]),
        (widen(id), vec![id], vec![]),
        (Write::Delete { id, expected_version }, vec![id], vec![]),
        (Write::Planned(plan), vec![id, two.id], vec![path("/1")]),
    ] {
        assert_eq!((write.touched_ids(), write.touched_paths()), (ids, paths), "{write:?}");
    }
}

#[test]
fn sequences_and_versions_go_on_from_what_was_loaded() {
    let mut stage = Stage::new(LogEnd { sequence: 41, ..LogEnd::EMPTY });
    stage.load(Video { version: 6, ..video() });
    let deleted = new_video(2, "/2");
    stage.load_deleted(deleted.id, 3);
    stage.apply(widen(video().id), &by(1)).unwrap();
    stage.apply(insert(vec![deleted, new_video(3, "/3")]), &by(2)).unwrap();
    assert_eq!(versions(&stage), [(42, 7), (43, 4), (44, 1)]);
}

#[test]
fn a_write_that_fails_leaves_nothing_for_the_next_one() {
    let mut stage = Stage::new(LogEnd::EMPTY);
    stage.load(video());
    let thief = new_video(9, video().values.path.as_str());
    stage.apply(insert(vec![new_video(2, "/2"), thief]), &by(1)).unwrap_err();
    assert_eq!(versions(&stage), []);
    let written = stage.apply(insert(vec![new_video(3, "/2")]), &by(2)).unwrap();
    assert_eq!(written[0].video.version, 1);
    stage.apply(insert(vec![new_video(2, "/4")]), &by(3)).unwrap();
    assert_eq!(versions(&stage), [(1, 1), (2, 1)]);
}

#[test]
fn each_entry_knows_where_its_write_ends() {
    let mut stage = Stage::new(LogEnd { sequence: 41, ..LogEnd::EMPTY });
    stage.load(video());
    let (two, three) = (new_video(2, "/2"), new_video(3, "/3"));
    let repeated = vec![two.clone(), new_video(5, "/5"), two, three];
    let mut written = stage.apply(insert(repeated), &by(1)).unwrap();
    let thief = new_video(9, video().values.path.as_str());
    stage.apply(insert(vec![new_video(7, "/7"), thief]), &by(2)).unwrap_err();
    written.extend(stage.apply(widen(video().id), &by(3)).unwrap());
    written.extend(stage.apply(insert(vec![]), &by(4)).unwrap());
    let delete = Write::Delete { id: video().id, expected_version: None };
    written.extend(stage.apply(delete, &by(5)).unwrap());
    let recorded: Vec<_> = stage.changes().iter().map(|change| change.entry.clone()).collect();
    let ends: Vec<_> = recorded.iter().map(|entry| (entry.sequence, entry.write_end)).collect();
    assert_eq!(ends, [(42, 44), (43, 44), (44, 44), (45, 45), (46, 46)]);
    let answered: Vec<_> = written.into_iter().filter_map(|written| written.entry).collect();
    assert_eq!(answered, recorded);
}

#[test]
fn changes_tell_both_sides_in_the_order_in_which_they_happened() {
    let mut stage = Stage::new(LogEnd::EMPTY);
    let added = stage.apply(insert(vec![new_video(1, "/1")]), &by(1)).unwrap();
    let id = added[0].video.id;
    stage.apply(widen(id), &by(2)).unwrap();
    stage.apply(Write::Delete { id, expected_version: Some(2) }, &by(3)).unwrap();
    let version = |video: &Option<Video>| video.as_ref().map(|video| video.version);
    let sides: Vec<_> = stage
        .into_changes()
        .iter()
        .map(|change| (version(&change.before), version(&change.after)))
        .collect();
    assert_eq!(sides, [(None, Some(1)), (Some(1), Some(2)), (Some(2), None)]);
}

#[test]
fn a_version_at_the_end_of_its_range_stays_there() {
    let mut stage = Stage::new(LogEnd::EMPTY);
    stage.load(Video { version: i32::MAX, ..video() });
    stage.load_deleted(new_video(2, "/2").id, i32::MAX);
    let id = video().id;
    for write in [
        widen(id),
        Write::Delete { id, expected_version: None },
        insert(vec![new_video(3, "/3"), new_video(2, "/2")]),
    ] {
        let answer = stage.apply(write, &by(1));
        assert!(matches!(answer, Err(RepositoryError::Store { .. })), "{answer:?}");
    }
    assert_eq!(versions(&stage), []);
}

/// The times of the changes so far, in microseconds.
fn times(stage: &Stage) -> Vec<i64> {
    stage.changes().iter().map(|change| change.entry.timestamp.as_micros()).collect()
}

#[test]
fn no_change_is_dated_before_the_one_that_precedes_it() {
    let timestamp = by(50).at;
    let mut stage = Stage::new(LogEnd { sequence: 7, timestamp });
    let added = stage.apply(insert(vec![new_video(1, "/1")]), &by(10)).unwrap();
    assert_eq!((added[0].video.created_at, added[0].video.updated_at), (timestamp, timestamp));
    let id = added[0].video.id;
    let widened = stage.apply(widen(id), &by(60)).unwrap();
    assert_eq!(widened[0].video.updated_at, by(60).at);
    stage.apply(Write::Delete { id, expected_version: None }, &by(20)).unwrap();
    assert_eq!(times(&stage), [50, 60, 60]);
}

#[test]
fn the_times_that_a_record_brings_do_not_move_those_of_the_log() {
    let mut stage = Stage::new(LogEnd::EMPTY);
    let (soon, late) = (Some(by(70).at), Some(by(90).at));
    let imported = NewVideo { created_at: soon, updated_at: late, ..new_video(1, "/1") };
    let added = stage.apply(insert(vec![imported, new_video(2, "/2")]), &by(10)).unwrap();
    assert_eq!(added[1].video.created_at, by(10).at);
    // A record is not updated before it was added, be it added in the future.
    let widened = stage.apply(widen(added[0].video.id), &by(20)).unwrap();
    assert_eq!(Some(widened[0].video.updated_at), soon);
    let delete = Write::Delete { id: added[0].video.id, expected_version: None };
    stage.apply(delete, &by(30)).unwrap();
    assert_eq!(times(&stage), [10, 10, 20, 30]);
}

#[test]
fn what_was_refused_does_not_move_the_time_of_the_log() {
    let mut stage = Stage::new(LogEnd::EMPTY);
    stage.load(video());
    let thief = new_video(9, video().values.path.as_str());
    stage.apply(insert(vec![new_video(2, "/2"), thief]), &by(90)).unwrap_err();
    stage.apply(insert(vec![new_video(3, "/3")]), &by(10)).unwrap();
    assert_eq!(times(&stage), [10]);
}
