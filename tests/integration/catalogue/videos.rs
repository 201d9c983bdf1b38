//! What a library says about each file.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use reelgraph::catalogue::{Reading, Unread};
use reelgraph::domain::catalogue::Probed;

use super::media;
use super::table::{DAMAGED, REFUSED, VIDEOS};

/// A reading in a line: a video, or the code of the problem.
pub fn line(reading: &Result<Reading, Unread>) -> String {
    let reading = match reading {
        Ok(reading) => reading,
        Err(unread) => return format!("{unread:?}"),
    };
    let flaw = reading.flaw.iter().map(|problem| format!(" {}", problem.code.as_str()));
    match &reading.probed {
        Ok(probed) => format!("{}{}", video(probed), flaw.collect::<String>()),
        Err(problem) => problem.code.as_str().to_owned(),
    }
}

fn video(probed: &Probed) -> String {
    let facts = &probed.facts;
    let text = |text: &Option<reelgraph::domain::Text>| {
        text.as_ref().map_or("-", reelgraph::domain::Text::as_str).to_owned()
    };
    let mut line = format!(
        "{} {} at {}/{} {}x{} {} {}",
        text(&facts.container),
        probed.duration_frames.get(),
        probed.frame_rate.numerator(),
        probed.frame_rate.denominator(),
        probed.width.get(),
        probed.height.get(),
        probed.video_codec.as_str(),
        text(&probed.audio_codec),
    );
    if let Some(ratio) = facts.pixel_aspect_ratio.filter(|it| it.numerator() != it.denominator()) {
        line += &format!(" pixels {}:{}", ratio.numerator(), ratio.denominator());
    }
    if facts.has_variable_frame_rate == Some(true) {
        line += " variable";
    }
    if facts.rotation.is_some_and(|rotation| rotation.degrees() != 0) {
        line += " turned";
    }
    line
}

/// The rows whose files this machine's ffmpeg could make.
fn made<Row>(rows: &[Row], name: impl Fn(&Row) -> &'static str) -> Vec<&Row> {
    rows.iter().filter(|row| media::folder().join(name(row)).exists()).collect()
}

async fn compare(rows: &[(&'static str, &'static str)]) {
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    let readings = media::read(media::folder(), &names).await;
    let found = readings.iter().map(line);
    let wrong: Vec<String> = rows
        .iter()
        .zip(found)
        .filter(|((_, expected), found)| expected != found)
        .map(|((name, expected), found)| format!("{name}: {found}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_video_has_the_values_of_its_file() {
    let rows: Vec<_> = made(VIDEOS, |row| row.0).iter().map(|row| (row.0, row.2)).collect();
    compare(&rows).await;
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_damaged_file_is_a_video_as_far_as_it_says_what_it_is() {
    let rows: Vec<_> = made(DAMAGED, |row| row.0).iter().map(|row| (row.0, row.2)).collect();
    compare(&rows).await;
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_file_that_is_no_video_is_refused_with_a_code() {
    let rows: Vec<_> = made(REFUSED, |row| row.0).into_iter().copied().collect();
    compare(&rows).await;
}

/// The table says how many frames a library is to count, and how many there are. Where they differ, the
/// reason is a property of the format, and is given there.
#[test]
fn a_video_has_as_many_frames_as_its_file_has_packets_or_the_table_says_why() {
    let frames = |line: &str| -> usize { line.split(' ').nth(1).unwrap().parse().unwrap() };
    let differing: Vec<&str> = VIDEOS
        .iter()
        .filter(|(_, packets, line)| frames(line) != *packets)
        .map(|(name, ..)| *name)
        .collect();
    let known = [
        "avi-mpeg4-mp3.avi",
        "avi-no-index.avi",
        "edit-list-trimmed.mp4",
        "flv-h264-aac.flv",
        "mp4-h264-fragmented.mp4",
        "rate-gap-of-10s.mkv",
        "rate-variable.mkv",
        "wmv-wmv2-wmav2.wmv",
    ];
    assert_eq!(differing, known);
}

/// `REELGRAPH_TEST_PACKETS=yes cargo test counted` counts the packets of every file, which takes long; without
/// it, those of three are counted.
#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn the_packets_of_the_table_are_counted() {
    let counts_all = std::env::var_os("REELGRAPH_TEST_PACKETS").is_some();
    let rows = made(VIDEOS, |row| row.0).into_iter().chain(made(DAMAGED, |row| row.0));
    for (name, packets, _) in rows.take(if counts_all { usize::MAX } else { 3 }) {
        assert_eq!(packets_of(&media::folder().join(name)), *packets, "{name}");
    }
}

fn packets_of(file: &Path) -> usize {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "quiet", "-count_packets", "-select_streams", "V"]);
    command.args(["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"]);
    let path = format!("file:{}", file.display());
    let run = command.args(["-i", &path]).stdin(Stdio::null()).output().unwrap();
    let output = String::from_utf8(run.stdout).unwrap();
    output.lines().next().unwrap().trim_end_matches(',').parse().unwrap()
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn every_file_is_in_the_table() {
    let listed: BTreeSet<&str> = VIDEOS
        .iter()
        .chain(DAMAGED)
        .map(|row| row.0)
        .chain(REFUSED.iter().map(|row| row.0))
        .chain(["gif-animated.gif", "http:"])
        .collect();
    for entry in fs::read_dir(media::folder()).unwrap() {
        let name = entry.unwrap().file_name();
        // One name is not UTF-8, and is never read.
        let is_listed = name.to_str().is_none_or(|name| listed.contains(name));
        assert!(is_listed, "{}", name.display());
    }
}
