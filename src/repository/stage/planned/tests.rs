//! Plans on a stage, without a store.

use super::*;
use crate::domain::samples::{new_video, video};
use crate::domain::{AuditFilter, NewVideo, OnConflict, Timestamp, Video};
use crate::repository::Write;
use crate::repository::file_change::FileStep;
use crate::repository::stage::LogEnd;

fn by(micros: i64) -> ChangeContext {
    let at = Timestamp::from_micros(micros).unwrap();
    ChangeContext { at, actor: None, request_id: None }
}

fn insert(videos: Vec<NewVideo>) -> Write {
    Write::Insert { videos, on_conflict: OnConflict::Fail }
}

/// A stage with two videos, of which the second is at version 2 and was there before.
fn with_two() -> (Stage, VideoId, VideoId) {
    let mut stage = Stage::new(LogEnd { sequence: 40, ..LogEnd::EMPTY });
    let NewVideo { id: two, values, .. } = new_video(2, "/2");
    stage.load(Video { id: two, values, version: 2, ..video() });
    let one = stage.apply(insert(vec![new_video(1, "/1")]), &by(1)).unwrap()[0].video.id;
    (stage, one, two)
}

fn delete(versions: &[(VideoId, i32)]) -> Write {
    let deletions = versions.iter().map(|(id, version)| PlannedChange::deletion(*id, *version));
    Write::Planned(PlannedChanges::by_versions(deletions.collect()))
}

#[test]
fn planned_videos_are_deleted_together_or_not_at_all() {
    let (mut stage, one, two) = with_two();
    for wrong in [
        &[(one, 1), (two, 1)][..],
        &[(one, 1), (two, 2), (new_video(9, "/9").id, 1)],
        &[(one, 1), (one, 1)],
        &[(one, 1), (one, 2)],
    ] {
        let answer = stage.apply(delete(wrong), &by(3));
        assert!(matches!(answer, Err(RepositoryError::PlanOutdated)), "{answer:?}");
        assert_eq!((stage.changes().len(), stage.file_steps()), (1, &[][..]));
    }
    let written = stage.apply(delete(&[(two, 2), (one, 1)]), &by(3)).unwrap();
    let deleted: Vec<_> = written.iter().map(|written| written.video.id).collect();
    assert_eq!(deleted, [two, one]);
    assert!(written.iter().all(|it| it.entry.as_ref().is_some_and(|it| it.write_end == 43)));
    assert_eq!(stage.file_steps(), [FileStep::Unlink(two), FileStep::Unlink(one)]);
}

#[test]
fn a_plan_that_fails_in_the_middle_leaves_nothing_for_the_next_write() {
    let mut stage = Stage::new(LogEnd::EMPTY);
    let [one, two] = [1, 2].map(|number| {
        let new = new_video(number, &format!("/{number}"));
        Video { id: new.id, values: new.values, version: 1, ..video() }
    });
    stage.load(one.clone());
    stage.load(Video { version: i32::MAX, ..two.clone() });
    let swap = |of: &Video, with: &Video, version| {
        let becomes = Becomes::Values(Box::new(with.values.clone()));
        PlannedChange { id: of.id, version, becomes }
    };
    let changes = vec![swap(&one, &two, 1), swap(&two, &one, i32::MAX)];
    let answer = stage.apply(Write::Planned(PlannedChanges::by_versions(changes)), &by(1));
    assert!(matches!(answer, Err(RepositoryError::Store { .. })), "{answer:?}");
    assert_eq!((stage.changes().len(), stage.file_steps()), (0, &[][..]));
    for (video, at) in [(&one, "/1"), (&two, "/2")] {
        let holder = stage.holder(&Text::new(at).unwrap()).map(|video| video.id);
        assert_eq!(holder, Some(video.id), "{at}");
    }
}

/// What a plan that saw so much of the log, and changes nothing, is answered.
fn is_carried_out(stage: &mut Stage, seen: i64, unless: Unless) -> bool {
    let plan = PlannedChanges { changes: Vec::new(), seen, unless };
    match stage.apply(Write::Planned(plan), &by(9)) {
        Ok(written) => written.is_empty(),
        Err(RepositoryError::PlanOutdated) => false,
        Err(error) => panic!("{error:?}"),
    }
}

fn at(path: &str) -> Unless {
    let test = crate::domain::filter::TextTest::Eq(path.to_owned());
    Unless::Matches(VideoFilter::Text(crate::domain::filter::TextField::Path, test))
}

#[test]
fn what_earlier_writes_of_the_same_transaction_recorded_counts() {
    let (mut stage, one, _) = with_two();
    for (seen, path, expected) in [(40, "/1", false), (41, "/1", true), (40, "/2", true)] {
        assert_eq!(is_carried_out(&mut stage, seen, at(path)), expected, "{seen} {path}");
    }
    let of_one =
        || Unless::Recorded(AuditFilter { entity_id: Some(one), ..AuditFilter::default() });
    assert!(!is_carried_out(&mut stage, 40, of_one()));
    assert!(is_carried_out(&mut stage, 41, of_one()));
}

#[test]
fn a_plan_from_longer_ago_than_is_looked_at_is_outdated() {
    let end = 50_000;
    let mut stage = Stage::new(LogEnd { sequence: end, ..LogEnd::EMPTY });
    let oldest = end - PlannedChanges::MAX_SINCE;
    for (seen, expected) in [(end, true), (oldest, true), (oldest - 1, false), (end + 1, false)] {
        assert_eq!(is_carried_out(&mut stage, seen, at("/1")), expected, "{seen}");
        assert!(is_carried_out(&mut stage, seen, Unless::Nothing), "{seen}");
    }
}

#[test]
fn as_much_of_the_log_is_needed_as_the_oldest_plan_has_not_seen() {
    let plan = |seen, unless| Write::Planned(PlannedChanges { changes: Vec::new(), seen, unless });
    let needed = |writes: &[Write]| crate::repository::stage::log_needed(writes.iter(), 50_000);
    assert_eq!(needed(&[insert(vec![]), plan(7, Unless::Nothing)]), None);
    assert_eq!(needed(&[plan(50_000, at("/1"))]), None);
    assert_eq!(needed(&[plan(49_999, at("/1")), plan(49_000, at("/1"))]), Some(49_000));
    assert_eq!(needed(&[plan(1, at("/1"))]), Some(50_000 - PlannedChanges::MAX_SINCE));
}
