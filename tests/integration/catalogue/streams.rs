//! Streams, chapters, colours and depths.

use reelgraph::domain::FileFacts;
use reelgraph::domain::file::{DynamicRange, MediaStream, MediaStreamKind};

use super::media;

async fn facts(name: &str) -> FileFacts {
    let mut readings = media::read(media::folder(), &[name]).await;
    readings.remove(0).unwrap().probed.unwrap().facts
}

/// A stream in a line.
fn line(stream: &MediaStream) -> String {
    let kind = match stream.kind {
        MediaStreamKind::Video => "video",
        MediaStreamKind::Audio => "audio",
        MediaStreamKind::Subtitle => "subtitle",
    };
    let mut line = format!("{} {kind} {}", stream.index, stream.codec);
    let texts = [&stream.language, &stream.title];
    line.extend(texts.into_iter().flatten().map(|text| format!(" {text}")));
    let numbers =
        [("channels", stream.channels), ("Hz", stream.sample_rate), ("bits", stream.bit_depth)];
    for (unit, number) in numbers {
        line.extend(number.map(|number| format!(" {number} {unit}")));
    }
    let flags = [
        ("default", stream.is_default),
        ("forced", stream.is_forced),
        ("hearing-impaired", stream.is_for_hearing_impaired),
        ("commentary", stream.is_commentary),
    ];
    line.extend(flags.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format!(" {name}")));
    line
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn streams_are_listed_with_their_languages_titles_and_purposes() {
    let facts = facts("streams-2audio-2subs-chapters.mkv").await;
    let streams: Vec<String> = facts.streams.iter().map(line).collect();
    let expected = [
        "0 video h264 8 bits",
        "1 audio aac eng Main 1 channels 48000 Hz",
        "2 audio aac jpn Commentary 1 channels 48000 Hz commentary",
        "3 subtitle subrip ger default forced",
        "4 subtitle subrip eng hearing-impaired",
    ];
    assert_eq!(streams, expected);
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn chapters_are_listed_with_their_times() {
    let facts = facts("streams-2audio-2subs-chapters.mkv").await;
    let chapters: Vec<String> = facts
        .chapters
        .iter()
        .map(|it| serde_json::to_string(&(it.start, it.end, it.title.as_deref())).unwrap())
        .collect();
    assert_eq!(chapters, [r#"[0.0,1.0,"One"]"#, r#"[1.0,2.0,"Zwei ü"]"#]);
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn covers_and_attachments_are_no_streams() {
    for name in ["streams-attached-picture.mp4", "streams-cover-and-font.mkv"] {
        let streams: Vec<String> = facts(name).await.streams.iter().map(line).collect();
        assert!(streams[0].contains("h264"), "{streams:?}");
        let videos = streams.iter().filter(|line| line.contains(" video ")).count();
        assert_eq!(videos, 1, "{name}: {streams:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn the_range_of_light_and_the_depth_of_colours_are_known() {
    for (name, range, depth) in [
        ("hdr10.mkv", DynamicRange::Hdr10, 10),
        ("hlg.mp4", DynamicRange::Hlg, 10),
        ("ten-bit.mkv", DynamicRange::Unknown, 10),
        ("mp4-h264-no-audio.mp4", DynamicRange::Unknown, 8),
    ] {
        let stream = &facts(name).await.streams[0];
        assert_eq!((stream.dynamic_range, stream.bit_depth), (Some(range), Some(depth)), "{name}");
    }
}
