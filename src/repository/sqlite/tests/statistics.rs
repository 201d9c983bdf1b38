//! Counters, and the statistics that are computed instead where there is a filter.

use sqlx::Executor;

use super::plans::plan;
use super::{Library, by, damage, id, path, video};
use crate::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use crate::domain::{Dimension, Facet, FrameRate, NewVideo, Quantity, VideoFilter, VideoPatch};
use crate::repository::memory::MemoryRepository;
use crate::repository::sqlite::{SqliteRepository, statistics};
use crate::repository::{OnConflict, VideoReader, VideoRepository, Write};

/// Videos of which some have something in common, and some are as large as can be.
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

/// Everything, what the statistics index has, what it has not, and nothing.
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

async fn assert_same_statistics(store: &SqliteRepository, expected: &MemoryRepository) {
    for filter in &filters() {
        let count = store.count(filter).await.unwrap();
        assert_eq!(count, expected.count(filter).await.unwrap(), "{filter:?}");
        let totals = store.totals(filter).await.unwrap();
        assert_eq!(totals, expected.totals(filter).await.unwrap(), "{filter:?}");
        for facet in Facet::ALL {
            for limit in [0, 2, 100] {
                let counts = store.count_by(facet, filter, limit).await.unwrap();
                let expected = expected.count_by(facet, filter, limit).await.unwrap();
                assert_eq!(counts, expected, "{facet:?} {limit} {filter:?}");
            }
        }
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
async fn a_library_from_before_the_counters_gets_them() {
    let Library { store, directory } = Library::new().await;
    store.insert_many(videos(), OnConflict::Fail, by()).await.unwrap();
    store.close().await;
    let mut raw = damage::raw(&directory).await;
    let undo = "
        DROP INDEX videos_statistics;
        DROP TABLE video_counts;
        DROP TABLE frame_rate_totals;
        DELETE FROM _sqlx_migrations WHERE version >= 20261122100100";
    raw.execute(undo).await.unwrap();
    let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    let expected = MemoryRepository::new();
    expected.insert_many(videos(), OnConflict::Fail, by()).await.unwrap();
    assert_same_statistics(&store, &expected).await;
}

#[tokio::test]
async fn a_check_names_the_statistics_that_are_wrong() {
    for (sql, facet) in [
        ("UPDATE video_counts SET videos = 9 WHERE facet = 'everything'", "everything"),
        ("DELETE FROM video_counts WHERE facet = 'video_codec'", "video_codec"),
        ("UPDATE video_counts SET text = 'aac' WHERE facet = 'audio_codec'", "audio_codec"),
        ("UPDATE video_counts SET first = 7 WHERE facet = 'resolution'", "resolution"),
        ("UPDATE frame_rate_totals SET frames_low = 7", "frame_rate"),
        ("INSERT INTO frame_rate_totals VALUES (7, 1, 1, 0, 0, 0, 0)", "frame_rate"),
    ] {
        let Library { store, directory } = &Library::new().await;
        store.insert(video(1), by()).await.unwrap();
        damage::raw(directory).await.execute(sql).await.unwrap();
        let fault = format!("the statistics by {facet} are not what the videos come to");
        assert_eq!(store.check().await.unwrap(), [fault], "{sql}");
    }
}

#[tokio::test]
async fn statistics_of_everything_do_not_touch_the_videos() {
    let library = Library::new().await;
    let everything = VideoFilter::everything();
    for facet in Facet::ALL {
        assert_eq!(
            plan(&library, statistics::counts_of(facet, &everything, 20)).await,
            ["SEARCH video_counts USING COVERING INDEX video_counts_most_frequent (facet=?)"],
        );
    }
    let totals = plan(&library, statistics::totals_of(&everything)).await;
    assert_eq!(totals, ["SCAN frame_rate_totals"]);
}

#[tokio::test]
async fn statistics_that_one_index_has_sort_groups_and_not_videos() {
    let library = Library::new().await;
    let [_, on_codec, on_size, on_name, _] = &filters()[..] else { panic!("five filters") };
    for filter in [on_codec, on_size] {
        let mut statements: Vec<_> =
            Facet::ALL.iter().map(|facet| statistics::counts_of(*facet, filter, 20)).collect();
        statements.push(statistics::totals_of(filter));
        for statement in statements {
            let steps = plan(&library, statement).await;
            assert_eq!(steps[0], "SCAN videos USING COVERING INDEX videos_statistics", "{steps:?}");
        }
    }
    let steps = plan(&library, statistics::counts_of(Facet::VideoCodec, on_name, 20)).await;
    assert_eq!(steps[0], "SCAN videos", "{steps:?}");
}
