//! What scans found out about a file, and how libraries keep it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::aspect_ratio::AspectRatio;
use super::chapter::Chapter;
use super::fingerprint::Fingerprint;
use super::rotation::Rotation;
use super::stream::{MediaStream, MediaStreamKind};
use crate::domain::scalars::{Invalid, Quantity, Text};
use crate::domain::timestamp::Timestamp;

/// What scans found out about the file of a video. Nothing of it is known of videos that no scan has
/// found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FileFacts {
    /// Since when the file has been missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// When the file was last modified, by its file system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_modified_at: Option<Timestamp>,
    /// What stands for its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// The container format, e.g. `matroska`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<Text>,
    /// Bits per second over all streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_rate: Option<Quantity>,
    /// How players turn the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// The shape of a pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_aspect_ratio: Option<AspectRatio>,
    /// Whether the time between frames varies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_variable_frame_rate: Option<bool>,
    /// In the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<MediaStream>,
    /// In the order of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chapters: Vec<Chapter>,
}

impl FileFacts {
    /// The most streams that are listed.
    pub const MAX_STREAMS: usize = 64;
    /// The most chapters that are listed.
    pub const MAX_CHAPTERS: usize = 500;
    /// The longest text in a stream or a chapter, in bytes.
    pub const MAX_TEXT_BYTES: usize = 512;

    /// The facts as libraries keep them; none if there are none.
    ///
    /// # Errors
    /// When there are too many, or one is out of range.
    pub fn pack(&self) -> Result<Option<PackedFacts>, Invalid> {
        self.check()?;
        let text = serde_json::to_string(self)
            .map_err(|error| Invalid::new(format!("cannot be written: {error}")))?;
        Ok((text != "{}").then(|| PackedFacts::stored(&text)))
    }

    /// The stream that players show: the first that the file recommends, else the first. None if no stream is
    /// known.
    pub fn main_video(&self) -> Option<&MediaStream> {
        let videos = || self.streams.iter().filter(|stream| stream.kind == MediaStreamKind::Video);
        videos().find(|stream| stream.is_default).or_else(|| videos().next())
    }

    /// One of them, by its name in the public `Video` type; none if there is none.
    pub fn get(&self, name: &str) -> Option<FileFact> {
        let fact = match name {
            "missingSince" => json(&self.missing_since),
            "fileModifiedAt" => json(&self.file_modified_at),
            "fingerprint" => json(&self.fingerprint),
            "container" => json(&self.container),
            "bitRate" => json(&self.bit_rate),
            "rotation" => json(&self.rotation),
            "pixelAspectRatio" => json(&self.pixel_aspect_ratio),
            "hasVariableFrameRate" => json(&self.has_variable_frame_rate),
            "streams" => json(&self.streams),
            "chapters" => json(&self.chapters),
            _ => None,
        };
        fact.map(FileFact)
    }

    /// Facts by their names in the public `Video` type.
    ///
    /// # Errors
    /// When a file cannot have them.
    pub fn of<'f>(
        facts: impl IntoIterator<Item = (&'static str, &'f FileFact)>,
    ) -> Result<Self, Invalid> {
        let facts = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact.0.clone()));
        Self::from_json(Value::Object(facts.collect()))
    }

    fn from_json(json: Value) -> Result<Self, Invalid> {
        let read = serde_json::from_value::<Self>(json);
        let facts = read.map_err(|error| Invalid::new(error.to_string()))?;
        facts.check()?;
        Ok(facts)
    }

    fn check(&self) -> Result<(), Invalid> {
        let most = |count: usize, most: usize, what: &str| match count <= most {
            true => Ok(()),
            false => Err(Invalid::new(format!("must have at most {most} {what}, not {count}"))),
        };
        most(self.streams.len(), Self::MAX_STREAMS, "streams")?;
        most(self.chapters.len(), Self::MAX_CHAPTERS, "chapters")?;
        self.streams.iter().try_for_each(check_stream)?;
        self.chapters.iter().try_for_each(check_chapter)
    }
}

/// A fact in JSON; none if there is none.
fn json(fact: &impl Serialize) -> Option<Value> {
    let is_something = |value: &Value| !value.is_null() && *value != Value::Array(Vec::new());
    serde_json::to_value(fact).ok().filter(is_something)
}

fn check_stream(stream: &MediaStream) -> Result<(), Invalid> {
    let texts = [Some(&stream.codec), stream.profile.as_ref(), stream.language.as_ref()];
    texts.into_iter().chain([stream.title.as_ref()]).flatten().try_for_each(|it| check_text(it))?;
    let numbers =
        [stream.channels, stream.sample_rate, stream.width, stream.height, stream.bit_depth];
    match numbers.into_iter().flatten().find(|number| *number < 1) {
        None => Ok(()),
        Some(number) => Err(Invalid::new(format!("must be 1 or more, not {number}"))),
    }
}

fn check_chapter(chapter: &Chapter) -> Result<(), Invalid> {
    if chapter.start > chapter.end {
        return Err(Invalid::new("must not end before it starts"));
    }
    chapter.title.iter().try_for_each(|title| check_text(title))
}

fn check_text(text: &str) -> Result<(), Invalid> {
    let most = FileFacts::MAX_TEXT_BYTES;
    if text.is_empty() || text.len() > most || text.contains('\0') {
        return Err(Invalid::new(format!("must have 1 to {most} bytes and no NUL character")));
    }
    Ok(())
}

/// One of the facts of a file, as the public `Video` type shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFact(Value);

impl FileFact {
    /// The fact with this name.
    ///
    /// # Errors
    /// When no file has it.
    pub fn new(name: &str, value: Value) -> Result<Self, Invalid> {
        let facts =
            FileFacts::from_json(Value::Object(Map::from_iter([(name.to_owned(), value)])))?;
        facts.get(name).ok_or_else(|| Invalid::new("must not be empty"))
    }

    /// In JSON.
    pub fn as_json(&self) -> &Value {
        &self.0
    }
}

/// The facts of a file as one text, which is read once somebody asks for a fact: most pages of videos ask
/// for none.
///
/// Equal facts are equal texts.
#[derive(Clone)]
pub struct PackedFacts(Arc<Packed>);

struct Packed {
    text: Box<str>,
    facts: OnceLock<Result<FileFacts, Invalid>>,
}

impl PackedFacts {
    /// Those that a library has. Nothing is verified until they are [read](Self::read).
    pub fn stored(text: &str) -> Self {
        Self(Arc::new(Packed { text: text.into(), facts: OnceLock::new() }))
    }

    /// The text that libraries keep.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// All facts.
    ///
    /// # Errors
    /// When the library is damaged.
    pub fn read(&self) -> Result<&FileFacts, Invalid> {
        let read = || {
            let json = serde_json::from_str(self.as_str());
            let facts = json.map_err(|error| Invalid::new(error.to_string()));
            facts.and_then(FileFacts::from_json)
        };
        self.0.facts.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

/// Whether they were read makes no difference.
impl fmt::Debug for PackedFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PackedFacts").field(&self.as_str()).finish()
    }
}

impl PartialEq for PackedFacts {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for PackedFacts {}

impl Hash for PackedFacts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests;
