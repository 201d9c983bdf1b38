//! Random filters and orders, with values drawn from the videos that are there, so that they hit.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reelgraph::domain::catalogue::Availability;
use reelgraph::domain::filter::{
    Comparison, FileTest, IdTest, IntegerField, IntegerTest, RealField, TextField, TextTest,
};
use reelgraph::domain::{
    Direction, OrderField, OrderKey, Text, Timestamp, Video, VideoFilter, VideoId, VideoOrder,
};

use super::catalogue::{placement_of, root_id};
use super::queries::any_query;

/// Filters of up to six levels of `All`, `Any` and `Not`, any test of any field at their ends.
pub fn any_filter(videos: Arc<[Video]>) -> impl Strategy<Value = VideoFilter> {
    let condition = prop_oneof![
        any_query(&videos).prop_map(VideoFilter::Search),
        any_id_condition(videos.clone()),
        any_text_condition(videos.clone()),
        any_integer_condition(videos.clone()),
        any_real_condition(videos),
        any_file_condition(),
    ];
    condition.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(VideoFilter::All),
            vec(inner.clone(), 0..4).prop_map(VideoFilter::Any),
            inner.prop_map(VideoFilter::except),
        ]
    })
}

/// On the roots of [`placement_of`], and one that no file is in.
fn any_file_condition() -> impl Strategy<Value = VideoFilter> {
    let any_roots = || vec(select(vec![1, 2, 9]).prop_map(root_id), 0..3);
    prop_oneof![
        1 => Just(VideoFilter::File(FileTest::Exists)),
        2 => any_roots().prop_map(|roots| VideoFilter::File(FileTest::In(roots))),
        2 => any_roots().prop_map(|roots| VideoFilter::File(FileTest::Reachable(roots))),
        2 => (select(&Availability::ALL[..]), any_roots())
            .prop_map(|(availability, offline)| availability.filter(&offline)),
    ]
}

/// Whether a video matches a filter, by definition.
pub fn is_match(filter: &VideoFilter, video: &Video) -> bool {
    filter.matches(video, placement_of(video))
}

/// Orders by up to three keys, the same one more than once included.
pub fn any_order() -> impl Strategy<Value = VideoOrder> {
    let direction = select(vec![Direction::Asc, Direction::Desc]);
    let key = (select(&OrderField::ALL[..]), direction)
        .prop_map(|(field, direction)| OrderKey { field, direction });
    vec(key, 0..4).prop_map(VideoOrder::by)
}

/// Mostly of videos that are there.
fn any_id_condition(videos: Arc<[Video]>) -> impl Strategy<Value = VideoFilter> {
    let any_ids = move || {
        let videos = videos.clone();
        let of_a_video = any::<Index>().prop_map(move |index| index.get(&videos).id);
        let other = any::<[u8; 16]>().prop_map(VideoId::from_bytes);
        vec(prop_oneof![4 => of_a_video, 1 => other], 0..6)
    };
    let test = prop_oneof![
        4 => any_ids().prop_map(IdTest::In),
        4 => any_ids().prop_map(IdTest::NotIn),
        1 => any::<bool>().prop_map(IdTest::IsNull),
    ];
    test.prop_map(VideoFilter::Id)
}

fn any_text_condition(videos: Arc<[Video]>) -> impl Strategy<Value = VideoFilter> {
    select(&TextField::ALL[..]).prop_flat_map(move |field| {
        let any_text = || any_text_of(field, videos.clone());
        let any_part = || any_part_of(any_text());
        let test = prop_oneof![
            any_text().prop_map(TextTest::Eq),
            any_text().prop_map(TextTest::Ne),
            vec(any_text(), 0..6).prop_map(TextTest::In),
            vec(any_text(), 0..6).prop_map(TextTest::NotIn),
            any_part().prop_map(TextTest::StartsWith),
            any_end_of(any_text()).prop_map(TextTest::EndsWith),
            any_part().prop_map(TextTest::Contains),
            any::<bool>().prop_map(TextTest::IsNull),
        ];
        test.prop_map(move |test| VideoFilter::Text(field, test))
    })
}

