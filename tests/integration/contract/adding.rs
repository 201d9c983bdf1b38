//! Adding videos: what is kept, which version it has, and what stands in its way.

use reelgraph::domain::{AuditOperation, NewVideo, Quantity, Text, Timestamp, Video};
use reelgraph::repository::{Claim, OnConflict, Taken, VideoRepository, Written};

use super::{add, changed, conflicts, contents};
use crate::support::clock::counted_id;
use crate::support::videos::{by, pixels, quantity, rate, sample, second, text, video, video_with};

contract_suite! {
    cases:
        a_new_video_is_kept_as_given_at_version_1,
        times_that_an_import_keeps_are_kept,
        the_real_sample_comes_back_as_it_went_in,
        the_largest_and_the_smallest_values_are_kept,
        paths_that_differ_in_one_byte_are_two_paths,
        a_repeated_identical_video_adds_nothing,
        a_repeated_video_with_other_values_finds_its_id_taken,
        a_repeated_video_with_another_time_finds_its_id_taken,
        a_taken_path_is_told_apart_from_a_taken_id,
        an_id_and_a_path_that_two_videos_hold_are_both_told,
        one_conflict_keeps_all_of_the_videos_out,
        conflicts_inside_the_input_are_told_beside_the_others,
        a_video_with_a_conflict_stands_in_the_way_of_later_ones,
        videos_that_are_not_valid_are_checked_and_nothing_is_written,
        the_same_video_twice_in_one_input_is_added_once,
        many_videos_are_answered_in_the_order_of_the_input,
        no_videos_are_added_without_a_trace,
        an_id_that_was_deleted_goes_on_from_its_last_version;
}

async fn a_new_video_is_kept_as_given_at_version_1(store: &dyn VideoRepository) {
    let (kept, entry) = changed(store.insert(video(1), by(7)).await.unwrap());
    let NewVideo { id, values, .. } = video(1);
    let expected = Video { id, values, created_at: second(7), updated_at: second(7), version: 1 };
    assert_eq!(kept, expected);
    assert_eq!((entry.version, entry.timestamp), (1, second(7)));
    assert_eq!(contents(store).await, (vec![expected], vec![entry]));
}

async fn times_that_an_import_keeps_are_kept(store: &dyn VideoRepository) {
    let (created_at, updated_at) = (Timestamp::MIN, Timestamp::MAX);
    let both = NewVideo { created_at: Some(created_at), updated_at: Some(updated_at), ..video(1) };
    let (kept, entry) = changed(store.insert(both, by(9)).await.unwrap());
    assert_eq!((kept.created_at, kept.updated_at), (created_at, updated_at));
    assert_eq!(entry.timestamp, second(9));
    assert_eq!(store.get(kept.id).await.unwrap(), Some(kept));

    let one = NewVideo { created_at: Some(second(3)), ..video(2) };
    let (kept, _) = changed(store.insert(one, by(9)).await.unwrap());
    assert_eq!((kept.created_at, kept.updated_at), (second(3), second(3)));
}

async fn the_real_sample_comes_back_as_it_went_in(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    let ids: Vec<_> = sample().iter().map(|video| video.id).collect();
    let kept = store.get_many(&ids).await.unwrap();
    for (new, kept) in sample().iter().zip(kept) {
        assert!(new.is_already(&kept.unwrap()), "{new:?}");
    }
}

