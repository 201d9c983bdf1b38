//! Planned changes: all of them or none, and only if nothing that they depend on has changed since.

use reelgraph::domain::filter::{FileTest, IntegerField, IntegerTest};
use reelgraph::domain::{
    AuditFilter, AuditOperation, Text, Video, VideoFilter, VideoId, VideoPatch, VideoValues,
};
use reelgraph::repository::{
    Becomes, PlannedChange, PlannedChanges, RepositoryError, Unless, VideoRepository, Write,
    Written,
};

use super::races::race;
use super::{add, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, second, text, video};

contract_suite! {
    cases:
        a_plan_changes_deletes_and_restores_together,
        a_plan_in_which_one_version_differs_changes_nothing,
        a_plan_that_names_a_video_twice_changes_nothing,
        what_is_already_as_planned_is_answered_without_an_entry,
        videos_swap_their_paths,
        paths_go_round_and_to_videos_that_come_back,
        a_path_that_another_video_has_makes_a_plan_outdated,
        a_video_that_matches_by_now_makes_a_plan_outdated,
        a_video_that_no_longer_matches_does_not,
        a_filter_on_files_is_met_by_every_video_that_was_added_or_changed,
        a_recorded_change_makes_a_plan_outdated,
        a_plan_that_saw_what_is_not_there_is_outdated,
        of_plans_for_the_same_videos_one_is_carried_out,
        of_plans_that_exclude_each_other_one_is_carried_out;
}

type Answer = Result<Vec<Written>, RepositoryError>;

fn change(id: VideoId, version: i32, becomes: Becomes) -> PlannedChange {
    PlannedChange { id, version, becomes }
}

/// The change after which a video has other values.
fn with(video: &Video, values: impl FnOnce(&mut VideoValues)) -> PlannedChange {
    let mut new = video.values.clone();
    values(&mut new);
    change(video.id, video.version, Becomes::Values(Box::new(new)))
}

/// The change after which a video has another path.
fn at(video: &Video, path: &Text) -> PlannedChange {
    with(video, |values| values.path = path.clone())
}

async fn make(store: &dyn VideoRepository, changes: Vec<PlannedChange>) -> Answer {
    store.write(Write::Planned(PlannedChanges::by_versions(changes)), by(50)).await
}