/// Mostly what one of the videos has, or else what none can have or what looks like a pattern.
fn any_text_of(field: TextField, videos: Arc<[Video]>) -> impl Strategy<Value = String> {
    let of_a_video = any::<Index>().prop_map(move |index| {
        let values = &index.get(&videos).values;
        let text = match field {
            TextField::Path => Some(values.path.to_string()),
            TextField::Filename => Some(values.filename.to_string()),
            TextField::VideoCodec => Some(values.video_codec.to_string()),
            TextField::AudioCodec => values.audio_codec.as_ref().map(Text::to_string),
            TextField::Fingerprint => values.facts().fingerprint.map(|it| it.to_string()),
        };
        text.unwrap_or_default()
    });
    let strange = select(vec!["", "\0", "a\0", "%", "_", "'", "\"", "\\", "é", "\u{10ffff}", "x"]);
    prop_oneof![4 => of_a_video, 1 => strange.prop_map(String::from)]
}

/// A stretch of characters, which often begins where the text does.
fn any_part_of(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, any::<Index>(), any::<Index>(), any::<bool>()).prop_map(
        |(text, begin, length, is_start)| {
            let count = text.chars().count();
            let begin = if is_start { 0 } else { begin.index(count + 1) };
            let length = length.index(count - begin + 1);
            text.chars().skip(begin).take(length).collect()
        },
    )
}

/// A stretch of characters at the end of a text.
fn any_end_of(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, any::<Index>()).prop_map(|(text, begin)| {
        let begin = begin.index(text.chars().count() + 1);
        text.chars().skip(begin).collect()
    })
}

fn any_integer_condition(videos: Arc<[Video]>) -> impl Strategy<Value = VideoFilter> {
    select(&IntegerField::ALL[..]).prop_flat_map(move |field| {
        let any_number = || any_number_of(field, videos.clone());
        let test = prop_oneof![
            any_number().prop_map(IntegerTest::Eq),
            any_number().prop_map(IntegerTest::Ne),
            vec(any_number(), 0..6).prop_map(IntegerTest::In),
            (select(&Comparison::ALL[..]), any_number())
                .prop_map(|(comparison, bound)| IntegerTest::Is(comparison, bound)),
            any::<bool>().prop_map(IntegerTest::IsNull),
        ];
        test.prop_map(move |test| VideoFilter::Integer(field, test))
    })
}

/// Mostly what one of the videos has or the number beside it, or else an end of the range.
fn any_number_of(field: IntegerField, videos: Arc<[Video]>) -> impl Strategy<Value = i64> {
    let of_a_video = any::<Index>().prop_map(move |index| {
        let video = index.get(&videos);
        match field {
            IntegerField::Width => video.values.width.get().into(),
            IntegerField::Height => video.values.height.get().into(),
            IntegerField::FileSize => video.values.file_size.get(),
            IntegerField::CreatedAt => video.created_at.as_micros(),
            IntegerField::UpdatedAt => video.updated_at.as_micros(),
            IntegerField::MissingSince => {
                video.values.facts().missing_since.map_or(0, Timestamp::as_micros)
            }
        }
    });
    let beside = (of_a_video, -1..=1_i64).prop_map(|(number, step)| number + step);
    prop_oneof![6 => beside, 1 => select(vec![i64::MIN, -1, 0, i64::MAX - 1, i64::MAX])]
}

fn any_real_condition(videos: Arc<[Video]>) -> impl Strategy<Value = VideoFilter> {
    (select(&RealField::ALL[..]), select(&Comparison::ALL[..])).prop_flat_map(
        move |(field, comparison)| {
            any_real_of(field, videos.clone())
                .prop_map(move |bound| VideoFilter::Real(field, comparison, bound))
        },
    )
}

/// Mostly what one of the videos has or the double beside it, or else an end of the range.
fn any_real_of(field: RealField, videos: Arc<[Video]>) -> impl Strategy<Value = f64> {
    let of_a_video = any::<Index>().prop_map(move |index| {
        let values = &index.get(&videos).values;
        match field {
            RealField::FrameRate => values.frame_rate.fps(),
            RealField::DurationSeconds => values.duration_seconds(),
        }
    });
    let step = select(vec![|real: f64| real, f64::next_down, f64::next_up]);
    let beside = (of_a_video, step).prop_map(|(real, step)| step(real));
    let ends = vec![f64::NEG_INFINITY, f64::MIN, -0.0, 0.0, 5e-324, f64::MAX, f64::INFINITY];
    prop_oneof![6 => beside, 1 => select(ends)]
}
