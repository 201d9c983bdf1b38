//! How SQLite reads the videos for statistics by groups.

use super::plans::plan;
use super::{Library, by, damage, id, video};
use crate::domain::filter::{Comparison, IntegerField, IntegerTest};
use crate::domain::stats::{
    Bounds, Folder, FolderPage, TimeField, TimeGrouping, TimeUnit, TimeZone,
};
use crate::domain::{NewVideo, SearchQuery, Timestamp, VideoFilter};
use crate::repository::sqlite::columns::VideoColumn;
use crate::repository::sqlite::matching::Matching;
use crate::repository::sqlite::reader::Reader;
use crate::repository::sqlite::{breakdowns, folders};
use crate::repository::{BreakdownReader, OnConflict, VideoRepository};

fn is_large() -> VideoFilter {
    VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Is(Comparison::Gt, 1))
}

fn is_new() -> VideoFilter {
    VideoFilter::Integer(IntegerField::CreatedAt, IntegerTest::Is(Comparison::Gt, 1))
}

fn table(filter: VideoFilter) -> Matching {
    Matching::Table(filter)
}

fn page(under: Option<&str>, after: Option<&str>) -> FolderPage {
    let under = under.map(|under| Folder::new(under).unwrap());
    FolderPage { under, after: after.map(str::to_owned), limit: 9 }
}

#[tokio::test]
async fn groups_are_one_pass_without_sorting() {
    let library = Library::new().await;
    let by_size = "SCAN videos USING COVERING INDEX videos_file_size";
    for (statement, steps) in [
        (breakdowns::times(&table(VideoFilter::everything()), TimeField::CreatedAt), "SCAN videos"),
        (breakdowns::times(&table(is_large()), TimeField::CreatedAt), "SCAN videos"),
        (breakdowns::times(&table(is_new()), TimeField::UpdatedAt), "SCAN videos"),
        (breakdowns::sizes_with(VideoColumn::DurationSeconds, &table(is_large())), "SCAN videos"),
        (breakdowns::sizes(&table(VideoFilter::everything())), by_size),
        (breakdowns::sizes(&table(is_new())), "SCAN videos"),
        (breakdowns::extremes_of(&table(is_new())), "SCAN videos"),
        (
            folders::videos_of(&table(is_new()), &page(Some("/"), None), folders::BY_TABLE),
            "SCAN videos",
        ),
        (
            folders::videos_of(&table(is_large()), &page(None, Some("/a/")), folders::BY_TABLE),
            "SCAN videos",
        ),
    ] {
        let text = statement.text().to_owned();
        assert_eq!(plan(&library, statement).await, [steps], "{text}");
    }
    let ranged = plan(&library, breakdowns::sizes(&table(is_large()))).await;
    assert_eq!(ranged, ["SEARCH videos USING COVERING INDEX videos_file_size (file_size>?)"]);
}

#[tokio::test]
async fn the_extremes_of_all_videos_are_at_the_ends_of_indexes() {
    let library = Library::new().await;
    let steps = plan(&library, breakdowns::extremes_of(&table(VideoFilter::everything()))).await;
    let lookups = steps.iter().filter(|step| step.starts_with("SEARCH videos USING"));
    assert_eq!(lookups.count(), 4, "{steps:?}");
    assert!(!steps.iter().any(|step| step.starts_with("SCAN videos")), "{steps:?}");
}

#[tokio::test]
async fn few_videos_below_a_folder_are_found_by_their_paths() {
    let library = Library::new().await;
    let index = "USING INDEX sqlite_autoindex_videos_2";
    for (page, range) in [
        (page(Some("/a/"), None), "(path>? AND path<?)"),
        (page(Some("/a/"), Some("/a/b/")), "(path>? AND path<?)"),
        (page(None, Some("/a/")), "(path>?)"),
    ] {
        let statement = folders::videos_of(&table(is_new()), &page, folders::BY_PATH);
        assert_eq!(plan(&library, statement).await, [format!("SEARCH videos {index} {range}")]);
        let few = plan(&library, folders::few_of(&page).unwrap()).await;
        assert_eq!(
            few[0],
            format!("SEARCH videos {} {range}", index.replace("INDEX", "COVERING INDEX"))
        );
    }
    assert!(folders::few_of(&page(None, None)).is_none());
}

#[tokio::test]
async fn what_is_no_value_in_a_library_is_an_error_and_no_panic() {
    let Library { store, directory } = &Library::new().await;
    let video = NewVideo { id: id(1), ..video(1) };
    store.insert_many(vec![video], OnConflict::Fail, by()).await.unwrap();
    let sql = "PRAGMA ignore_check_constraints = TRUE; UPDATE videos SET file_size = -1, \
                  created_at = 9223372036854775807, path = '/' || char(0)";
    damage::raw(directory).execute_batch(sql).unwrap();
    let everything = VideoFilter::everything();
    let (field, unit, zone) = (TimeField::CreatedAt, TimeUnit::Day, TimeZone::UTC);
    let grouping = TimeGrouping { field, unit, zone, limit: 1 };
    assert!(store.time_buckets(&everything, &grouping).await.is_err());
    let bounds = Bounds::new(vec![1]).unwrap();
    assert!(store.file_sizes(&everything, &bounds).await.is_err());
    assert!(store.extremes(&everything).await.is_err());
    assert!(store.folders(&everything, &page(None, None)).await.is_err());
}

#[tokio::test]
async fn the_newest_days_are_read_without_the_older_ones() {
    let Library { store, directory } = &Library::new().await;
    let new = |number: u8, day: i64| NewVideo {
        created_at: Some(Timestamp::from_micros(day * 86_400_000_000).unwrap()),
        ..video(number)
    };
    let videos = vec![new(1, 5), new(2, 6), new(3, 6), new(4, 7)];
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    let sql = "PRAGMA ignore_check_constraints = TRUE; UPDATE videos SET file_size = -1
        WHERE position = (SELECT min(position) FROM videos)";
    damage::raw(directory).execute_batch(sql).unwrap();
    let days = async |limit| {
        let (field, unit, zone) = (TimeField::CreatedAt, TimeUnit::Day, TimeZone::UTC);
        let grouping = TimeGrouping { field, unit, zone, limit };
        store.time_buckets(&VideoFilter::everything(), &grouping).await
    };
    let newest = days(2).await.unwrap();
    assert_eq!(newest.iter().map(|day| day.sums.count).collect::<Vec<_>>(), [1, 2]);
    assert!(days(3).await.is_err(), "the damaged one is read");
}

#[tokio::test]
async fn the_hits_of_a_rare_search_are_read_by_their_positions() {
    let Library { store, .. } = &Library::new().await;
    store.insert_many((1..=50).map(video).collect(), OnConflict::Fail, by()).await.unwrap();
    let name = video(7).values.path.as_str().to_owned();
    let filter = VideoFilter::Search(SearchQuery::parse(&name).unwrap());
    let found = filter.clone();
    let is_table = move |reader: &Reader| Ok(Matching::of(reader, &found)?.is_table());
    assert!(!store.readers.read("find hits", is_table).await.unwrap());
    let folders = store.folders(&filter, &page(None, None)).await.unwrap();
    assert_eq!(folders.iter().map(|it| it.sums.count).sum::<u64>(), 1, "{folders:?}");
}
