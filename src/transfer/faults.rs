//! All errors of a line, in words.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::record::{Record, RecordFrameRate};

/// The most characters of a value that a message quotes.
const MAX_QUOTED: usize = 40;

/// How alike the name of a field and another must be for the one to be meant by the other.
const SIMILAR: f64 = 0.8;

/// The record of an invalid line, with valid placeholders for missing values and values of a wrong
/// type, and these errors.
///
/// # Errors
/// The error of a line that is not a JSON object; `error` is serde's.
pub(super) fn explain(
    line: &[u8],
    error: &serde_json::Error,
) -> Result<(Record, Vec<String>), Vec<String>> {
    let text = std::str::from_utf8(line)
        .map_err(|error| vec![format!("is not UTF-8 at column {}", error.valid_up_to() + 1)])?;
    let value: &RawValue = serde_json::from_str(text).map_err(|error| vec![syntax(&error)])?;
    let members = members(value)
        .ok_or_else(|| vec![format!("must be a JSON object, not {}", quoted(value.get()))])?;
    let mut fields = Fields { members, prefix: "", faults: Vec::new() };
    let record = fields.record();
    let mut faults = fields.finish();
    if faults.is_empty() {
        faults.push(without_place(error));
    }
    Ok((record, faults))
}

/// Why a line is not JSON.
fn syntax(error: &serde_json::Error) -> String {
    if error.classify() == Category::Eof {
        return "ends before the JSON is complete: write one record per line".to_owned();
    }
    let found = without_place(error);
    let words = match &*found {
        "expected value" => "expected a value",
        "expected ident" => {
            "expected a value: a string in double quotes, a number, true, false or null"
        }
        "expected `:`" => "expected a colon",
        "expected `,` or `}`" => "expected a comma or a closing brace",
        "expected `,` or `]`" => "expected a comma or a closing bracket",
        "key must be a string" => "expected the name of a field in double quotes",
        "trailing characters" => "there is text after the JSON object",
        "invalid escape" => "invalid escape; write a backslash as \\\\",
        "invalid number" => "invalid number",
        "recursion limit exceeded" => "nested too deeply",
        control if control.starts_with("control character") => {
            "unescaped control character in a string; write it as an escape such as \\t"
        }
        other => other,
    };
    format!("is not JSON at column {}: {words}", error.column())
}

/// serde's message without the position.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what).to_owned()
}

/// A value as a message shows it.
fn quoted(json: &str) -> String {
    match json.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}

/// The members of an object in their order, among them those that are there twice.
struct Members(Vec<(String, Box<RawValue>)>);

