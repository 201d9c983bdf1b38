//! Statistics, which are those of the definition after every change.

use super::{by, id};
use crate::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use crate::domain::{
    Dimension, FrameRate, NewVideo, Quantity, Text, VideoFilter, VideoPatch, samples,
};
use crate::repository::memory::MemoryRepository;
use crate::repository::{OnConflict, VideoReader, VideoRepository, Write};

/// Videos, some of which have values in common, and some of which are as large as possible.
pub(in crate::repository) fn videos() -> Vec<NewVideo> {
    let long = "x".repeat(4000);
    let videos = (0..=255).map(|number| {
        let mut new = samples::new_video(number, &format!("/media/{number}.mkv"));
        let values = &mut new.values;
        values.filename = text(&format!("{number}.mkv"));
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
pub(in crate::repository) fn filters() -> Vec<VideoFilter> {
    let codec = |test| VideoFilter::Text(TextField::VideoCodec, test);
    vec![
        VideoFilter::everything(),
        codec(TextTest::Ne("hevc".into())),
        codec(TextTest::In(vec!["hevc".into(), "x".repeat(4000)])),
        VideoFilter::Text(TextField::AudioCodec, TextTest::StartsWith("a".into())),
        VideoFilter::except(VideoFilter::Integer(
            IntegerField::FileSize,
            IntegerTest::Is(Comparison::Lt, 1_000_001),
        )),
        VideoFilter::Text(TextField::Filename, TextTest::Contains("1".into())),
        codec(TextTest::Eq("vp9".into())),
    ]
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

async fn assert_same(
    store: &dyn VideoRepository,
    expected: &MemoryRepository,
    filters: &[VideoFilter],
) {
    for filter in filters {
        let count = store.count(filter).await.unwrap();
        assert_eq!(count, expected.count(filter).await.unwrap(), "{filter:?}");
        let stats = store.stats(filter).await.unwrap();
        assert_eq!(stats, expected.stats(filter).await.unwrap(), "{filter:?}");
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

/// The statistics of these filters are those of the definition while videos come, change, go, come back
/// and go again.
pub(in crate::repository) async fn assert_kept(
    store: &dyn VideoRepository,
    filters: &[VideoFilter],
) {
    let expected = &MemoryRepository::new();
    assert_same(store, expected, filters).await;

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
        assert_same(store, expected, filters).await;
    }
}
