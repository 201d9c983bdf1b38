//! Adding videos of which some are there: skipped, or given the new values.

use reelgraph::domain::{AuditOperation, NewVideo};
use reelgraph::repository::{OnConflict, Taken, VideoRepository, Written};

use super::{add, changed, conflicts, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, second, text, video, video_with};

contract_suite! {
    cases:
        skipping_leaves_what_is_there_and_adds_the_rest,
        skipping_holds_inside_the_input,
        updating_finds_the_video_by_its_id_first,
        updating_finds_the_video_at_its_path_otherwise,
        updating_keeps_id_and_time_of_addition,
        updating_with_the_same_values_writes_nothing,
        updating_onto_the_path_of_another_video_is_a_conflict,
        updating_is_all_or_nothing,
        updating_holds_inside_the_input,
        paths_can_be_handed_on_within_one_input,
        updating_adds_a_deleted_video_again,
        a_video_that_is_known_by_its_path_is_there_already;
}

async fn insert_many(
    store: &dyn VideoRepository,
    videos: Vec<NewVideo>,
    on_conflict: OnConflict,
) -> Vec<Written> {
    store.insert_many(videos, on_conflict, by(100)).await.unwrap()
}

async fn skipping_leaves_what_is_there_and_adds_the_rest(store: &dyn VideoRepository) {
    let (one, two) = (add(store, 1).await, add(store, 2).await);
    let same_id = video_with(1, |values| values.width = pixels(1));
    let same_path = NewVideo { id: counted_id(9), ..video(2) };
    let between = video_with(1, |values| values.path = two.values.path.clone());
    let videos = vec![same_id, same_path, between, video(3)];
    let written = insert_many(store, videos, OnConflict::Skip).await;

    let kept = |video| Written { video, entry: None };
    assert_eq!(written[..3], [kept(one.clone()), kept(two.clone()), kept(one.clone())]);
    let (three, _) = changed(written[3].clone());
    assert_eq!(contents(store).await.0, [three, two, one]);
}

async fn skipping_holds_inside_the_input(store: &dyn VideoRepository) {
    let same_path = NewVideo { id: counted_id(2), ..video(1) };
    let written = insert_many(store, vec![video(1), same_path], OnConflict::Skip).await;
    assert_eq!(written[1], Written { video: written[0].video.clone(), entry: None });
    assert_eq!(contents(store).await.0, [written[0].video.clone()]);
}

async fn updating_finds_the_video_by_its_id_first(store: &dyn VideoRepository) {
    add(store, 1).await;
    let wider = video_with(1, |values| {
        values.width = pixels(1);
        values.path = text("/elsewhere");
    });
    let written = insert_many(store, vec![wider.clone()], OnConflict::Update).await;
    let (after, entry) = changed(written[0].clone());
    assert_eq!((&after.values, after.version), (&wider.values, 2));
    assert_eq!(entry.operation, AuditOperation::Update);
    assert_eq!(contents(store).await.0, [after]);
}

async fn updating_finds_the_video_at_its_path_otherwise(store: &dyn VideoRepository) {
    add(store, 1).await;
    let wider = video_with(1, |values| values.width = pixels(1));
    let stranger = NewVideo { id: counted_id(9), ..wider.clone() };
    let written = insert_many(store, vec![stranger], OnConflict::Update).await;
    let (after, _) = changed(written[0].clone());
    assert_eq!((after.id, &after.values, after.version), (counted_id(1), &wider.values, 2));
    assert_eq!(contents(store).await.0, [after]);
}

async fn updating_keeps_id_and_time_of_addition(store: &dyn VideoRepository) {
    let before = add(store, 1).await;
    let silent = video_with(1, |values| values.audio_codec = None);
    let timed = NewVideo { created_at: Some(second(50)), updated_at: Some(second(60)), ..silent };
    let written = insert_many(store, vec![timed], OnConflict::Update).await;
    let after = &written[0].video;
    assert_eq!((after.id, after.created_at), (before.id, before.created_at));
    assert_eq!((after.updated_at, &after.values.audio_codec), (second(100), &None));
}

async fn updating_with_the_same_values_writes_nothing(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let before = contents(store).await;
    let stranger = NewVideo { id: counted_id(9), ..video(1) };
    let timed = NewVideo { created_at: Some(second(50)), ..video(1) };
    for same in [video(1), stranger, timed] {
        let written = insert_many(store, vec![same], OnConflict::Update).await;
        assert_eq!(written, [Written { video: kept.clone(), entry: None }]);
    }
    assert_eq!(contents(store).await, before);
}

