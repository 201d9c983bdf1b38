//! One line of a library's text: the fields of `AddVideoInput`, `createdAt` and `updatedAt`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::draft::Fault;
use crate::domain::{IdSource, Invalid, NewVideo, Text, Timestamp, Video, VideoDraft, VideoId};

/// A video as a line of text has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    id: Option<String>,
    path: String,
    filename: Option<String>,
    duration_frames: i64,
    frame_rate: RecordFrameRate,
    width: i32,
    height: i32,
    video_codec: String,
    audio_codec: Option<String>,
    file_size: i64,
    thumbnail_path: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordFrameRate {
    numerator: i32,
    #[serde(default = "one")]
    denominator: i32,
}

fn one() -> i32 {
    1
}

/// Everything that is wrong with a line: `path: must not be empty; width: must be 1 or more, not 0`.
#[derive(Debug, PartialEq, Eq)]
pub struct BadRecord(Vec<String>);

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    /// When it is not a JSON object of a record's fields and their types.
    pub fn parse(line: &[u8]) -> Result<Self, BadRecord> {
        serde_json::from_slice(line).map_err(|error| {
            let text = error.to_string();
            let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
            BadRecord(vec![format!("{what} (at column {})", error.column())])
        })
    }

    /// The video to be added; `ids` gives its ID where the line has none.
    ///
    /// # Errors
    /// Every value that a video cannot have.
    pub fn into_new_video(self, ids: &dyn IdSource) -> Result<NewVideo, BadRecord> {
        let mut faults = Vec::new();
        let id = parsed::<VideoId>("id", self.id.as_deref(), &mut faults);
        let created_at = parsed::<Timestamp>("createdAt", self.created_at.as_deref(), &mut faults);
        let updated_at = parsed::<Timestamp>("updatedAt", self.updated_at.as_deref(), &mut faults);
        let is_known = self.updated_at.is_none() || updated_at.is_some();
        if is_known && updated_at.is_some_and(|at| created_at.is_none_or(|added| at < added)) {
            faults.push("updatedAt: must come with a createdAt that is not after it".to_owned());
        }
        let draft = VideoDraft {
            path: self.path,
            filename: self.filename,
            duration_frames: self.duration_frames,
            frame_rate: (self.frame_rate.numerator, self.frame_rate.denominator),
            width: self.width,
            height: self.height,
            video_codec: self.video_codec,
            audio_codec: self.audio_codec,
            file_size: self.file_size,
            thumbnail_path: self.thumbnail_path,
        };
        match draft.check() {
            Ok(values) if faults.is_empty() => {
                let id = id.unwrap_or_else(|| ids.next_id());
                Ok(NewVideo { id, values, created_at, updated_at })
            }
            checked => {
                let more = checked.err().unwrap_or_default();
                let told = |fault: Fault| format!("{}: {}", fault.path.join("."), fault.invalid);
                faults.extend(more.into_iter().map(told));
                Err(BadRecord(faults))
            }
        }
    }
}

fn parsed<T: std::str::FromStr<Err = Invalid>>(
    field: &str,
    text: Option<&str>,
    faults: &mut Vec<String>,
) -> Option<T> {
    text?.parse().map_err(|invalid| faults.push(format!("{field}: {invalid}"))).ok()
}

impl From<&Video> for Record {
    fn from(video: &Video) -> Self {
        let values = &video.values;
        let text = |text: &Text| text.as_str().to_owned();
        Self {
            id: Some(video.id.to_string()),
            path: text(&values.path),
            filename: Some(text(&values.filename)),
            duration_frames: values.duration_frames.get(),
            frame_rate: RecordFrameRate {
                numerator: values.frame_rate.numerator(),
                denominator: values.frame_rate.denominator(),
            },
            width: values.width.get(),
            height: values.height.get(),
            video_codec: text(&values.video_codec),
            audio_codec: values.audio_codec.as_ref().map(text),
            file_size: values.file_size.get(),
            thumbnail_path: values.thumbnail_path.as_ref().map(text),
            created_at: Some(video.created_at.to_string()),
            // Older versions could date an update before the addition, which no import accepts.
            updated_at: Some(video.updated_at.max(video.created_at).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RandomIds;

    const LEAST: &str = r#""path":"/a","durationFrames":1,"frameRate":{"numerator":25},"width":1,"height":1,"videoCodec":"h264","fileSize":1"#;

    fn read(line: &str) -> Result<NewVideo, BadRecord> {
        Record::parse(line.as_bytes())?.into_new_video(&RandomIds)
    }

    #[track_caller]
    fn refused(line: &str, message: &str) {
        assert_eq!(read(line).unwrap_err().to_string(), message);
    }

    #[test]
    fn the_least_that_a_line_must_have() {
        let video = read(&format!("{{{LEAST}}}")).unwrap();
        assert_eq!(video.values.filename.as_str(), "a");
        assert_eq!(video.values.frame_rate.denominator(), 1);
        assert_eq!((video.created_at, video.updated_at), (None, None));
    }

    #[test]
    fn every_fault_of_a_line_is_told() {
        refused(
            &format!(r#"{{"id":"7","createdAt":"now",{}}}"#, LEAST.replace("/a", "")),
            "id: must be a hyphenated UUID such as 0193f0a0-7c1e-7d7b-8f25-3c1de1a5e4b2; \
             createdAt: must be an RFC 3339 date and time such as 2026-11-22T10:15:30.123456Z; \
             path: must not be empty",
        );
    }

    #[test]
    fn a_line_that_is_no_record_is_told_with_the_column() {
        refused("{\"path\":", "EOF while parsing a value (at column 8)");
        refused("{}", "missing field `path` (at column 2)");
        refused(
            &format!("{{{}}}", LEAST.replace("\"width\":1", "\"width\":1.5")),
            "invalid type: floating point `1.5`, expected i32 (at column 72)",
        );
        assert!(
            read(&format!("{{{LEAST},\"colour\":1}}")).unwrap_err().to_string().contains("colour")
        );
    }

    #[test]
    fn a_video_is_not_changed_before_it_was_added() {
        let message = "updatedAt: must come with a createdAt that is not after it";
        refused(&format!(r#"{{"updatedAt":"2026-01-01T00:00:00Z",{LEAST}}}"#), message);
        let before = r#""createdAt":"2026-01-02T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z""#;
        refused(&format!("{{{before},{LEAST}}}"), message);
    }
}
