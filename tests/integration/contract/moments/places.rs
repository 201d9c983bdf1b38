//! Which moment a time, or the cursor of a change, is.

use reelgraph::domain::{AuditFilter, LogPosition, Timestamp, VideoFilter};
use reelgraph::history::moment::{MomentAt, MomentError, MomentSettings, Moments};
use reelgraph::repository::{OnConflict, SnapshotReads, VideoRepository, Write};

use super::{UNLIMITED, moment_at};
use crate::contract::add;
use crate::support::videos::{by, second, video};

contract_suite! {
    cases:
        a_time_is_the_end_of_what_was_written_by_then,
        a_time_ends_where_the_log_first_goes_beyond_it,
        a_place_inside_a_write_is_the_end_of_it,
        before_the_first_change_the_library_was_empty,
        a_place_that_is_not_in_the_log_is_no_moment,
        a_moment_with_too_many_changes_since_is_too_far,
        a_moment_that_was_asked_for_before_is_read_on_from;
}

async fn log_of(store: &dyn VideoRepository) -> Vec<reelgraph::domain::AuditEntry> {
    store.entries_after(0, &AuditFilter::default(), usize::MAX).await.unwrap()
}

async fn sequence_at(store: &dyn VideoRepository, at: MomentAt) -> i64 {
    moment_at(&Moments::new(UNLIMITED), store, at).await.at().place.sequence
}

async fn a_time_is_the_end_of_what_was_written_by_then(store: &dyn VideoRepository) {
    for (number, at) in [(1, 10), (2, 20), (3, 20), (4, 30)] {
        store.insert(video(number), by(at)).await.unwrap();
    }
    for (time, sequence) in [(9, 0), (10, 1), (19, 1), (20, 3), (29, 3), (30, 4), (99, 4)] {
        assert_eq!(sequence_at(store, MomentAt::Time(second(time))).await, sequence, "{time}");
    }
    assert_eq!(sequence_at(store, MomentAt::Time(Timestamp::MIN)).await, 0);
    assert_eq!(sequence_at(store, MomentAt::Time(Timestamp::MAX)).await, 4);
}

async fn a_time_ends_where_the_log_first_goes_beyond_it(store: &dyn VideoRepository) {
    for number in 1..=4 {
        add(store, number).await;
    }
    // As programs wrote it that timestamped changes by the clock alone.
    let mut log = log_of(store).await;
    store.write(Write::Replay(Vec::new()), by(1)).await.unwrap();
    let elsewhere = reelgraph::repository::memory::MemoryRepository::new();
    for (entry, at) in log.iter_mut().zip([10, 30, 20, 40]) {
        entry.timestamp = second(at);
        entry.write_end = entry.sequence;
    }
    elsewhere.write(Write::Replay(log), by(1)).await.unwrap();
    for (time, sequence) in [(9, 0), (10, 1), (20, 1), (29, 1), (30, 3), (40, 4)] {
        let found = sequence_at(&elsewhere, MomentAt::Time(second(time))).await;
        assert_eq!(found, sequence, "{time}");
    }
}

async fn a_place_inside_a_write_is_the_end_of_it(store: &dyn VideoRepository) {
    add(store, 1).await;
    let videos = (2..=4).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by(2)).await.unwrap();
    for (place, end) in log_of(store).await.iter().zip([1, 4, 4, 4]) {
        let at = MomentAt::Place(LogPosition::behind(place));
        assert_eq!(sequence_at(store, at).await, end);
    }
}

async fn before_the_first_change_the_library_was_empty(store: &dyn VideoRepository) {
    let everything = VideoFilter::everything();
    // However much has happened since.
    let moments = Moments::new(MomentSettings { max_changes: 1, ..UNLIMITED });
    for _ in 0..2 {
        for at in [MomentAt::Time(Timestamp::MIN), MomentAt::Place(LogPosition::START)] {
            let moment = moment_at(&moments, store, at).await;
            assert_eq!(moment.at().time, None);
            assert_eq!(moment.count(&everything).await.unwrap(), 0);
            let totals = moment.stats(&everything).await.unwrap().totals;
            assert_eq!(totals.count, 0);
        }
        let videos = (1..=3).map(video).collect();
        store.insert_many(videos, OnConflict::Skip, by(2)).await.unwrap();
    }
}

async fn a_place_that_is_not_in_the_log_is_no_moment(store: &dyn VideoRepository) {
    add(store, 1).await;
    let newest = store.newest().await.unwrap();
    for place in [
        LogPosition { sequence: 2, ..newest },
        LogPosition { fingerprint: newest.fingerprint ^ 1, ..newest },
        LogPosition { sequence: i64::MIN, ..newest },
        LogPosition { sequence: i64::MAX, ..newest },
    ] {
        let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
        let found = Moments::new(UNLIMITED).at(snapshot, MomentAt::Place(place)).await;
        assert!(matches!(found.err(), Some(MomentError::UnknownPlace)), "{place:?}");
    }
}

async fn a_moment_with_too_many_changes_since_is_too_far(store: &dyn VideoRepository) {
    let moments = Moments::new(MomentSettings { max_changes: 3, ..UNLIMITED });
    add(store, 1).await;
    let place = store.newest().await.unwrap();
    for number in 2..=5 {
        let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
        assert!(moments.at(snapshot, MomentAt::Place(place)).await.is_ok(), "{number}");
        add(store, number).await;
    }
    let snapshot = store.snapshot(SnapshotReads::All).await.unwrap();
    let found = moments.at(snapshot, MomentAt::Place(place)).await;
    let Some(MomentError::TooFar { changes, limit }) = found.err() else {
        panic!("it is not too far");
    };
    assert_eq!((changes, limit), (4, 3));
}

async fn a_moment_that_was_asked_for_before_is_read_on_from(store: &dyn VideoRepository) {
    let moments = Moments::new(UNLIMITED);
    add(store, 1).await;
    let place = MomentAt::Place(store.newest().await.unwrap());
    let early = store.snapshot(SnapshotReads::All).await.unwrap();
    for number in 2..=4 {
        add(store, number).await;
        let moment = moment_at(&moments, store, place).await;
        assert_eq!(moment.count(&VideoFilter::everything()).await.unwrap(), 1, "{number}");
    }
    // One who sees less than what is known by then.
    let moment = moments.at(early, place).await.unwrap();
    assert_eq!(moment.count(&VideoFilter::everything()).await.unwrap(), 1);
}
