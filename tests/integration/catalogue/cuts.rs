//! Files that end early, in every container.

use std::fs;

use super::media;
use super::videos::line;

/// A file of each container.
const WHOLE: &[&str] = &[
    "3gp-h263-amr.3gp",
    "asf-msmpeg4.asf",
    "avi-mpeg4-mp3.avi",
    "dv-pal.dv",
    "flv-h264-aac.flv",
    "gif-animated.gif",
    "m2ts-h264-ac3.m2ts",
    "mkv-h264-ac3.mkv",
    "mkv-piped-unknown-size.mkv",
    "mov-mjpeg.mov",
    "mp4-h264-aac-faststart.mp4",
    "mp4-h264-fragmented.mp4",
    "mpg-mpeg2-mp2.mpg",
    "mxf-mpeg2-pcm.mxf",
    "ogv-theora-vorbis.ogv",
    "streams-cover-and-font.mkv",
    "ts-h264-aac.ts",
    "vob-mpeg2-ac3.vob",
    "webm-vp8-vorbis.webm",
    "wmv-wmv2-wmav2.wmv",
];

/// Those of them whose containers say where they end.
const SIZED: &[&str] =
    &["mkv-h264-ac3.mkv", "mp4-h264-aac-faststart.mp4", "streams-cover-and-font.mkv"];

/// ffprobe reports the end of some as if the disk had failed.
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_file_that_is_cut_anywhere_is_cut_or_damaged_and_its_disk_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let mut cuts = Vec::new();
    for whole in WHOLE.iter().filter(|name| media::folder().join(name).exists()) {
        let bytes = fs::read(media::folder().join(whole)).unwrap();
        let (half, almost) = (bytes.len() / 2, bytes.len() - 1);
        for length in [0, 1, 4, 8, 16, 50, 100, 200, 500, 1_000, half, almost] {
            let cut = format!("{length}-{whole}");
            fs::write(folder.path().join(&cut), &bytes[..length]).unwrap();
            cuts.push((*whole, cut));
        }
    }
    let names: Vec<&str> = cuts.iter().map(|(_, cut)| cut.as_str()).collect();
    let readings = media::read(folder.path(), &names).await;
    let is_right = |whole: &str, found: &str| match found {
        "NOT_READABLE_AS_MEDIA" | "NO_VIDEO_STREAM" | "NO_DURATION" => true,
        video if video.contains(" at ") => video.ends_with(" TRUNCATED") || !SIZED.contains(&whole),
        _ => false,
    };
    let found = cuts.iter().zip(readings.iter().map(line));
    let wrong: Vec<String> = found
        .filter(|((whole, _), found)| !is_right(whole, found))
        .map(|((_, cut), found)| format!("{cut}: {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cuts.len(), wrong.join("\n"));
}
