//! What ffprobe reports of a file, as far as it is used.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};

/// A report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Report {
    pub(super) streams: Vec<Stream>,
    pub(super) chapters: Vec<ReportedChapter>,
    pub(super) format: Format,
    error: Option<ReportedError>,
}

impl Report {
    /// Why the file could not be read, as ffprobe has it: the number of an error of the system, negated, or
    /// of one of its own. None if it could be read.
    pub fn error(&self) -> Option<i32> {
        self.error.as_ref().map(|error| error.code)
    }
}

#[derive(Debug, Deserialize)]
struct ReportedError {
    code: i32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Format {
    pub(super) format_name: String,
    pub(super) duration: Option<Decimal>,
    pub(super) bit_rate: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stream {
    pub(super) index: u16,
    pub(super) codec_type: String,
    pub(super) codec_name: Option<String>,
    pub(super) codec_tag_string: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) width: Option<i32>,
    pub(super) height: Option<i32>,
    #[serde(deserialize_with = "ratio")]
    pub(super) sample_aspect_ratio: Option<Ratio>,
    pub(super) pix_fmt: Option<String>,
    pub(super) bits_per_raw_sample: Option<String>,
    pub(super) color_transfer: Option<String>,
    #[serde(deserialize_with = "ratio")]
    pub(super) r_frame_rate: Option<Ratio>,
    #[serde(deserialize_with = "ratio")]
    pub(super) avg_frame_rate: Option<Ratio>,
    pub(super) start_time: Option<Decimal>,
    pub(super) duration: Option<Decimal>,
    pub(super) nb_frames: Option<String>,
    pub(super) channels: Option<i32>,
    pub(super) sample_rate: Option<String>,
    pub(super) disposition: HashMap<String, u8>,
    pub(super) tags: HashMap<String, String>,
    pub(super) side_data_list: Vec<SideData>,
}

impl Stream {
    pub(super) fn is(&self, disposition: &str) -> bool {
        self.disposition.get(disposition).is_some_and(|flag| *flag == 1)
    }

    /// A tag, whatever case its name has.
    pub(super) fn tag(&self, name: &str) -> Option<&str> {
        let named = self.tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SideData {
    pub(super) side_data_type: String,
    /// In degrees, counter-clockwise.
    pub(super) rotation: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReportedChapter {
    pub(super) start_time: Option<Decimal>,
    pub(super) end_time: Option<Decimal>,
    pub(super) tags: HashMap<String, String>,
}

/// A number of seconds with six decimals, in microseconds; ffprobe rounds to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Decimal(pub(super) i64);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let text = String::deserialize(json)?;
        // Nothing is that long, and what is no number is no time.
        Ok(Self(micros(&text).unwrap_or(i64::MIN)))
    }
}

/// A number of seconds as ffprobe writes it, in microseconds; none for what is no number.
pub fn micros(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = format!("{fraction:0<6}");
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = fraction.get(..6)?.parse().ok()?;
    Some(sign * whole.checked_mul(1_000_000)?.checked_add(fraction)?)
}

/// A ratio of positive numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) numerator: i32,
    pub(super) denominator: i32,
}

/// `25/1`, `16:11`; none where a part is 0, which is how ffprobe says that it does not know.
fn ratio<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Ratio>, D::Error> {
    let text = Option::<String>::deserialize(json)?.unwrap_or_default();
    let parts = text.split_once(['/', ':']);
    let parts = parts.and_then(|(one, other)| Some((one.parse().ok()?, other.parse().ok()?)));
    let known = parts.filter(|(numerator, denominator)| *numerator > 0 && *denominator > 0);
    Ok(known.map(|(numerator, denominator)| Ratio { numerator, denominator }))
}
