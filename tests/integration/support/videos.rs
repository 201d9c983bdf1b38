//! Videos to test with: one, many, and random ones, all of them with real release names.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use reelgraph::domain::{
    Dimension, FileFacts, FrameRate, NewVideo, PackedFacts, Quantity, Text, Timestamp, VideoId,
    VideoValues,
};
use reelgraph::repository::ChangeContext;
use serde::Deserialize;

use super::clock::counted_id;

/// The videos of `tests/data/names.ndjson`, oldest first: odd names, as libraries have them.
pub fn sample() -> &'static [NewVideo] {
    static SAMPLE: LazyLock<Vec<NewVideo>> = LazyLock::new(|| {
        let lines = include_str!("../../data/names.ndjson").lines();
        lines.map(|line| serde_json::from_str::<Record>(line).unwrap().into_video()).collect()
    });
    &SAMPLE
}

/// The video of this number among them with the counted ID of this number, and no times of its own.
pub fn video(number: u64) -> NewVideo {
    let values = sample()[usize::try_from(number).unwrap()].values.clone();
    NewVideo {
        id: counted_id(number),
        values,
        created_at: None,
        updated_at: None,
        is_known_by_path: false,
    }
}

/// The video of this number among them, with other values.
pub fn video_with(number: u64, change: impl FnOnce(&mut VideoValues)) -> NewVideo {
    let mut video = video(number);
    change(&mut video.values);
    video
}

/// This second of 2026.
pub fn second(number: i64) -> Timestamp {
    Timestamp::from_micros((1_767_225_600 + number) * 1_000_000).unwrap()
}

/// A change made in this second of 2026, by nobody and no request.
pub fn by(number: i64) -> ChangeContext {
    ChangeContext { at: second(number), actor: None, request_id: None }
}

/// A text that is valid.
pub fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

/// A frame rate that is valid.
pub fn rate(numerator: i32, denominator: i32) -> FrameRate {
    FrameRate::new(numerator, denominator).unwrap()
}

/// Pixels.
pub fn pixels(number: i32) -> Dimension {
    Dimension::new(number).unwrap()
}

/// Bytes or frames.
pub fn quantity(number: i64) -> Quantity {
    Quantity::new(number).unwrap()
}

/// Random values on the paths that are given. Names, sizes, durations and codecs are drawn from
/// few, so that videos often have them in common.
pub fn any_values(paths: &'static [&'static str]) -> impl Strategy<Value = VideoValues> {
    const NAMES: usize = 12;
    (
        (select(paths), 0..NAMES, select(vec![0, 1, 4096, Quantity::MAX])),
        (select(vec![0, 240, 250, 480, Quantity::MAX]), any_rate()),
        (select(vec![1, 720, 1080, i32::MAX]), select(vec!["h264", "hevc", "H264"])),
        (
            prop::option::of(select(vec!["aac", "AAC", "opus"])),
            prop::option::of(Just("/thumbs/1.jpg")),
            select(FACTS),
        ),
    )
        .prop_map(
            |(
                (path, name, size),
                (frames, frame_rate),
                (height, codec),
                (audio, thumbnail, facts),
            )| {
                VideoValues {
                    path: text(path),
                    filename: sample()[name].values.filename.clone(),
                    duration_frames: quantity(frames),
                    frame_rate,
                    height: pixels(height),
                    video_codec: text(codec),
                    audio_codec: audio.map(text),
                    file_size: quantity(size),
                    thumbnail_path: thumbnail.map(text),
                    file: facts_of(facts),
                    ..sample()[name].values.clone()
                }
            },
        )
}

/// Facts of files, as libraries keep them. Some have one in common.
const FACTS: &[&str] = &[
    "{}",
    "{}",
    r#"{"missingSince":"2026-01-01T00:00:01Z","fingerprint":"x3p1:000000000000000000000000000000ff"}"#,
    r#"{"fileModifiedAt":"2026-01-01T00:00:02Z","fingerprint":"x3p1:000000000000000000000000000000ff"}"#,
    r#"{"container":"matroska","bitRate":9007199254740991,"rotation":270,"hasVariableFrameRate":true,
        "pixelAspectRatio":{"numerator":16,"denominator":11},
        "streams":[{"index":0,"kind":"AUDIO","codec":"aac","title":"日本語 \"x\""}],
        "chapters":[{"startSeconds":0.1,"endSeconds":0.3},{"startSeconds":0.3,"endSeconds":7}]}"#,
];

/// Something in each of them.
pub const FACTS_OF_EACH_KIND: &str = r#"{"missingSince":"2026-01-01T00:00:01Z",
    "fileModifiedAt":"2026-01-01T00:00:02Z","fingerprint":"x3p1:000000000000000000000000000000ff",
    "container":"matroska","bitRate":1,"rotation":0,"pixelAspectRatio":{"numerator":1,"denominator":1},
    "hasVariableFrameRate":false,"streams":[{"index":0,"kind":"VIDEO","codec":"h264"}],
    "chapters":[{"startSeconds":0,"endSeconds":1}]}"#;

/// The facts of a file in this JSON; none if there are none.
pub fn facts_of(json: &str) -> Option<PackedFacts> {
    serde_json::from_str::<FileFacts>(json).unwrap().pack().unwrap()
}

/// Rates of which some are equal in another form, and some are far from every real one.
fn any_rate() -> impl Strategy<Value = FrameRate> {
    select(vec![
        rate(24, 1),
        rate(48, 2),
        rate(24000, 1001),
        rate(30000, 1001),
        rate(i32::MAX, 1),
        rate(1, i32::MAX),
    ])
}

/// A line of the sample.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Record {
    id: VideoId,
    path: String,
    filename: String,
    duration_frames: i64,
    frame_rate: FrameRate,
    width: i32,
    height: i32,
    video_codec: String,
    audio_codec: Option<String>,
    file_size: i64,
    thumbnail_path: Option<String>,
    created_at: String,
}

impl Record {
    fn into_video(self) -> NewVideo {
        let values = VideoValues {
            path: text(&self.path),
            filename: text(&self.filename),
            duration_frames: quantity(self.duration_frames),
            frame_rate: self.frame_rate,
            width: pixels(self.width),
            height: pixels(self.height),
            video_codec: text(&self.video_codec),
            audio_codec: self.audio_codec.as_deref().map(text),
            file_size: quantity(self.file_size),
            thumbnail_path: self.thumbnail_path.as_deref().map(text),
            file: None,
        };
        let created_at = Some(self.created_at.parse().unwrap());
        NewVideo { id: self.id, values, created_at, updated_at: None, is_known_by_path: false }
    }
}
