//! Random histories: an undo gives the library before the request, and its undo the one after it.

use reelgraph::domain::undo::UndoPolicy;
use reelgraph::domain::{NewVideo, OnConflict, Video, VideoPatch};
use reelgraph::repository::{
    Becomes, PlannedChange, PlannedChanges, RepositoryError, VideoRepository, Write,
};

use super::contents;
use super::undoing::{by, exported, of, planned_with, undo};
use crate::support::chance::Chance;
use crate::support::videos::{facts_of, pixels, second, text, video_with};

contract_suite! {
    cases: any_request_is_undone_and_its_undo_as_well;
}

const IDS: [u64; 6] = [1, 2, 3, 4, 5, 6];
const PATHS: [&str; 8] = ["/1", "/2", "/3", "/4", "/5", "/6", "/7", "/é"];

fn any_new(chance: &mut Chance) -> NewVideo {
    let new = video_with(chance.pick(&IDS).unwrap(), |values| {
        values.path = text(chance.pick(&PATHS).unwrap());
        values.width = pixels(chance.pick(&[1, 2, 3]).unwrap());
        if chance.one_in(2) {
            values.file = facts_of(r#"{"missingSince":"2026-01-01T00:00:00.000000Z"}"#);
        }
    });
    let created_at = chance.one_in(2).then(|| second(-i64::try_from(chance.below(9)).unwrap()));
    NewVideo { created_at, ..new }
}

/// Two videos at each other's paths.
fn swap(one: &Video, two: &Video) -> Write {
    let at = |of: &Video, path: &Video| {
        let mut values = of.values.clone();
        values.path = path.values.path.clone();
        let becomes = Becomes::Values(Box::new(values));
        PlannedChange { id: of.id, version: of.version, becomes }
    };
    Write::Planned(PlannedChanges::by_versions(vec![at(one, two), at(two, one)]))
}

/// Has a request make some changes, of which the library refuses a few.
async fn change(store: &dyn VideoRepository, request: &str, count: u64, chance: &mut Chance) {
    for _ in 0..=chance.below(count) {
        let NewVideo { id, values, .. } = any_new(chance);
        let (videos, log) = contents(store).await;
        let write = match chance.below(6) {
            0 => Write::Delete { id, expected_version: None },
            1 => Write::Update {
                id,
                patch: VideoPatch { path: Some(values.path), ..VideoPatch::default() },
                expected_version: None,
            },
            2 => Write::Update {
                id,
                patch: VideoPatch { width: Some(values.width), ..VideoPatch::default() },
                expected_version: None,
            },
            3 if videos.len() > 1 => swap(&videos[0], &videos[1]),
            4 if !log.is_empty() => {
                let entry = chance.pick(&log).unwrap().id();
                match store.videos_at(&[entry]).await.unwrap().pop().flatten() {
                    Some(past) => Write::Restore { past, expected_version: None },
                    None => continue,
                }
            }
            _ => Write::Insert { videos: vec![any_new(chance)], on_conflict: OnConflict::Update },
        };
        match store.write(write, by(0, None, request)).await {
            Ok(_)
            | Err(
                RepositoryError::NotFound(_)
                | RepositoryError::Conflicts(_)
                | RepositoryError::UpdateConflict(_),
            ) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn any_request_is_undone_and_its_undo_as_well(store: &dyn VideoRepository) {
    let mut undone = 0;
    for round in 0..12 {
        let mut chance = Chance::new(round);
        change(store, "other", 12, &mut chance).await;
        let [request, undoing, redoing] =
            ["request", "undo", "redo"].map(|name| format!("{name} {round}"));
        let before = exported(store).await;
        change(store, &request, 8, &mut chance).await;
        let after = exported(store).await;
        if planned_with(store, of(&request), UndoPolicy::Refuse, 9).await.is_err() {
            continue;
        }
        undo(store, &request, &undoing).await;
        assert_eq!(exported(store).await, before, "round {round}");
        if before != after {
            undo(store, &undoing, &redoing).await;
            undone += 1;
        }
        assert_eq!(exported(store).await, after, "round {round}");
    }
    assert!(undone > 6, "{undone} were undone");
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}
