//! The numbers behind a library's overview, against the definitions that add them up one by one.

use proptest::test_runner::TestCaseError;
use reelgraph::domain::filter::{IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::{
    Facet, NewVideo, Quantity, Video, VideoFilter, VideoPatch, VideoStats, VideoTotals,
};
use reelgraph::repository::{OnConflict, VideoRepository};
use tokio::runtime::Runtime;

use super::library::filled;
use super::stores::Opened;
use super::{add, contents};
use crate::support::clock::counted_id;
use crate::support::filters::{any_filter, is_match};
use crate::support::properties::check;
use crate::support::videos::{by, pixels, quantity, rate, sample, text, video_with};

contract_suite! {
    cases:
        no_videos_come_to_nothing,
        the_sample_is_added_up_and_counted,
        sums_go_beyond_every_machine_word,
        equal_frame_rates_in_another_form_are_kept_apart,
        ties_go_by_value_and_none_comes_before_text,
        every_change_counts_at_once;
    properties: statistics_of_any_filter_are_as_defined;
}

/// Compares all statistics of the videos that pass a filter with what they must be.
///
/// # Errors
/// What is not as it must be, in words.
pub async fn are_as_defined(
    store: &dyn VideoRepository,
    filter: &VideoFilter,
    videos: &[Video],
) -> Result<(), String> {
    let mut expected = VideoStats::default();
    videos.iter().filter(|video| is_match(filter, video)).for_each(|video| expected.add(video));
    let stats = store.stats(filter).await.map_err(|error| format!("{filter:?}: {error:?}"))?;
    if stats != expected {
        return Err(format!("{filter:?} comes to {stats:#?} where it is {expected:#?}"));
    }
    let count = store.count(filter).await.map_err(|error| format!("{filter:?}: {error:?}"))?;
    if count != expected.totals.count {
        return Err(format!("{filter:?} are {count} where they are {}", expected.totals.count));
    }
    Ok(())
}

/// Checks the statistics of the whole library and of some parts of it.
async fn check_statistics(store: &dyn VideoRepository) {
    let (videos, _) = contents(store).await;
    let audio = |test| VideoFilter::Text(TextField::AudioCodec, test);
    for filter in [
        VideoFilter::everything(),
        VideoFilter::Any(vec![]),
        audio(TextTest::IsNull(true)),
        audio(TextTest::Eq("aac".into())),
    ] {
        are_as_defined(store, &filter, &videos).await.unwrap();
    }
}

async fn no_videos_come_to_nothing(store: &dyn VideoRepository) {
    let everything = VideoFilter::everything();
    let stats = store.stats(&everything).await.unwrap();
    assert_eq!(stats, VideoStats::default());
    for facet in Facet::ALL {
        assert_eq!(stats.most_frequent(facet, 9), []);
    }
}

async fn the_sample_is_added_up_and_counted(store: &dyn VideoRepository) {
    store.insert_many(sample().to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    let stats = store.stats(&VideoFilter::everything()).await.unwrap();
    assert_eq!(stats.totals.count, sample().len() as u64);
    check_statistics(store).await;
}

async fn sums_go_beyond_every_machine_word(store: &dyn VideoRepository) {
    const COUNT: u64 = 2100;
    let largest = |number: u64| NewVideo {
        id: counted_id(number),
        ..video_with(1, |values| {
            values.path = text(&format!("/{number}"));
            values.file_size = quantity(Quantity::MAX);
            values.duration_frames = quantity(Quantity::MAX);
            values.frame_rate = rate(24, 1);
        })
    };
    let videos: Vec<NewVideo> = (0..COUNT).map(largest).collect();
    for videos in videos.chunks(700) {
        store.insert_many(videos.to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    }
    let sum = u128::from(COUNT) * u128::from(Quantity::MAX.unsigned_abs());
    assert!(sum > u128::from(u64::MAX));
    let largest = IntegerTest::Eq(Quantity::MAX);
    let largest = VideoFilter::Integer(IntegerField::FileSize, largest);
    for filter in [VideoFilter::everything(), largest] {
        let VideoStats { totals, .. } = store.stats(&filter).await.unwrap();
        let frames = [(rate(24, 1), sum)].into();
        assert_eq!(totals, VideoTotals { count: COUNT, file_size: sum, frames }, "{filter:?}");
    }
    for number in 0..3 {
        store.delete(counted_id(number), None, by(2)).await.unwrap();
    }
    check_statistics(store).await;
}

async fn equal_frame_rates_in_another_form_are_kept_apart(store: &dyn VideoRepository) {
    let rates = [rate(24, 1), rate(48, 2), rate(1, i32::MAX), rate(i32::MAX, 1), rate(24, 1)];
    for (number, frame_rate) in (1..).zip(rates) {
        let video = video_with(number, |values| {
            values.frame_rate = frame_rate;
            values.duration_frames = quantity(if number == 5 { 0 } else { 7 });
        });
        store.insert(video, by(1)).await.unwrap();
    }
    let stats = store.stats(&VideoFilter::everything()).await.unwrap();
    assert_eq!(stats.totals.frames.len(), 4);
    check_statistics(store).await;
}

async fn ties_go_by_value_and_none_comes_before_text(store: &dyn VideoRepository) {
    let codecs = [None, Some("é"), Some("aac"), Some("AAC"), Some("a"), Some("a b"), Some("𝒂")];
    let sizes = [(2, 1), (1, 2), (10, 1), (1, 10), (1, 1), (9, 9), (2, 2)];
    for (number, (codec, (width, height))) in (1..).zip(codecs.into_iter().zip(sizes)) {
        let video = video_with(number, |values| {
            values.audio_codec = codec.map(text);
            values.video_codec = text(codec.unwrap_or("\u{ffff}"));
            (values.width, values.height) = (pixels(width), pixels(height));
        });
        store.insert(video, by(1)).await.unwrap();
    }
    let counted = async |facet: Facet| {
        let stats = store.stats(&VideoFilter::everything()).await.unwrap();
        let counts = stats.most_frequent(facet, 100);
        assert!(counts.iter().all(|count| count.totals.count == 1), "{counts:?}");
        counts.into_iter().map(|count| count.value).collect::<Vec<_>>()
    };
    for facet in Facet::ALL {
        assert!(counted(facet).await.is_sorted(), "{facet:?}");
    }
    check_statistics(store).await;
}

async fn every_change_counts_at_once(store: &dyn VideoRepository) {
    for number in 1..=4 {
        add(store, number).await;
    }
    let id = counted_id(1);
    for patch in [
        VideoPatch { video_codec: Some(text("av1")), ..VideoPatch::default() },
        VideoPatch { audio_codec: Some(None), ..VideoPatch::default() },
        VideoPatch { audio_codec: Some(Some(text("opus"))), ..VideoPatch::default() },
        VideoPatch { width: Some(pixels(1)), ..VideoPatch::default() },
        VideoPatch { frame_rate: Some(rate(7, 1)), ..VideoPatch::default() },
        VideoPatch { duration_frames: Some(quantity(0)), ..VideoPatch::default() },
        VideoPatch { file_size: Some(quantity(Quantity::MAX)), ..VideoPatch::default() },
        VideoPatch { path: Some(text("/elsewhere")), ..VideoPatch::default() },
    ] {
        store.update(id, patch, None, by(5)).await.unwrap();
        check_statistics(store).await;
    }
    let replaced = vec![video_with(2, |values| values.video_codec = text("av1"))];
    store.insert_many(replaced.clone(), OnConflict::Skip, by(6)).await.unwrap();
    check_statistics(store).await;
    store.insert_many(replaced, OnConflict::Update, by(6)).await.unwrap();
    check_statistics(store).await;
    for number in 1..=4 {
        store.delete(counted_id(number), None, by(7)).await.unwrap();
        check_statistics(store).await;
    }
    no_videos_come_to_nothing(store).await;
    add(store, 1).await;
    check_statistics(store).await;
}

fn statistics_of_any_filter_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    check(&runtime, any_filter(videos.clone()), async |filter| {
        are_as_defined(&*opened.store, &filter, &videos).await.map_err(TestCaseError::fail)
    });
}
