//! The kinds of videos, and statistics that are read from them or not.

use sqlx::Row;

use super::{Library, by, id, text, video};
use crate::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use crate::domain::{Dimension, FrameRate, NewVideo, Quantity, VideoFilter, VideoPatch};
use crate::repository::memory::MemoryRepository;
use crate::repository::postgres::PostgresRepository;
use crate::repository::postgres::connection::rows;
use crate::repository::sql::Sql;
use crate::repository::{OnConflict, VideoReader, VideoRepository, Write};

/// Videos, some of which have values in common, and some of which are as large as possible.
fn videos() -> Vec<NewVideo> {
    let long = "x".repeat(4000);
    let videos = (0..=255).map(|number| {
        let mut new = video(number);
        let values = &mut new.values;
        values.frame_rate = FrameRate::new(24 * i32::from(number % 3 + 1), 1).unwrap();
        values.width = Dimension::new(640 + i32::from(number % 5)).unwrap();
        values.video_codec = text(["h264", "hevc", "H264", &long][usize::from(number) % 4]);
        values.audio_codec = (number % 7 > 0).then(|| text(["aac", "é"][usize::from(number) % 2]));
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
        codec(TextTest::Ne("hevc".into())),
        codec(TextTest::In(vec!["hevc".into(), "x".repeat(4000)])),
        VideoFilter::Text(TextField::AudioCodec, TextTest::StartsWith("a".into())),
        VideoFilter::Not(Box::new(VideoFilter::Integer(
            IntegerField::FileSize,
            IntegerTest::Is(Comparison::Lt, 5_000_000),
        ))),
        VideoFilter::Text(TextField::Path, TextTest::Contains("1".into())),
        codec(TextTest::Eq("vp9".into())),
    ]
}

async fn assert_same_statistics(store: &PostgresRepository, expected: &MemoryRepository) {
    for filter in &filters() {
        let count = store.count(filter).await.unwrap();
        assert_eq!(count, expected.count(filter).await.unwrap(), "{filter:?}");
        let stats = store.stats(filter).await.unwrap();
        assert_eq!(stats, expected.stats(filter).await.unwrap(), "{filter:?}");
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn statistics_are_those_of_the_definition_after_every_change() {
    let library = Library::new().await;
    let (store, expected) = (&library.store, &MemoryRepository::new());
    assert_same_statistics(store, expected).await;

    let patch = VideoPatch {
        video_codec: Some(text("vp9")),
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
    // A kind goes with its last video.
    let count = Sql::new("SELECT count(*) FROM video_kinds");
    let found = rows(&mut library.connection().await, &count).await.unwrap();
    assert_eq!(found[0].get::<i64, _>(0), 0);
}
