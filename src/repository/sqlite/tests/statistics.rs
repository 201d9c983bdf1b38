//! The kinds of videos, and statistics that cannot be read from them.

use super::plans::plan;
use super::{Library, by, damage, id, video};
use crate::domain::filter::{IntegerField, IntegerTest};
use crate::domain::{NewVideo, SearchQuery, VideoFilter};
use crate::repository::memory::MemoryRepository;
use crate::repository::sql::promises::statistics::{assert_kept, filters, videos};
use crate::repository::sqlite::found_positions::Exact;
use crate::repository::sqlite::statistics;
use crate::repository::{OnConflict, VideoReader, VideoRepository};

/// Filters with searches: for all videos, for many, for one, and for others than those.
fn searches() -> Vec<VideoFilter> {
    let search = |query| VideoFilter::Search(SearchQuery::parse(query).unwrap());
    let wide = VideoFilter::Integer(IntegerField::Width, IntegerTest::Eq(641));
    let not = |filter| VideoFilter::except(filter);
    vec![
        search("media"),
        search("1"),
        search("77.mkv"),
        search("/media/77.mkv"),
        VideoFilter::All(vec![search("media"), wide.clone()]),
        VideoFilter::All(vec![search("12"), not(wide)]),
        VideoFilter::All(vec![search("mkv"), not(search("1"))]),
        not(search("1")),
    ]
}

#[tokio::test]
async fn statistics_are_those_of_the_definition_after_every_change() {
    let Library { store, .. } = &Library::new().await;
    assert_kept(store, &[filters(), searches()].concat()).await;
}

#[tokio::test]
async fn a_kind_goes_with_its_last_video() {
    let Library { store, directory } = &Library::new().await;
    store.insert_many(videos(), OnConflict::Fail, by()).await.unwrap();
    for number in 1..=255 {
        store.delete(id(number), None, by()).await.unwrap();
    }
    let count = "SELECT count(*) FROM video_kinds";
    let kinds: i64 = damage::raw(directory).query_row(count, (), |row| row.get(0)).unwrap();
    assert_eq!(kinds, 1);
}

#[tokio::test]
async fn a_check_names_the_kinds_that_are_wrong() {
    let sums = "the statistics of kind 1 do not match its videos".to_owned();
    let kind = format!("video {}: it refers to the wrong kind", id(1));
    for (sql, fault) in [
        ("UPDATE video_kinds SET videos = 9", &sums),
        ("UPDATE video_kinds SET frames_low = 7", &sums),
        ("UPDATE video_kinds SET audio_codec = 'aac'", &kind),
        ("UPDATE video_kinds SET height = 7", &kind),
        (
            "INSERT INTO video_kinds
            SELECT 7, 'new', audio_codec, width, height, 24, 1, 1, 0, 0, 0, 0 FROM video_kinds",
            &sums.replace("kind 1", "kind 7"),
        ),
    ] {
        let Library { store, directory } = &Library::new().await;
        store.insert(video(1), by()).await.unwrap();
        damage::raw(directory).execute_batch(sql).unwrap();
        assert_eq!(store.check().await.unwrap(), [fault.as_str()], "{sql}");
    }
}

#[tokio::test]
async fn what_the_kinds_tell_does_not_touch_the_videos() {
    let library = Library::new().await;
    let [everything, on_codec, .., on_size, on_name, _] = &filters()[..] else { panic!("too few") };
    for filter in [everything, on_codec] {
        for statement in [statistics::count_of(filter), statistics::kinds_of(filter)] {
            let steps = plan(&library, statement).await;
            assert_eq!(steps, ["SCAN video_kinds"], "{filter:?}");
        }
    }
    for filter in [on_size, on_name] {
        let steps = plan(&library, statistics::kinds_of(filter)).await;
        assert_eq!(steps[..2], ["SCAN videos", "USE TEMP B-TREE FOR GROUP BY"], "{filter:?}");
    }
}

#[tokio::test]
async fn a_count_needs_one_index_or_goes_through_the_table() {
    let library = Library::new().await;
    let [.., on_size, on_name, _] = &filters()[..] else { panic!("too few") };
    let both = VideoFilter::All(vec![on_size.clone(), on_name.clone()]);
    for (filter, step) in [
        (on_size, "SCAN videos USING COVERING INDEX videos_file_size"),
        (on_name, "SCAN videos USING COVERING INDEX videos_filename"),
        (&both, "SCAN videos"),
    ] {
        assert_eq!(plan(&library, statistics::count_of(filter)).await, [step], "{filter:?}");
    }
}

#[tokio::test]
async fn few_hits_are_read_by_position_and_many_with_the_table() {
    let library = Library::new().await;
    let query = SearchQuery::parse("two -towers").unwrap();
    let everything = VideoFilter::everything();
    let by_position = statistics::kinds_of_hits(&query, &everything, Exact::None);
    let steps = plan(&library, by_position).await;
    let starts =
        ["SCAN video_search VIRTUAL TABLE INDEX", "SEARCH videos USING INTEGER PRIMARY KEY"];
    for start in starts {
        let count = steps.iter().filter(|step| step.starts_with(start)).count();
        assert_eq!(count, 1, "{start}: {steps:#?}");
    }
    let with_table = statistics::kinds_of(&VideoFilter::Search(query));
    assert_eq!(plan(&library, with_table).await[0], "SCAN videos");
}

#[tokio::test]
async fn sums_of_hits_hold_when_videos_move_to_other_positions() {
    let Library { store, directory } = &Library::new().await;
    let expected = &MemoryRepository::new();
    let videos = videos();
    // All are added at the same time, so there is soon no position left between two of them.
    for (number, new) in (0..256).map(|number| number * 73 % 256).zip(&videos) {
        let new = NewVideo { id: id(u8::try_from(number).unwrap()), ..new.clone() };
        store.insert(new.clone(), by()).await.unwrap();
        expected.insert(new, by()).await.unwrap();
        if number % 4 == 0 {
            for filter in &searches() {
                let stats = store.stats(filter).await.unwrap();
                assert_eq!(stats, expected.stats(filter).await.unwrap(), "{number} {filter:?}");
            }
        }
    }
    let moves = "SELECT user_version FROM pragma_user_version";
    let moves: i64 = damage::raw(directory).query_row(moves, (), |row| row.get(0)).unwrap();
    assert_ne!(moves, 0, "nothing has moved");
}
