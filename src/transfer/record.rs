//! One line of a library's text: the fields of `AddVideoInput`, `createdAt` and `updatedAt`, and what scans
//! found out about the file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::draft::Fault;
use crate::domain::{
    FileFact, FileFacts, IdSource, Invalid, NewVideo, PackedFacts, Text, Timestamp, Video,
    VideoDraft, VideoField, VideoId,
};

/// A video as a line of text has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    pub(super) id: Option<String>,
    pub(super) path: String,
    pub(super) filename: Option<String>,
    pub(super) duration_frames: i64,
    pub(super) frame_rate: RecordFrameRate,
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) video_codec: String,
    pub(super) audio_codec: Option<String>,
    pub(super) file_size: i64,
    pub(super) thumbnail_path: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) missing_since: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_modified_at: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bit_rate: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rotation: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pixel_aspect_ratio: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) has_variable_frame_rate: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) streams: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chapters: Option<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordFrameRate {
    pub(super) numerator: i32,
    #[serde(default = "one")]
    pub(super) denominator: i32,
}

fn one() -> i32 {
    1
}

/// Everything that is wrong with a line: `path: must not be empty; width: must be 1 or more, not 0`.
#[derive(Debug, PartialEq, Eq)]
pub struct BadRecord(pub(super) Vec<String>);

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl Record {
    /// The video of a record with these earlier errors; `ids` generates its ID if it has none.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn into_new_video(
        mut self,
        ids: &dyn IdSource,
        mut faults: Vec<String>,
    ) -> Result<NewVideo, BadRecord> {
        let id = parsed("id", self.id.as_deref(), VideoId::from_str, &mut faults);
        let created_at =
            parsed("createdAt", self.created_at.as_deref(), Timestamp::cut, &mut faults);
        let updated_at =
            parsed("updatedAt", self.updated_at.as_deref(), Timestamp::cut, &mut faults);
        let is_known = self.updated_at.is_none() || updated_at.is_some();
        if is_known && updated_at.is_some_and(|at| created_at.is_none_or(|added| at < added)) {
            faults.push(
                "updatedAt: must be given together with a createdAt that is not later".to_owned(),
            );
        }
        let file = self.take_facts(&mut faults);
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
            file,
        };
        match draft.check() {
            Ok(values) if faults.is_empty() => {
                let is_known_by_path = id.is_none();
                let id = id.unwrap_or_else(|| ids.next_id().into());
                Ok(NewVideo { id, values, created_at, updated_at, is_known_by_path })
            }
            checked => {
                let more = checked.err().unwrap_or_default();
                let told = |fault: Fault| format!("{}: {}", fault.path.join("."), fault.invalid);
                faults.extend(more.into_iter().map(told));
                Err(BadRecord(faults))
            }
        }
    }

    /// What scans found out about the file, as libraries keep it.
    fn take_facts(&mut self, faults: &mut Vec<String>) -> Option<PackedFacts> {
        let given = [
            ("missingSince", self.missing_since.take()),
            ("fileModifiedAt", self.file_modified_at.take()),
            ("fingerprint", self.fingerprint.take()),
            ("container", self.container.take()),
            ("bitRate", self.bit_rate.take()),
            ("rotation", self.rotation.take()),
            ("pixelAspectRatio", self.pixel_aspect_ratio.take()),
            ("hasVariableFrameRate", self.has_variable_frame_rate.take()),
            ("streams", self.streams.take()),
            ("chapters", self.chapters.take()),
        ];
        let mut facts = Vec::new();
        for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            match FileFact::new(name, value) {
                Ok(fact) => facts.push((name, fact)),
                Err(invalid) => faults.push(format!("{name}: {invalid}")),
            }
        }
        let facts = FileFacts::of(facts.iter().map(|(name, fact)| (*name, fact)));
        facts.and_then(|facts| facts.pack()).ok().flatten()
    }
}

fn parsed<T>(
    field: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, Invalid>,
    faults: &mut Vec<String>,
) -> Option<T> {
    parse(text?).map_err(|invalid| faults.push(format!("{field}: {invalid}"))).ok()
}

impl From<&Video> for Record {
    fn from(video: &Video) -> Self {
        let values = &video.values;
        let text = |text: &Text| text.as_str().to_owned();
        let facts = values.facts();
        let fact = |field: VideoField| facts.get(field.name()).map(|it| it.as_json().clone());
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
            missing_since: fact(VideoField::MissingSince),
            file_modified_at: fact(VideoField::FileModifiedAt),
            fingerprint: fact(VideoField::Fingerprint),
            container: fact(VideoField::Container),
            bit_rate: fact(VideoField::BitRate),
            rotation: fact(VideoField::Rotation),
            pixel_aspect_ratio: fact(VideoField::PixelAspectRatio),
            has_variable_frame_rate: fact(VideoField::HasVariableFrameRate),
            streams: fact(VideoField::Streams),
            chapters: fact(VideoField::Chapters),
        }
    }
}