/// Asserts that a plan is outdated and has changed nothing.
async fn is_outdated(store: &dyn VideoRepository, plan: PlannedChanges) {
    let before = contents(store).await;
    let answer = store.write(Write::Planned(plan), by(50)).await;
    assert!(matches!(answer, Err(RepositoryError::PlanOutdated)), "{answer:?}");
    assert_eq!(contents(store).await, before);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

/// Adds the samples of these numbers.
async fn add_all<const N: usize>(store: &dyn VideoRepository, numbers: [u64; N]) -> [Video; N] {
    let mut videos = Vec::new();
    for number in numbers {
        videos.push(add(store, number).await);
    }
    videos.try_into().unwrap()
}

/// The path of each of these videos; none if it is not there.
async fn paths<const N: usize>(
    store: &dyn VideoRepository,
    videos: [&Video; N],
) -> [Option<Text>; N] {
    let found = store.get_many(&videos.map(|video| video.id)).await.unwrap().into_iter();
    let paths: Vec<_> = found.map(|video| video.map(|video| video.values.path)).collect();
    paths.try_into().unwrap()
}

async fn a_plan_changes_deletes_and_restores_together(store: &dyn VideoRepository) {
    let [one, two, three] = add_all(store, [1, 2, 3]).await;
    store.delete(three.id, None, by(4)).await.unwrap();
    let becomes =
        Becomes::Restored { values: Box::new(three.values.clone()), created_at: three.created_at };
    let written = make(
        store,
        vec![
            PlannedChange::deletion(two.id, 1),
            change(three.id, 2, becomes),
            with(&one, |values| values.width = pixels(7)),
        ],
    );
    let written = written.await.unwrap();
    let [deleted, restored, widened] = <[Written; 3]>::try_from(written).unwrap();
    assert_eq!(deleted.video, two);
    let again = Video { version: 3, updated_at: second(50), ..three };
    assert_eq!(restored.video, again);
    assert_eq!((widened.video.version, widened.video.values.width), (2, pixels(7)));
    let (videos, log) = contents(store).await;
    assert_eq!(videos, [again, widened.video.clone()]);
    let operations: Vec<_> = log.iter().take(3).map(|entry| entry.operation).collect();
    use AuditOperation::{Delete, Insert, Update};
    assert_eq!(operations, [Update, Insert, Delete]);
    assert!(log.iter().take(3).all(|entry| entry.write_end == log[0].sequence));
    assert_eq!(log[0..3], [widened, restored, deleted].map(|written| written.entry.unwrap()));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_plan_in_which_one_version_differs_changes_nothing(store: &dyn VideoRepository) {
    let [one, two, three] = add_all(store, [1, 2, 3]).await;
    store.delete(three.id, None, by(4)).await.unwrap();
    let values = || Box::new(three.values.clone());
    let restored = |id, version| {
        change(id, version, Becomes::Restored { values: values(), created_at: second(1) })
    };
    for wrong in [
        PlannedChange::deletion(two.id, 2),
        at(&Video { version: 2, ..two.clone() }, &text("/2")),
        restored(three.id, 1),
        restored(counted_id(9), 0),
        PlannedChange::deletion(three.id, 2),
        change(three.id, 2, Becomes::Values(values())),
        PlannedChange::deletion(counted_id(9), 1),
    ] {
        let changes = vec![PlannedChange::deletion(one.id, 1), wrong];
        is_outdated(store, PlannedChanges::by_versions(changes)).await;
    }
    make(store, vec![PlannedChange::deletion(one.id, 1), restored(three.id, 2)]).await.unwrap();
}

async fn a_plan_that_names_a_video_twice_changes_nothing(store: &dyn VideoRepository) {
    let [one] = add_all(store, [1]).await;
    let deletion = PlannedChange::deletion(one.id, 1);
    let changes = vec![at(&one, &text("/1")), deletion];
    is_outdated(store, PlannedChanges::by_versions(changes)).await;
}

async fn what_is_already_as_planned_is_answered_without_an_entry(store: &dyn VideoRepository) {
    let [one, two] = add_all(store, [1, 2]).await;
    let changes = vec![with(&one, |_| ()), with(&two, |values| values.width = pixels(7))];
    let written = make(store, changes).await.unwrap();
    assert_eq!(written[0], Written { video: one, entry: None });
    assert_eq!(written[1].video.version, 2);
    assert_eq!(make(store, Vec::new()).await.unwrap(), []);
    assert_eq!(contents(store).await.1.len(), 3);
}

async fn videos_swap_their_paths(store: &dyn VideoRepository) {
    let [one, two] = add_all(store, [1, 2]).await;
    let [first, second] = [&one, &two].map(|video| video.values.path.clone());
    make(store, vec![at(&one, &second), at(&two, &first)]).await.unwrap();
    let swapped = [Some(second.clone()), Some(first.clone())];
    assert_eq!(paths(store, [&one, &two]).await, swapped);
    for (path, id) in [(first, two.id), (second, one.id)] {
        let holder = store.get_by_path(path.as_str()).await.unwrap();
        assert_eq!(holder.map(|video| video.id), Some(id));
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn paths_go_round_and_to_videos_that_come_back(store: &dyn VideoRepository) {
    let [one, two, three, gone] = add_all(store, [1, 2, 3, 4]).await;
    store.delete(gone.id, None, by(5)).await.unwrap();
    let path = |video: &Video| video.values.path.clone();
    let back = VideoValues { path: path(&one), ..gone.values.clone() };
    let back = Becomes::Restored { values: Box::new(back), created_at: gone.created_at };
    let changes = vec![
        at(&one, &path(&two)),
        at(&two, &path(&three)),
        change(gone.id, 2, back),
        PlannedChange::deletion(three.id, 1),
    ];
    make(store, changes).await.unwrap();
    let expected = [Some(path(&two)), Some(path(&three)), None, Some(path(&one))];
    assert_eq!(paths(store, [&one, &two, &three, &gone]).await, expected);
    let held = store.get_by_path(path(&three).as_str()).await.unwrap();
    assert_eq!(held.map(|video| video.id), Some(two.id));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_path_that_another_video_has_makes_a_plan_outdated(store: &dyn VideoRepository) {
    let [one, two, three, gone] = add_all(store, [1, 2, 3, 4]).await;
    store.delete(gone.id, None, by(5)).await.unwrap();
    let path = |video: &Video| video.values.path.clone();
    let back = VideoValues { path: path(&three), ..gone.values.clone() };
    let back = Becomes::Restored { values: Box::new(back), created_at: gone.created_at };
    for changes in [
        // One that is not planned has it.
        vec![PlannedChange::deletion(two.id, 1), at(&one, &path(&three))],
        vec![PlannedChange::deletion(two.id, 1), change(gone.id, 2, back)],
        // One that is planned keeps it.
        vec![at(&one, &path(&two)), with(&two, |values| values.width = pixels(7))],
        vec![at(&one, &path(&two)), with(&two, |_| ())],
        // Two get it.
        vec![at(&one, &text("/new")), at(&two, &text("/new"))],
    ] {
        is_outdated(store, PlannedChanges::by_versions(changes)).await;
    }
}

/// The filter for videos that are this wide.
fn wide(pixels: i64) -> VideoFilter {
    VideoFilter::Integer(IntegerField::Width, IntegerTest::Eq(pixels))
}

async fn widen(store: &dyn VideoRepository, id: VideoId, to: i32) {
    let patch = VideoPatch { width: Some(pixels(to)), ..VideoPatch::default() };
    store.update(id, patch, None, by(20)).await.unwrap();
}

/// What has been recorded so far.
async fn newest(store: &dyn VideoRepository) -> i64 {
    store.newest().await.unwrap().sequence
}

async fn a_video_that_matches_by_now_makes_a_plan_outdated(store: &dyn VideoRepository) {
    let [one, two] = add_all(store, [1, 2]).await;
    let plan = |video: &Video, seen| PlannedChanges {
        changes: vec![PlannedChange::deletion(video.id, video.version)],
        seen,
        unless: Unless::Matches(wide(7)),
    };
    let seen = newest(store).await;
    widen(store, two.id, 7).await;
    is_outdated(store, plan(&one, seen)).await;
    // One that is planned was seen, and its version shows the rest.
    let seen = newest(store).await;
    store.write(Write::Planned(plan(&one, seen)), by(21)).await.unwrap();
    let two = store.get(two.id).await.unwrap().unwrap();
    let seen = newest(store).await - 2;
    store.write(Write::Planned(plan(&two, seen)), by(22)).await.unwrap();
    // A new one, and one that is there again.
    let three = add(store, 3).await;
    let seen = newest(store).await;
    let mut new = video(4);
    new.values.width = pixels(7);
    store.insert(new, by(23)).await.unwrap();
    is_outdated(store, plan(&three, seen)).await;
    let seen = newest(store).await;
    store.restore(two, None, by(24)).await.unwrap();
    is_outdated(store, plan(&three, seen)).await;
    let seen = newest(store).await;
    store.write(Write::Planned(plan(&three, seen)), by(25)).await.unwrap();
}

async fn a_video_that_no_longer_matches_does_not(store: &dyn VideoRepository) {
    let [one, two, three] = add_all(store, [1, 2, 3]).await;
    let seen = newest(store).await;
    widen(store, two.id, 7).await;
    widen(store, two.id, 8).await;
    widen(store, three.id, 7).await;
    store.delete(three.id, None, by(30)).await.unwrap();
    let changes = vec![PlannedChange::deletion(one.id, 1)];
    let plan = PlannedChanges { changes, seen, unless: Unless::Matches(wide(7)) };
    store.write(Write::Planned(plan), by(31)).await.unwrap();
    assert_eq!(store.get(one.id).await.unwrap(), None);
}

async fn a_filter_on_files_is_met_by_every_video_that_was_added_or_changed(
    store: &dyn VideoRepository,
) {
    let [one, two, three] = add_all(store, [1, 2, 3]).await;
    let on_files = VideoFilter::except(VideoFilter::File(FileTest::Exists));
    let unless = Unless::Matches(VideoFilter::All(vec![wide(7), on_files]));
    let plan = |seen| {
        let changes = vec![PlannedChange::deletion(one.id, 1)];
        PlannedChanges { changes, seen, unless: unless.clone() }
    };
    let seen = newest(store).await;
    widen(store, two.id, 8).await;
    is_outdated(store, plan(seen)).await;
    let seen = newest(store).await;
    add(store, 4).await;
    is_outdated(store, plan(seen)).await;
    let seen = newest(store).await;
    store.delete(three.id, None, by(30)).await.unwrap();
    store.write(Write::Planned(plan(seen)), by(31)).await.unwrap();
}

async fn a_recorded_change_makes_a_plan_outdated(store: &dyn VideoRepository) {
    let [one, two] = add_all(store, [1, 2]).await;
    let plan = |filter, seen| PlannedChanges {
        changes: vec![PlannedChange::deletion(one.id, 1)],
        seen,
        unless: Unless::Recorded(filter),
    };
    let of_two = || AuditFilter { entity_id: Some(two.id), ..AuditFilter::default() };
    let of_request =
        || AuditFilter { request_id: Some("other".to_owned()), ..AuditFilter::default() };
    let seen = newest(store).await;
    widen(store, two.id, 7).await;
    is_outdated(store, plan(of_two(), seen)).await;
    is_outdated(store, plan(AuditFilter::default(), seen)).await;
    store.write(Write::Planned(plan(of_request(), seen)), by(30)).await.unwrap();
    assert_eq!(store.get(one.id).await.unwrap(), None);
}

async fn a_plan_that_saw_what_is_not_there_is_outdated(store: &dyn VideoRepository) {
    let [one] = add_all(store, [1]).await;
    let changes = vec![PlannedChange::deletion(one.id, 1)];
    let seen = newest(store).await + 1;
    is_outdated(store, PlannedChanges { changes, seen, unless: Unless::Matches(wide(7)) }).await;
}

/// The number of plans that were carried out; the others must be outdated.
#[track_caller]
fn carried_out(answers: &[Answer]) -> usize {
    for answer in answers {
        assert!(matches!(answer, Ok(_) | Err(RepositoryError::PlanOutdated)), "{answer:?}");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

async fn of_plans_for_the_same_videos_one_is_carried_out(store: &dyn VideoRepository) {
    let mut videos = add_all(store, [1, 2, 3]).await;
    for round in 1..=20 {
        let plan = |width| {
            let widened = videos.iter().map(|it| with(it, |it| it.width = pixels(width)));
            Write::Planned(PlannedChanges::by_versions(widened.collect()))
        };
        let answers = race(store, (1..=8).map(|writer| plan(round * 10 + writer)).collect());
        assert_eq!(carried_out(&answers), 1);
        let won = answers.into_iter().find_map(Result::ok).unwrap();
        videos = won.into_iter().map(|it| it.video).collect::<Vec<_>>().try_into().unwrap();
        let ids = videos.each_ref().map(|video| video.id);
        let found: Vec<_> = store.get_many(&ids).await.unwrap().into_iter().flatten().collect();
        assert_eq!(found, videos);
    }
}

async fn of_plans_that_exclude_each_other_one_is_carried_out(store: &dyn VideoRepository) {
    // Each widens a video of its own, unless there is another that is so wide.
    let ids: Vec<VideoId> = (1..=8).map(counted_id).collect();
    add_all(store, [1, 2, 3, 4, 5, 6, 7, 8]).await;
    for round in 1..=20 {
        let seen = newest(store).await;
        let videos = store.get_many(&ids).await.unwrap().into_iter().flatten();
        let plans = videos.map(|video| {
            let changes = vec![with(&video, |values| values.width = pixels(round))];
            let unless = Unless::Matches(wide(round.into()));
            Write::Planned(PlannedChanges { changes, seen, unless })
        });
        assert_eq!(carried_out(&race(store, plans.collect())), 1);
        assert_eq!(store.count(&wide(round.into())).await.unwrap(), 1);
    }
}