async fn the_largest_and_the_smallest_values_are_kept(store: &dyn VideoRepository) {
    let longest = "é".repeat(Text::MAX_BYTES / 2);
    let largest = video_with(1, |values| {
        values.path = text(&longest);
        values.filename = text(&longest);
        values.duration_frames = quantity(Quantity::MAX);
        values.frame_rate = rate(i32::MAX, i32::MAX);
        (values.width, values.height) = (pixels(i32::MAX), pixels(i32::MAX));
        values.video_codec = text(&longest);
        values.audio_codec = Some(text(&longest));
        values.file_size = quantity(Quantity::MAX);
        values.thumbnail_path = Some(text(&longest));
    });
    let smallest = video_with(2, |values| {
        values.path = text("\u{1}");
        values.duration_frames = quantity(0);
        values.frame_rate = rate(1, i32::MAX);
        (values.width, values.height) = (pixels(1), pixels(1));
        values.audio_codec = None;
        values.file_size = quantity(0);
        values.thumbnail_path = None;
    });
    for new in [largest, smallest] {
        let (_, entry) = changed(store.insert(new.clone(), by(1)).await.unwrap());
        assert_eq!(store.get(new.id).await.unwrap().unwrap().values, new.values);
        assert_eq!(store.get_entries(&[entry.id()]).await.unwrap(), [Some(entry)]);
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn paths_that_differ_in_one_byte_are_two_paths(store: &dyn VideoRepository) {
    let paths = [
        "/é",
        "/e\u{301}",
        "/É",
        "/e",
        "/E",
        "/e ",
        "/e/",
        "//e",
        "/e\n",
        "/e\u{feff}",
        "/ｅ",
        "/e%",
        "/e_",
        "/e'",
        "/e\"",
        "1",
        "1.0",
        "/\u{10ffff}",
    ];
    for (number, path) in (1..).zip(paths) {
        let new = video_with(number, |values| values.path = text(path));
        changed(store.insert(new, by(1)).await.unwrap());
    }
    for (number, path) in (1..).zip(paths) {
        let found = store.get_by_path(path).await.unwrap().unwrap();
        assert_eq!((found.id, found.values.path.as_str()), (counted_id(number), path));
    }
}

async fn a_repeated_identical_video_adds_nothing(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let before = contents(store).await;
    let timed = NewVideo {
        created_at: Some(kept.created_at),
        updated_at: Some(kept.updated_at),
        ..video(1)
    };
    for again in [video(1), timed] {
        let answer = store.insert(again, by(9)).await.unwrap();
        assert_eq!(answer, Written { video: kept.clone(), entry: None });
    }
    assert_eq!(contents(store).await, before);
}

async fn a_repeated_video_with_other_values_finds_its_id_taken(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let before = contents(store).await;
    let moved = video_with(1, |values| values.path = text("/elsewhere"));
    let silent = video_with(1, |values| values.audio_codec = None);
    let pictured = video_with(1, |values| values.thumbnail_path = Some(text("/other.jpg")));
    let halved = video_with(1, |values| values.frame_rate = rate(48, 2));
    for other in [moved, silent, pictured, halved] {
        let answer = store.insert(other, by(9)).await;
        assert_eq!(conflicts(answer), [(0, Taken::Id(kept.id))]);
    }
    assert_eq!(contents(store).await, before);
}

async fn a_repeated_video_with_another_time_finds_its_id_taken(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let created = NewVideo { created_at: Some(second(2)), ..video(1) };
    let updated = NewVideo { updated_at: Some(second(2)), ..video(1) };
    for other in [created, updated] {
        let answer = store.insert(other, by(9)).await;
        assert_eq!(conflicts(answer), [(0, Taken::Id(kept.id))]);
    }
}

async fn a_taken_path_is_told_apart_from_a_taken_id(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let before = contents(store).await;
    let stranger = NewVideo { id: counted_id(2), ..video(1) };
    let answer = store.insert(stranger, by(9)).await;
    assert_eq!(conflicts(answer), [(0, Taken::Path(kept.values.path))]);
    assert_eq!(contents(store).await, before);
}

async fn an_id_and_a_path_that_two_videos_hold_are_both_told(store: &dyn VideoRepository) {
    let (first, second) = (add(store, 1).await, add(store, 2).await);
    let path = second.values.path;
    let between = video_with(1, |values| values.path = path.clone());
    let answer = store.insert(between, by(9)).await;
    assert_eq!(conflicts(answer), [(0, Taken::Id(first.id)), (0, Taken::Path(path))]);
}

async fn one_conflict_keeps_all_of_the_videos_out(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let before = contents(store).await;
    let taken = NewVideo { id: counted_id(9), ..video(1) };
    let videos = vec![video(2), taken, video(3)];
    let answer = store.insert_many(videos, OnConflict::Fail, by(9)).await;
    assert_eq!(conflicts(answer), [(1, Taken::Path(kept.values.path))]);
    assert_eq!(contents(store).await, before);
    assert_eq!(add(store, 2).await.version, 1, "what was kept out has no past");
}

async fn conflicts_inside_the_input_are_told_beside_the_others(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let path = |number| video(number).values.path;
    let same_id = video_with(2, |values| values.path = path(4));
    let same_path = NewVideo { id: counted_id(5), ..video(2) };
    let taken = NewVideo { id: counted_id(6), ..video(1) };
    let both = video_with(2, |values| values.path = path(3));
    let videos = vec![video(2), video(3), same_id, same_path, taken, both];
    let answer = store.insert_many(videos, OnConflict::Fail, by(9)).await;
    let expected = [
        (2, Taken::Id(counted_id(2))),
        (3, Taken::Path(path(2))),
        (4, Taken::Path(kept.values.path)),
        (5, Taken::Id(counted_id(2))),
        (5, Taken::Path(path(3))),
    ];
    assert_eq!(conflicts(answer), expected);
}

/// Whoever mends the first conflict must not find a second one behind it.
async fn a_video_with_a_conflict_stands_in_the_way_of_later_ones(store: &dyn VideoRepository) {
    let kept = add(store, 1).await;
    let free = text("/free");
    let id_taken = video_with(1, |values| values.path = free.clone());
    let path_taken = NewVideo { id: counted_id(7), ..video(1) };
    let same_id = NewVideo { id: counted_id(7), ..video(3) };
    let same_path = video_with(8, |values| values.path = free.clone());
    let videos = vec![id_taken, path_taken, same_id, same_path];
    let answer = store.insert_many(videos, OnConflict::Fail, by(9)).await;
    let expected = [
        (0, Taken::Id(kept.id)),
        (1, Taken::Path(kept.values.path)),
        (2, Taken::Id(counted_id(7))),
        (3, Taken::Path(free)),
    ];
    assert_eq!(conflicts(answer), expected);
}

async fn videos_that_are_not_valid_are_checked_and_nothing_is_written(store: &dyn VideoRepository) {
    let standing = add(store, 1).await;
    let before = contents(store).await;
    let path = |number| Some(video(number).values.path);
    let invalid = |id, path| Claim::Invalid { id, path };
    let claims = vec![
        Claim::Valid(video(1)),
        invalid(Some(standing.id), path(1)),
        invalid(None, path(1)),
        Claim::Valid(video(2)),
        invalid(None, path(2)),
        invalid(Some(counted_id(7)), path(3)),
        Claim::Valid(NewVideo { id: counted_id(7), ..video(3) }),
        invalid(None, None),
        Claim::Valid(video(4)),
    ];
    let found = conflicts(store.check_insert(claims, by(9)).await);
    let taken = |number| Taken::Path(video(number).values.path);
    let expected =
        [(1, Taken::Id(standing.id)), (2, taken(1)), (4, taken(2)), (6, Taken::Id(counted_id(7)))];
    assert_eq!(found, expected);
    let free = vec![Claim::Valid(video(5)), invalid(None, None)];
    store.check_insert(free, by(9)).await.unwrap();
    assert_eq!(contents(store).await, before);
}

async fn the_same_video_twice_in_one_input_is_added_once(store: &dyn VideoRepository) {
    let videos = vec![video(1), video(1)];
    let written = store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    assert_eq!(written[0].video, written[1].video);
    assert_eq!(written[1].entry, None);
    let entry = written[0].entry.clone().unwrap();
    assert_eq!(contents(store).await, (vec![written[0].video.clone()], vec![entry]));
}

async fn many_videos_are_answered_in_the_order_of_the_input(store: &dyn VideoRepository) {
    let numbers: Vec<u64> = (1..=300).rev().collect();
    let videos = numbers.iter().map(|number| video(*number)).collect();
    let written = store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
    let ids: Vec<_> = written.iter().map(|written| written.video.id).collect();
    assert_eq!(ids, numbers.iter().map(|number| counted_id(*number)).collect::<Vec<_>>());

    let (_, log) = contents(store).await;
    let logged: Vec<_> = log.into_iter().rev().collect();
    let entries: Vec<_> = written.into_iter().map(|written| changed(written).1).collect();
    assert_eq!(logged, entries);
    assert!(logged.is_sorted_by(|one, next| one.sequence < next.sequence));
}

async fn no_videos_are_added_without_a_trace(store: &dyn VideoRepository) {
    let written = store.insert_many(vec![], OnConflict::Fail, by(1)).await.unwrap();
    assert_eq!(written, []);
    assert_eq!(contents(store).await, (vec![], vec![]));
}

async fn an_id_that_was_deleted_goes_on_from_its_last_version(store: &dyn VideoRepository) {
    let id = add(store, 1).await.id;
    for round in 1..=3 {
        let (_, deletion) = changed(store.delete(id, None, by(10)).await.unwrap());
        assert_eq!(deletion.version, 2 * round);
        let other = video_with(2, |values| values.width = pixels(round));
        let (kept, entry) = changed(store.insert(NewVideo { id, ..other }, by(20)).await.unwrap());
        assert_eq!((kept.version, entry.version), (2 * round + 1, 2 * round + 1));
        assert_eq!((kept.created_at, entry.operation), (second(20), AuditOperation::Insert));
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}
