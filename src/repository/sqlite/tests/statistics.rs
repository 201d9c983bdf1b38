//! The kinds of videos, and statistics that cannot be read from them.

use super::plans::plan;
use super::{Library, by, damage, id, path, video};
use crate::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use crate::domain::{
    Dimension, FrameRate, NewVideo, Quantity, SearchQuery, VideoFilter, VideoPatch,
};
use crate::repository::memory::MemoryRepository;
use crate::repository::sqlite::found_positions::Exact;
use crate::repository::sqlite::{SqliteRepository, statistics};
use crate::repository::{OnConflict, VideoReader, VideoRepository, Write};

/// Videos, some of which have values in common, and some of which are as large as possible.
fn videos() -> Vec<NewVideo> {
    let videos = (0..=255).map(|number| {
        let mut new = video(number);
        let values = &mut new.values;
        values.frame_rate = FrameRate::new(24 * i32::from(number % 3 + 1), 1).unwrap();
        values.width = Dimension::new(640 + i32::from(number % 5)).unwrap();
        values.video_codec = path(["h264", "hevc", "H264", "av1"][usize::from(number) % 4]);
        values.audio_codec = (number % 7 > 0).then(|| path(["aac", "é"][usize::from(number) % 2]));
        if number % 2 == 0 {
            values.file_size = Quantity::new(Quantity::MAX).unwrap();
            values.duration_frames = Quantity::new(Quantity::MAX).unwrap();
        }
        new
    });
    videos.collect()
}

/// Everything, what kinds have, what they do not have, and nothing.
fn filters() -> Vec<VideoFilter> {
    let codec = |test| VideoFilter::Text(TextField::VideoCodec, test);
    vec![
        VideoFilter::everything(),
        codec(TextTest::Ne("av1".into())),
        VideoFilter::Not(Box::new(VideoFilter::Integer(
            IntegerField::FileSize,
            IntegerTest::Is(Comparison::Lt, 5001),
        ))),
        VideoFilter::Text(TextField::Filename, TextTest::Contains("1".into())),
        codec(TextTest::Eq("vp9".into())),
    ]
}

/// Filters with searches: for all videos, for many, for one, and for others than those.
fn searches() -> Vec<VideoFilter> {
    let search = |query| VideoFilter::Search(SearchQuery::parse(query).unwrap());
    let wide = VideoFilter::Integer(IntegerField::Width, IntegerTest::Eq(641));
    let not = |filter| VideoFilter::Not(Box::new(filter));
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

async fn assert_same_statistics(store: &SqliteRepository, expected: &MemoryRepository) {
    for filter in &[filters(), searches()].concat() {
        let count = store.count(filter).await.unwrap();
        assert_eq!(count, expected.count(filter).await.unwrap(), "{filter:?}");
        let stats = store.stats(filter).await.unwrap();
        assert_eq!(stats, expected.stats(filter).await.unwrap(), "{filter:?}");
    }
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn statistics_are_those_of_the_definition_after_every_change() {
    let Library { store, .. } = &Library::new().await;
    let expected = &MemoryRepository::new();
    assert_same_statistics(store, expected).await;

    let patch = VideoPatch {
        video_codec: Some(path("vp9")),
        width: Some(Dimension::new(7).unwrap()),
        audio_codec: Some(None),
        file_size: Some(Quantity::new(1).unwrap()),
        frame_rate: Some(FrameRate::new(7, 1).unwrap()),
        ..VideoPatch::default()
    };
    let update =
        |number| Write::Update { id: id(number), patch: patch.clone(), expected_version: None };
    let delete = |number| Write::Delete { id: id(number), expected_version: None };
    let insert = || Write::Insert { videos: videos(), on_conflict: OnConflict::Skip };
    for writes in [
        vec![insert()],
        vec![update(1), update(2), update(1)],
        (0..=255).filter(|number| number % 3 > 0).map(delete).collect(),
        vec![insert()],
        (0..=255).map(delete).collect(),
    ] {
        for write in writes {
            expected.write(write.clone(), by()).await.unwrap();
            store.write(write, by()).await.unwrap();
        }
        assert_same_statistics(store, expected).await;
    }
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
    let [everything, on_codec, on_size, on_name, ..] = &filters()[..] else { panic!("too few") };
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
