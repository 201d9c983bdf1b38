//! Which picture of a video is taken.

use std::path::Path;
use std::time::Duration;

use reelgraph::domain::file::ThumbnailWidth;
use reelgraph::media::thumbnails::{Picture, Wanted};

use super::scene::{colour, difference, make, read, run_ffmpeg, wanted};
use crate::catalogue::media;

const SECONDS: u64 = 20;

/// The filter of a video that shows one colour after the other, each up to a second.
fn colours_until(parts: &[(&str, u64)]) -> String {
    let mut start = 0;
    let mut sources = String::new();
    let mut names = String::new();
    for (number, (colour, end)) in parts.iter().enumerate() {
        let duration = end - start;
        sources += &format!("color={colour}:size=160x90:rate=5:duration={duration}[c{number}];");
        names += &format!("[c{number}]");
        start = *end;
    }
    format!("{sources}{names}concat=n={}", parts.len())
}

/// The picture of a file, made as for a video that a scan added.
async fn picture(folder: &Path, name: &str) -> Picture {
    let (_, wanted) = read(folder, &[name], ThumbnailWidth::W320).await.remove(0);
    make(folder, name, &wanted).await.unwrap()
}

#[track_caller]
fn assert_colour(picture: &Picture, expected: [u8; 3], name: &str) {
    let found = colour(picture);
    let is_close = found.iter().zip(&expected).all(|(one, other)| one.abs_diff(*other) <= 12);
    assert!(is_close, "{name}: {found:?} instead of {expected:?}");
}

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 128, 0];
const BLUE: [u8; 3] = [0, 0, 255];

/// In files of most kinds, wherever their times begin. (In ASF, ffmpeg finds places only roughly.)
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn the_picture_is_a_tenth_into_the_video() {
    let folder = tempfile::tempdir().unwrap();
    let video = colours_until(&[("red", 1), ("green", 4), ("blue", SECONDS)]);
    let h264 = "-c:v libx264 -preset ultrafast -g 2 -pix_fmt yuv420p";
    let files = [
        ("a.mp4", h264.to_owned()),
        ("a.mkv", h264.to_owned()),
        ("a.ts", format!("{h264} -f mpegts")),
        ("late.ts", format!("{h264} -output_ts_offset 3600 -f mpegts")),
        ("a.flv", h264.to_owned()),
        ("live.mkv", format!("{h264} -live 1")),
        ("a.avi", "-c:v mpeg4 -q:v 2 -g 2".to_owned()),
        ("a.mpg", "-c:v mpeg2video -r 25 -q:v 2 -g 10 -f mpeg".to_owned()),
        ("a.ogv", "-c:v libtheora -q:v 8 -g 2".to_owned()),
        ("a.mov", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p".to_owned()),
    ];
    for (name, codec) in &files {
        run_ffmpeg(folder.path(), &format!("-f lavfi -i {video} {codec} -threads 1 {name}"));
        assert_colour(&picture(folder.path(), name).await, GREEN, name);
    }
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_dark_beginning_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let codec = "-c:v libx264 -preset ultrafast -g 5 -crf 10 -pix_fmt yuv420p";
    for (name, parts, expected) in [
        ("bright.mp4", &[("red", 4), ("green", 8), ("blue", SECONDS)][..], RED),
        ("dark-to-30.mp4", &[("black", 4), ("red", 8), ("blue", SECONDS)], RED),
        ("dark-to-50.mp4", &[("black", 8), ("blue", 12), ("red", SECONDS)], BLUE),
        // Nothing is bright: the brightest is taken.
        ("dim.mp4", &[("0x030303", 4), ("0x101010", 8), ("0x080808", SECONDS)], [16; 3]),
        ("dimmer.mp4", &[("0x101010", 4), ("0x080808", 8), ("0x030303", SECONDS)], [16; 3]),
        ("black.mp4", &[("black", SECONDS)], [0; 3]),
    ] {
        let video = colours_until(parts);
        run_ffmpeg(folder.path(), &format!("-f lavfi -i {video} {codec} -threads 1 {name}"));
        let made = picture(folder.path(), name).await;
        match expected {
            [16, ..] => {
                let [level, ..] = colour(&made);
                assert!((13..=19).contains(&level), "{name}: {level}");
            }
            _ => assert_colour(&made, expected, name),
        }
    }
}

/// Also if it is not what was believed when the file was read.
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_file_that_ends_before_that_place_has_a_picture() {
    let names = [
        "mp4-h264-aac.mp4",
        "flv-h264-aac.flv",
        "ts-h264-aac.ts",
        "mpg-mpeg2-mp2.mpg",
        "avi-no-index.avi",
        "mkv-no-duration-no-cues.mkv",
        "rate-one-frame.mp4",
        // No frame is a key frame, for those who begin where its edit list begins.
        "edit-list-trimmed.mp4",
    ];
    for duration in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(100_000)] {
        for name in names {
            let made = make(media::folder(), name, &wanted(duration)).await;
            assert!(made.is_ok(), "{name} {duration:?}: {made:?}");
        }
    }
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn the_picture_is_of_the_stream_that_the_file_recommends() {
    let folder = tempfile::tempdir().unwrap();
    let two = media::folder().join("streams-two-videos.mkv");
    let two = two.display();
    for (name, map) in [("first.mkv", "0:0"), ("second.mkv", "0:1")] {
        run_ffmpeg(folder.path(), &format!("-i {two} -map {map} -c copy {name}"));
    }
    let default = "-c copy -disposition:v:0 0 -disposition:v:1 default";
    run_ffmpeg(folder.path(), &format!("-i {two} -map 0 {default} default.mkv"));
    let first = picture(folder.path(), "first.mkv").await;
    let second = picture(folder.path(), "second.mkv").await;
    assert!(difference(&first, &second) > 20);
    let without = picture(media::folder(), "streams-two-videos.mkv").await;
    assert!(difference(&without, &first) < 4);
    let with_default = picture(folder.path(), "default.mkv").await;
    assert!(difference(&with_default, &second) < 4);
    // A stream that the file does not have.
    let wrong = Wanted { stream: Some(7), ..wanted(Duration::from_secs(2)) };
    assert!(make(folder.path(), "default.mkv", &wrong).await.is_ok());
}