async fn updating_onto_the_path_of_another_video_is_a_conflict(store: &dyn VideoRepository) {
    let (_, two) = (add(store, 1).await, add(store, 2).await);
    let between = video_with(1, |values| values.path = two.values.path.clone());
    let answer = store.insert_many(vec![between], OnConflict::Update, by(9)).await;
    assert_eq!(conflicts(answer), [(0, Taken::Path(two.values.path))]);
}

async fn updating_is_all_or_nothing(store: &dyn VideoRepository) {
    let (_, two) = (add(store, 1).await, add(store, 2).await);
    let before = contents(store).await;
    let between = video_with(1, |values| values.path = two.values.path.clone());
    let wider = video_with(2, |values| {
        values.width = pixels(1);
        values.path = text("/elsewhere");
    });
    let videos = vec![video(3), between.clone(), wider, video(4), between];
    let answer = store.insert_many(videos, OnConflict::Update, by(9)).await;
    assert_eq!(conflicts(answer), [(1, Taken::Path(two.values.path))]);
    assert_eq!(contents(store).await, before);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn updating_holds_inside_the_input(store: &dyn VideoRepository) {
    let wider = video_with(1, |values| values.width = pixels(1));
    let moved = video_with(1, |values| values.path = text("/elsewhere"));
    let videos = vec![video(1), wider, moved.clone(), moved.clone()];
    let written = insert_many(store, videos, OnConflict::Update).await;
    let versions: Vec<i32> = written.iter().map(|written| written.video.version).collect();
    assert_eq!(versions, [1, 2, 3, 3]);
    let last = written[3].clone();
    assert_eq!((&last.video.values, last.entry), (&moved.values, None));
    let (videos, log) = contents(store).await;
    assert_eq!((videos, log.len()), (vec![last.video], 3));
}

async fn paths_can_be_handed_on_within_one_input(store: &dyn VideoRepository) {
    let (one, two) = (add(store, 1).await, add(store, 2).await);
    let at = |number, path: &str| video_with(number, |values| values.path = text(path));
    let (first, second) = (one.values.path.as_str(), two.values.path.as_str());
    let swap = vec![at(1, "/aside"), at(2, first), at(1, second)];
    insert_many(store, swap, OnConflict::Update).await;
    for (path, id) in [(first, two.id), (second, one.id)] {
        assert_eq!(store.get_by_path(path).await.unwrap().unwrap().id, id);
    }
    assert_eq!(store.get_by_path("/aside").await.unwrap(), None);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn updating_adds_a_deleted_video_again(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    store.delete(id, None, by(2)).await.unwrap();
    let written = insert_many(store, vec![video(1)], OnConflict::Update).await;
    let (again, entry) = changed(written[0].clone());
    assert_eq!((again.version, again.created_at), (3, second(100)));
    assert_eq!(entry.operation, AuditOperation::Insert);
}

async fn a_video_that_is_known_by_its_path_is_there_already(store: &dyn VideoRepository) {
    let one = add(store, 1).await;
    let known =
        |number, id| NewVideo { id: counted_id(id), is_known_by_path: true, ..video(number) };
    let written =
        insert_many(store, vec![known(1, 8), known(2, 9), known(2, 10)], OnConflict::Fail).await;
    let kept = |video| Written { video, entry: None };
    let (two, _) = changed(written[1].clone());
    assert_eq!(two.id, counted_id(9));
    assert_eq!([&written[0], &written[2]], [&kept(one.clone()), &kept(two.clone())]);
    let dated = NewVideo { created_at: Some(second(-1)), ..known(1, 8) };
    let wider = |number, id| {
        let mut other = known(number, id);
        other.values.width = pixels(1);
        other
    };
    let others = vec![dated, wider(2, 9), wider(3, 11), known(3, 12), wider(1, 13)];
    let answer = store.insert_many(others, OnConflict::Fail, by(9)).await;
    let path = |number| Taken::Path(video(number).values.path);
    assert_eq!(
        conflicts(answer),
        [(0, path(1)), (1, Taken::Id(two.id)), (3, path(3)), (4, path(1))]
    );
    assert_eq!(contents(store).await.0, [two, one]);
}