fn members(value: &RawValue) -> Option<Vec<(String, Box<RawValue>)>> {
    serde_json::from_str(value.get()).ok().map(|Members(members)| members)
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// The unread fields of an object, and the errors so far.
struct Fields {
    members: Vec<(String, Box<RawValue>)>,
    /// The prefix of field names in messages.
    prefix: &'static str,
    faults: Vec<String>,
}

impl Fields {
    fn record(&mut self) -> Record {
        let text = || "x".to_owned();
        Record {
            id: self.optional("id"),
            path: self.required("path", text()),
            filename: self.optional("filename"),
            duration_frames: self.required("durationFrames", 0),
            frame_rate: self.frame_rate(),
            width: self.required("width", 1),
            height: self.required("height", 1),
            video_codec: self.required("videoCodec", text()),
            audio_codec: self.optional("audioCodec"),
            file_size: self.required("fileSize", 0),
            thumbnail_path: self.optional("thumbnailPath"),
            created_at: self.optional("createdAt"),
            updated_at: self.optional("updatedAt"),
            missing_since: self.optional("missingSince"),
            file_modified_at: self.optional("fileModifiedAt"),
            fingerprint: self.optional("fingerprint"),
            container: self.optional("container"),
            bit_rate: self.optional("bitRate"),
            rotation: self.optional("rotation"),
            pixel_aspect_ratio: self.optional("pixelAspectRatio"),
            has_variable_frame_rate: self.optional("hasVariableFrameRate"),
            streams: self.optional("streams"),
            chapters: self.optional("chapters"),
        }
    }

    fn frame_rate(&mut self) -> RecordFrameRate {
        let members = match self.take("frameRate") {
            Some(value) => {
                let members = members(&value);
                if members.is_none() {
                    let example = "an object such as {\"numerator\":24000,\"denominator\":1001}";
                    self.faults
                        .push(format!("frameRate: must be {example}, not {}", quoted(value.get())));
                }
                members
            }
            None => {
                self.faults.push("frameRate: is missing".to_owned());
                None
            }
        };
        let Some(members) = members else {
            return RecordFrameRate { numerator: 1, denominator: 1 };
        };
        let mut parts = Self { members, prefix: "frameRate.", faults: Vec::new() };
        let numerator = parts.required("numerator", 1);
        let has_denominator = parts.members.iter().any(|(name, _)| name == "denominator");
        let denominator = if has_denominator { parts.required("denominator", 1) } else { 1 };
        self.faults.extend(parts.finish());
        RecordFrameRate { numerator, denominator }
    }

    /// The value of a required field; a placeholder if it is missing or invalid.
    fn required<T: Kind>(&mut self, name: &str, placeholder: T) -> T {
        let Some(value) = self.take(name) else {
            self.faults.push(format!("{}{name}: is missing", self.prefix));
            return placeholder;
        };
        self.read(name, &value).unwrap_or(placeholder)
    }

    /// The value of an optional or nullable field.
    fn optional<T: Kind>(&mut self, name: &str) -> Option<T> {
        let value = self.take(name).filter(|value| value.get() != "null")?;
        self.read(name, &value)
    }

    fn read<T: Kind>(&mut self, name: &str, value: &RawValue) -> Option<T> {
        let read = T::read(value.get());
        if read.is_none() {
            let (expected, found) = (T::expected(value.get()), quoted(value.get()));
            self.faults.push(format!("{}{name}: must be {expected}, not {found}", self.prefix));
        }
        read
    }

    /// Takes a field out, with all that have its name.
    fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let (named, others) =
            std::mem::take(&mut self.members).into_iter().partition(|(other, _)| other == name);
        self.members = others;
        let named: Vec<_> = named;
        if named.len() > 1 {
            self.faults.push(format!("{}{name}: is given {} times", self.prefix, named.len()));
        }
        named.into_iter().next_back().map(|(_, value)| value)
    }

    /// All errors, including unknown fields.
    fn finish(mut self) -> Vec<String> {
        for (name, _) in &self.members {
            let meant = nearest(name).filter(|_| self.prefix.is_empty());
            let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            let name = quoted(name);
            self.faults.push(format!("{}{name}: is not a field of a record{meant}", self.prefix));
        }
        self.faults
    }
}

/// The field that was most likely meant by this name.
fn nearest(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 23] = [
        "id",
        "path",
        "filename",
        "durationFrames",
        "frameRate",
        "width",
        "height",
        "videoCodec",
        "audioCodec",
        "fileSize",
        "thumbnailPath",
        "createdAt",
        "updatedAt",
        "missingSince",
        "fileModifiedAt",
        "fingerprint",
        "container",
        "bitRate",
        "rotation",
        "pixelAspectRatio",
        "hasVariableFrameRate",
        "streams",
        "chapters",
    ];
    let similar = NAMES.map(|known| (strsim::jaro(name, known), known));
    let best = similar.into_iter().max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(similarity, _)| *similarity >= SIMILAR).map(|(_, known)| known)
}

/// The types that fields have.
trait Kind: Sized {
    /// The value of this JSON; none if it has another type.
    fn read(json: &str) -> Option<Self>;
    /// The expected type or range, for an error with this value.
    fn expected(json: &str) -> &'static str;
}

impl Kind for String {
    fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn expected(json: &str) -> &'static str {
        // An escape that is half of a character.
        if json.starts_with('"') { "a string without lone surrogates" } else { "a string" }
    }
}

/// What it may be is for [`FileFact`](crate::domain::FileFact).
impl Kind for Value {
    fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn expected(_: &str) -> &'static str {
        "JSON"
    }
}

impl Kind for i32 {
    fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn expected(json: &str) -> &'static str {
        if is_whole(json) { "from 1 to 2147483647" } else { "a whole number" }
    }
}

impl Kind for i64 {
    fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn expected(json: &str) -> &'static str {
        if is_whole(json) { "from 0 to 9007199254740991" } else { "a whole number" }
    }
}

fn is_whole(json: &str) -> bool {
    let digits = json.strip_prefix('-').unwrap_or(json);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
