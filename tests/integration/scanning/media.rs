//! A scan of real files, broken and hostile ones among them, with the real ffprobe.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use reelgraph::domain::catalogue::Extensions;
use serde_json::Value;

use crate::catalogue::media;
use crate::catalogue::table::{DAMAGED, REFUSED, VIDEOS};
use crate::support::folder::Folder;

/// What a library says about each file of a folder, as the table of files writes it.
fn scanned(folder: &Folder) -> BTreeMap<String, String> {
    let scan = folder.run("library.db", &["scan", "media"]).with_code(0);
    let export = folder.run("library.db", &["export"]).with_code(0);
    folder.run("library.db", &["check"]).with_code(0);
    let root = folder.path("media").canonicalize().unwrap();
    let mut said = BTreeMap::new();
    for line in export.stdout.lines() {
        let video: Value = serde_json::from_str(line).unwrap();
        let path = Path::new(video["path"].as_str().unwrap()).strip_prefix(&root).unwrap();
        said.insert(path.to_str().unwrap().to_owned(), in_a_line(&video));
    }
    for problem in scan.stdout.lines() {
        let mut parts = problem.split(": ");
        let (path, code) = (parts.next().unwrap(), parts.next().unwrap());
        let line = said.entry(path.to_owned()).or_default();
        *line = format!("{line} {code}").trim().to_owned();
    }
    said
}

fn in_a_line(video: &Value) -> String {
    let text = |field: &str| video[field].as_str().unwrap_or("-").to_owned();
    let mut line = format!(
        "{} {} at {}/{} {}x{} {} {}",
        text("container"),
        video["durationFrames"],
        video["frameRate"]["numerator"],
        video["frameRate"]["denominator"],
        video["width"],
        video["height"],
        text("videoCodec"),
        text("audioCodec"),
    );
    let ratio = &video["pixelAspectRatio"];
    if ratio["numerator"] != ratio["denominator"] {
        line += &format!(" pixels {}:{}", ratio["numerator"], ratio["denominator"]);
    }
    if video["hasVariableFrameRate"] == true {
        line += " variable";
    }
    if video["rotation"].as_i64().is_some_and(|degrees| degrees != 0) {
        line += " turned";
    }
    line
}

/// What the table says about the files that are there and have the name of a video.
fn expected(folder: &Folder) -> BTreeMap<String, String> {
    let videos = VIDEOS.iter().chain(DAMAGED).map(|(name, _, line)| (*name, *line));
    let is_looked_at = |name: &str| {
        Extensions::default().include(name.as_bytes()) && folder.path("media").join(name).exists()
    };
    let rows = videos.chain(REFUSED.iter().copied()).filter(|(name, _)| is_looked_at(name));
    let mut rows: BTreeMap<String, String> =
        rows.map(|(name, line)| (name.to_owned(), line.to_owned())).collect();
    rows.insert(r"not-utf8-\xff\xfe.mp4".to_owned(), "NAME_NOT_UTF8".to_owned());
    rows
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn a_folder_of_real_files_becomes_what_the_table_says() {
    let folder = Folder::new();
    let copy = format!(
        "cp -r '{}' media && find media -type f -exec touch -d '1 hour ago' {{}} +",
        media::folder().display()
    );
    let mut command = Command::new("bash");
    let copied = command.args(["-c", &copy]).current_dir(folder.path(".")).status().unwrap();
    assert!(copied.success());
    let (said, expected) = (scanned(&folder), expected(&folder));
    assert!(expected.len() > 80, "{}", expected.len());
    let names = said.keys().chain(expected.keys()).collect::<std::collections::BTreeSet<_>>();
    let wrong: Vec<String> = names
        .into_iter()
        .filter(|name| said.get(*name) != expected.get(*name))
        .map(|name| format!("{name}: {:?}, not {:?}", said.get(name), expected.get(name)))
        .collect();
    assert!(wrong.is_empty(), "{}\n{said:?}", wrong.join("\n"));
    // Nothing is read twice, whatever is wrong with it.
    assert_eq!(scanned(&folder), said);
}
