//! Every order of videos, with ties, forwards and backwards.

use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::domain::{
    Dimension, Direction, OrderField, OrderKey, Text, Timestamp, Video, VideoFilter, VideoOrder,
    VideoPatch,
};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::contents;
use super::definition::{Selection, walk};
use crate::support::clock::counted_id;
use crate::support::filters::is_match;
use crate::support::videos::{by, pixels, quantity, rate, second, text, video_with};

contract_suite! {
    cases:
        every_order_by_one_key_is_walked_either_way,
        every_order_by_two_keys_is_walked_either_way,
        one_key_twice_is_an_order,
        texts_are_ordered_by_their_bytes,
        texts_of_any_length_are_walked_and_found,
        names_are_in_natural_order,
        no_audio_comes_before_every_codec,
        resolutions_are_ordered_by_area_and_then_by_width,
        ties_go_by_id_in_the_direction_of_the_last_key;
}

/// Twenty-four videos that have few values for each key, so that ties are everywhere; some of the
/// equal durations are equal only as seconds.
async fn fill(store: &dyn VideoRepository) -> Vec<Video> {
    const NAMES: [&str; 4] = ["b", "B", "é", "b c"];
    let durations = [(48, rate(24, 1)), (96, rate(48, 1)), (1, rate(3, 1)), (0, rate(25, 1))];
    let videos = (0..24_u8).map(|number| {
        let nth = |length: u8| usize::from(number % length);
        let (frames, frame_rate) = durations[nth(4)];
        let mut video = video_with(u64::from(number), |values| {
            values.path = text(&format!("/{}/{number}", NAMES[nth(3)]));
            values.filename = text(NAMES[nth(4)]);
            values.duration_frames = quantity(frames);
            values.frame_rate = frame_rate;
            values.file_size = quantity([0, 1 << 52, 7][nth(3)]);
            values.video_codec = text(["h264", "H264", "av1"][nth(3)]);
            values.audio_codec = [None, Some("aac"), Some("\u{1}"), None][nth(4)].map(text);
            (values.width, values.height) =
                [(6, 4), (4, 6), (8, 3), (1, 1), (i32::MAX, i32::MAX)].map(size)[nth(5)];
        });
        video.created_at = Some([second(1), second(2), Timestamp::MIN][nth(3)]);
        video.updated_at = Some([second(2), second(1)][nth(2)]);
        video
    });
    store.insert_many(videos.collect(), OnConflict::Fail, by(9)).await.unwrap();
    contents(store).await.0
}

fn size((width, height): (i32, i32)) -> (Dimension, Dimension) {
    (pixels(width), pixels(height))
}

fn every_key() -> impl Iterator<Item = OrderKey> {
    OrderField::ALL.into_iter().flat_map(|field| {
        [Direction::Asc, Direction::Desc].map(|direction| OrderKey { field, direction })
    })
}

async fn walk_by(store: &dyn VideoRepository, keys: Vec<OrderKey>, limits: &[usize]) {
    let (videos, _) = contents(store).await;
    let order = VideoOrder::by(keys);
    let selection = Selection { filter: VideoFilter::everything(), order };
    walk(store, &selection, limits, &videos).await.unwrap();
}

async fn every_order_by_one_key_is_walked_either_way(store: &dyn VideoRepository) {
    fill(store).await;
    for key in every_key() {
        for limits in [&[1][..], &[5], &[24]] {
            walk_by(store, vec![key], limits).await;
        }
    }
}

async fn every_order_by_two_keys_is_walked_either_way(store: &dyn VideoRepository) {
    fill(store).await;
    for first in every_key() {
        for last in every_key() {
            walk_by(store, vec![first, last], &[11, 7]).await;
        }
    }
}

async fn one_key_twice_is_an_order(store: &dyn VideoRepository) {
    fill(store).await;
    let key = |direction| OrderKey { field: OrderField::Filename, direction };
    walk_by(store, vec![key(Direction::Asc); 3], &[5]).await;
    walk_by(store, vec![key(Direction::Asc), key(Direction::Desc)], &[5]).await;
}

async fn ordered(store: &dyn VideoRepository, order: &VideoOrder) -> Vec<Video> {
    let all = reelgraph::domain::PageRequest::first(100);
    store.list(&VideoFilter::everything(), order, &all).await.unwrap().items
}

async fn texts_are_ordered_by_their_bytes(store: &dyn VideoRepository) {
    let names = [
        "\u{1}", " ", "10", "9", "A", "Z", "_", "a", "a ", "a b", "ab", "b", "e\u{301}", "é", "ﬀ",
        "\u{ffff}", "𝒂",
    ];
    let videos = names
        .iter()
        .rev()
        .zip(1..)
        .map(|(name, number)| video_with(number, |values| values.filename = text(name)));
    store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
    let key = OrderKey { field: OrderField::Filename, direction: Direction::Asc };
    let rows = ordered(store, &VideoOrder::by(vec![key])).await;
    let found: Vec<_> = rows.iter().map(|video| video.values.filename.as_str()).collect();
    assert_eq!(found, names);
}

/// A text with this many bytes that hardly any other of the same length has.
fn text_of(bytes: usize, seed: usize) -> Text {
    let mut state = seed.wrapping_mul(7919);
    let letters = (0..bytes).map(|_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    });
    text(&letters.collect::<String>())
}

