//! The sample that newcomers meet: its metadata agree with its names.

use std::collections::BTreeSet;

use serde_json::Value;

const SAMPLE: &str = include_str!("../../../examples/sample.ndjson");

/// Marks in names, and the codecs that they stand for.
const CODECS: [(&str, &str); 9] = [
    ("x264", "h264"),
    ("x265", "hevc"),
    ("AV1", "av1"),
    ("VP9", "vp9"),
    ("VP8", "vp8"),
    ("XviD", "mpeg4"),
    ("DivX", "mpeg4"),
    ("MPEG-2", "mpeg2video"),
    ("Theora", "theora"),
];

/// Containers, and the codecs of videos that they may have.
const CONTAINERS: [(&str, &[&str]); 6] = [
    ("mkv", &["h264", "hevc", "av1", "mpeg2video"]),
    ("mp4", &["h264", "hevc"]),
    ("webm", &["vp8", "vp9", "av1"]),
    ("avi", &["mpeg4"]),
    ("mpg", &["mpeg2video"]),
    ("ogv", &["theora"]),
];

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}

/// Whether the size of the picture is one that this mark stands for, such as `1080p`.
fn has_size(record: &Value, lines: i64) -> bool {
    let (width, height) = (record["width"].as_i64().unwrap(), record["height"].as_i64().unwrap());
    let wide = match lines {
        480 => 854..=854,
        720 => 1280..=1280,
        1080 => 1920..=2048,
        2160 => 3840..=4096,
        _ => return height == lines,
    };
    height == lines || wide.contains(&width)
}

fn faults(record: &Value) -> Vec<String> {
    let (name, codec) = (text(record, "filename"), text(record, "videoCodec"));
    let mut faults = Vec::new();
    for (mark, meant) in CODECS {
        let words = name.split(|c: char| !c.is_alphanumeric() && c != '-');
        if words.into_iter().any(|word| word == mark) && codec != meant {
            faults.push(format!("{name} is in {codec}"));
        }
    }
    for lines in [480, 576, 720, 1080, 2160] {
        if name.contains(&format!("{lines}p")) && !has_size(record, lines) {
            faults.push(format!("{name} has {} × {}", record["width"], record["height"]));
        }
    }
    let container = CONTAINERS.iter().find(|(end, _)| name.ends_with(&format!(".{end}")));
    if !container.is_some_and(|(_, codecs)| codecs.contains(&codec)) {
        faults.push(format!("{name} cannot have {codec}"));
    }
    let number = |value: &Value| value.as_f64().unwrap();
    let rate =
        number(&record["frameRate"]["numerator"]) / number(&record["frameRate"]["denominator"]);
    let seconds = number(&record["durationFrames"]) / rate;
    let bits_a_second = number(&record["fileSize"]) * 8.0 / seconds;
    if !(10.0..6.0 * 3600.0).contains(&seconds) || !(2e5..4e7).contains(&bits_a_second) {
        faults.push(format!("{name} lasts {seconds} s and has {bits_a_second} bit/s"));
    }
    faults
}

#[test]
fn the_metadata_of_the_sample_agree_with_its_names() {
    let records: Vec<Value> =
        SAMPLE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 1000);
    let faults: Vec<String> = records.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    for field in ["id", "path"] {
        let distinct: BTreeSet<&str> = records.iter().map(|record| text(record, field)).collect();
        assert_eq!(distinct.len(), records.len(), "{field}");
    }
    assert!(records.is_sorted_by_key(|record| text(record, "createdAt").to_owned()));
    let episodes =
        records.iter().filter(|record| text(record, "filename").contains("S01E")).count();
    assert!(episodes > 200, "{episodes} episodes");
}