async fn texts_of_any_length_are_walked_and_found(store: &dyn VideoRepository) {
    const LENGTHS: [usize; 7] = [1, 999, 1001, 2000, 2001, 2700, Text::MAX_BYTES];
    let videos = (0..28).map(|number| {
        let nth = usize::try_from(number).unwrap();
        let length = LENGTHS[nth % 7];
        video_with(number, |values| {
            values.path = text_of(length.max(2), nth);
            values.filename = text_of(length, nth % 14);
            values.video_codec = text_of(length, nth % 7);
            values.audio_codec = (nth % 3 > 0).then(|| text_of(length, nth % 7));
        })
    });
    store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
    let is_of_text = |key: &OrderKey| {
        let number = [OrderField::CreatedAt, OrderField::UpdatedAt, OrderField::FileSize];
        !number.contains(&key.field)
    };
    for key in every_key().filter(is_of_text) {
        walk_by(store, vec![key], &[11, 3]).await;
    }
    let (videos, _) = contents(store).await;
    for video in &videos {
        let path = video.values.path.to_string();
        let half = path[..path.len().div_ceil(2)].to_owned();
        for test in [
            TextTest::Eq(path.clone()),
            TextTest::StartsWith(half),
            TextTest::In(vec![path, "a".repeat(4000), "b".to_owned()]),
        ] {
            let filter = VideoFilter::Text(TextField::Path, test);
            let expected = videos.iter().filter(|video| is_match(&filter, video)).count();
            assert_eq!(store.count(&filter).await.unwrap(), expected as u64, "{filter:?}");
        }
    }
}

async fn names_are_in_natural_order(store: &dyn VideoRepository) {
    let names =
        ["Show E0", "show e1", "Show E2", "Shôw E2", "SHOW E10", "Show E10a", "ｓhow e11", "Showa"];
    let videos = names
        .iter()
        .rev()
        .zip(1..)
        .map(|(name, number)| video_with(number, |values| values.filename = text(name)));
    store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
    let key = OrderKey { field: OrderField::FilenameNatural, direction: Direction::Asc };
    let found = async || {
        let rows = ordered(store, &VideoOrder::by(vec![key])).await;
        rows.iter().map(|video| video.values.filename.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found().await, names);
    walk_by(store, vec![key], &[3, 1]).await;
    // A name that changes takes its new place.
    let renamed = VideoPatch { filename: Some(text("Show E3")), ..VideoPatch::default() };
    store.update(counted_id(8), renamed, None, by(2)).await.unwrap();
    assert_eq!(found().await[2..5], ["Shôw E2", "Show E3", "SHOW E10"]);
}

async fn no_audio_comes_before_every_codec(store: &dyn VideoRepository) {
    let codecs = [None, Some("\u{1}"), Some("AAC"), Some("aac"), Some("é")];
    let videos =
        codecs.iter().rev().zip(1..).map(|(codec, number)| {
            video_with(number, |values| values.audio_codec = codec.map(text))
        });
    store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
    let key = |direction| OrderKey { field: OrderField::AudioCodec, direction };
    let found = async |direction| {
        let rows = ordered(store, &VideoOrder::by(vec![key(direction)])).await;
        rows.into_iter().map(|video| video.values.audio_codec).collect::<Vec<_>>()
    };
    let mut expected: Vec<_> = codecs.iter().map(|codec| codec.map(text)).collect();
    assert_eq!(found(Direction::Asc).await, expected);
    expected.reverse();
    assert_eq!(found(Direction::Desc).await, expected);
    // One that gets a codec, and one that loses it, take their new places.
    let codec = |codec: Option<&str>| VideoPatch {
        audio_codec: Some(codec.map(text)),
        ..VideoPatch::default()
    };
    store.update(counted_id(5), codec(Some("b")), None, by(2)).await.unwrap();
    store.update(counted_id(2), codec(None), None, by(3)).await.unwrap();
    let expected: Vec<_> = [None, Some("\u{1}"), Some("AAC"), Some("b"), Some("é")]
        .iter()
        .map(|codec| codec.map(text))
        .collect();
    assert_eq!(found(Direction::Asc).await, expected);
    walk_by(store, vec![key(Direction::Asc)], &[2, 1]).await;
}

async fn resolutions_are_ordered_by_area_and_then_by_width(store: &dyn VideoRepository) {
    let sizes = [(1, 9), (2, 5), (3, 8), (4, 6), (8, 3), (i32::MAX, 1), (1920, i32::MAX)];
    let videos = sizes.iter().rev().zip(1..).map(|(numbers, number)| {
        video_with(number, |values| (values.width, values.height) = size(*numbers))
    });
    store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
    let key = OrderKey { field: OrderField::Resolution, direction: Direction::Asc };
    let rows = ordered(store, &VideoOrder::by(vec![key])).await;
    let found = rows.iter().map(|video| (video.values.width.get(), video.values.height.get()));
    assert_eq!(found.collect::<Vec<_>>(), sizes);
}

async fn ties_go_by_id_in_the_direction_of_the_last_key(store: &dyn VideoRepository) {
    let mut expected = fill(store).await;
    let key = |field, direction| OrderKey { field, direction };
    let order = VideoOrder::by(vec![
        key(OrderField::CreatedAt, Direction::Desc),
        key(OrderField::UpdatedAt, Direction::Asc),
    ]);
    expected.sort_by_key(|video| (std::cmp::Reverse(video.created_at), video.updated_at, video.id));
    assert_eq!(ordered(store, &order).await, expected);
    expected.sort_by_key(|video| std::cmp::Reverse((video.created_at, video.id)));
    assert_eq!(ordered(store, &VideoOrder::default()).await, expected);
}
