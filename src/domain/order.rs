//! Orders of videos, every one of them total, and places in them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize, Serializer};

use super::audit::{AuditEntry, AuditOperation};
use super::field::VideoField;
use super::natural::NaturalName;
use super::video::{Video, VideoId};

/// A sort order of videos: by each key in turn, and then by ID, in the direction of the last key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "Vec<OrderKey>")]
pub struct VideoOrder {
    keys: Vec<OrderKey>,
}

impl VideoOrder {
    /// The sort order with these keys; [`default`](Self::default) if there are none.
    pub fn by(keys: Vec<OrderKey>) -> Self {
        if keys.is_empty() { Self::default() } else { Self { keys } }
    }

    /// The keys, the first key first; there is at least one.
    pub fn keys(&self) -> &[OrderKey] {
        &self.keys
    }

    /// The direction in which IDs break ties.
    pub fn tie_direction(&self) -> Direction {
        self.keys.last().expect("an order has a key").direction
    }

    /// The position of a video in this sort order.
    pub fn place_of(&self, video: &Video) -> SortPosition {
        SortPosition {
            keys: self.keys.iter().map(|key| key.field.of(video)).collect(),
            id: video.id,
        }
    }

    /// How two places of this order lie to each other.
    pub fn compare(&self, a: &SortPosition, b: &SortPosition) -> Ordering {
        let by_keys = self
            .keys
            .iter()
            .zip(a.keys.iter().zip(&b.keys))
            .map(|(key, (a, b))| key.direction.apply(a.cmp(b)));
        let by_id = std::iter::once_with(|| self.tie_direction().apply(a.id.cmp(&b.id)));
        by_keys.chain(by_id).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Whether a position can belong to this sort order: as many keys, each of its field's type.
    pub fn admits(&self, place: &SortPosition) -> bool {
        self.keys.len() == place.keys.len()
            && self.keys.iter().zip(&place.keys).all(|(key, value)| key.field.admits(value))
    }
}

impl From<Vec<OrderKey>> for VideoOrder {
    fn from(keys: Vec<OrderKey>) -> Self {
        Self::by(keys)
    }
}

impl Serialize for VideoOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.keys.serialize(serializer)
    }
}

impl Default for VideoOrder {
    /// Newest first.
    fn default() -> Self {
        Self { keys: vec![OrderKey { field: OrderField::CreatedAt, direction: Direction::Desc }] }
    }
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// The field.
    pub field: OrderField,
    /// The direction.
    pub direction: Direction,
}

/// The fields that videos can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderField {
    /// When the record was added.
    CreatedAt,
    /// When the record last changed.
    UpdatedAt,
    /// The name, byte by byte.
    Filename,
    /// The path, byte by byte.
    Path,
    /// The duration in seconds.
    Duration,
    /// The size in bytes.
    FileSize,
    /// The name as people sort it, see [`NaturalName`].
    FilenameNatural,
    /// The video codec, byte by byte.
    VideoCodec,
    /// The audio codec, byte by byte; none before text.
    AudioCodec,
    /// The number of pixels, and then the width.
    Resolution,
    /// Frames per second.
    FrameRate,
}

impl OrderField {
    /// Every field that videos can be ordered by.
    pub const ALL: [Self; 11] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Filename,
        Self::Path,
        Self::Duration,
        Self::FileSize,
        Self::FilenameNatural,
        Self::VideoCodec,
        Self::AudioCodec,
        Self::Resolution,
        Self::FrameRate,
    ];

    /// Whether a change of a video can change its value for this key.
    pub fn can_change_by(self, change: &AuditEntry) -> bool {
        change.operation != AuditOperation::Update
            || self == Self::UpdatedAt
            || change.changes.iter().any(|change| self.depends_on(change.field))
    }

    fn depends_on(self, field: VideoField) -> bool {
        match self {
            Self::CreatedAt => field == VideoField::CreatedAt,
            Self::UpdatedAt => field == VideoField::UpdatedAt,
            Self::Filename | Self::FilenameNatural => field == VideoField::Filename,
            Self::Path => field == VideoField::Path,
            Self::Duration => matches!(field, VideoField::DurationFrames | VideoField::FrameRate),
            Self::FileSize => field == VideoField::FileSize,
            Self::VideoCodec => field == VideoField::VideoCodec,
            Self::AudioCodec => field == VideoField::AudioCodec,
            Self::Resolution => matches!(field, VideoField::Width | VideoField::Height),
            Self::FrameRate => field == VideoField::FrameRate,
        }
    }

    fn of(self, video: &Video) -> SortValue {
        let values = &video.values;
        match self {
            Self::CreatedAt => SortValue::Integer(video.created_at.as_micros()),
            Self::UpdatedAt => SortValue::Integer(video.updated_at.as_micros()),
            Self::Filename => SortValue::Text(values.filename.as_str().to_owned()),
            Self::Path => SortValue::Text(values.path.as_str().to_owned()),
            Self::Duration => SortValue::Real(values.duration_seconds()),
            Self::FileSize => SortValue::Integer(values.file_size.get()),
            Self::FilenameNatural => SortValue::Natural(NaturalName::of(values.filename.as_str())),
            Self::VideoCodec => SortValue::Text(values.video_codec.as_str().to_owned()),
            // No codec is the empty text, so that the empty text is no codec.
            Self::AudioCodec => SortValue::Text(
                values.audio_codec.as_ref().map_or_else(String::new, ToString::to_string),
            ),
            Self::Resolution => {
                let (width, height) = (values.width.get(), values.height.get());
                SortValue::Resolution { pixels: i64::from(width) * i64::from(height), width }
            }
            Self::FrameRate => SortValue::Real(values.frame_rate.fps()),
        }
    }

    fn admits(self, value: &SortValue) -> bool {
        match (self, value) {
            (Self::CreatedAt | Self::UpdatedAt | Self::FileSize, SortValue::Integer(_))
            | (
                Self::Filename | Self::Path | Self::VideoCodec | Self::AudioCodec,
                SortValue::Text(_),
            )
            | (Self::FilenameNatural, SortValue::Natural(_))
            | (Self::Resolution, SortValue::Resolution { .. }) => true,
            // Databases know no NaN, and take the two zeros for one.
            (Self::Duration | Self::FrameRate, SortValue::Real(number)) => {
                number.is_finite() && number.is_sign_positive()
            }
            _ => false,
        }
    }
}

/// Sort direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

impl Direction {
    /// The other way.
    pub fn reversed(self) -> Self {
        match self {
            Self::Asc => Self::Desc,
            Self::Desc => Self::Asc,
        }
    }

    fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Asc => ordering,
            Self::Desc => ordering.reverse(),
        }
    }
}

/// A position in a sort order. It contains all that is compared, so it outlives its video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SortPosition {
    /// The video's value for each key.
    pub keys: Vec<SortValue>,
    /// Its ID.
    pub id: VideoId,
}

/// A video's value for a sort key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SortValue {
    /// A time in microseconds since 1970 began, or a size in bytes.
    Integer(i64),
    /// A duration in seconds, or a frame rate in frames per second.
    Real(f64),
    /// A name, a path or a codec; empty for no codec.
    Text(String),
    /// A name in natural order.
    Natural(NaturalName),
    /// The size of the picture.
    Resolution {
        /// The width times the height.
        pixels: i64,
        /// The width in pixels.
        width: i32,
    },
}

impl SortValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Real(a), Self::Real(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Natural(a), Self::Natural(b)) => a.cmp(b),
            (
                Self::Resolution { pixels: a, width: of_a },
                Self::Resolution { pixels: b, width: of_b },
            ) => (a, of_a).cmp(&(b, of_b)),
            _ => unreachable!("the values of one key have one type"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::video;
    use crate::domain::{Dimension, Text};

    const ASC: Direction = Direction::Asc;
    const DESC: Direction = Direction::Desc;

    fn order(keys: &[(OrderField, Direction)]) -> VideoOrder {
        let key = |&(field, direction)| OrderKey { field, direction };
        VideoOrder::by(keys.iter().map(key).collect())
    }

    fn place(keys: Vec<SortValue>, id: u8) -> SortPosition {
        SortPosition { keys, id: VideoId::from_bytes([id; 16]) }
    }

    #[test]
    fn the_first_key_that_differs_decides_and_the_id_goes_with_the_last() {
        let at = |name: &str, size, id| {
            place(vec![SortValue::Text(name.into()), SortValue::Integer(size)], id)
        };
        let by = |one, two| order(&[(OrderField::Filename, one), (OrderField::FileSize, two)]);
        for (order, a, b, expected) in [
            (by(ASC, ASC), at("a", 9, 9), at("b", 1, 1), Ordering::Less),
            (by(DESC, ASC), at("a", 1, 1), at("b", 9, 9), Ordering::Greater),
            (by(ASC, DESC), at("a", 9, 1), at("a", 1, 9), Ordering::Less),
            (by(ASC, DESC), at("a", 1, 9), at("a", 1, 1), Ordering::Less),
            (by(DESC, ASC), at("a", 1, 9), at("a", 1, 1), Ordering::Greater),
            (by(DESC, ASC), at("a", 1, 1), at("a", 1, 1), Ordering::Equal),
            (by(ASC, ASC), at("Z", 1, 1), at("a", 1, 1), Ordering::Less),
            (by(ASC, ASC), at("z", 1, 1), at("é", 1, 1), Ordering::Less),
        ] {
            assert_eq!(order.compare(&a, &b), expected, "{a:?} {b:?} in {order:?}");
            assert_eq!(order.compare(&b, &a), expected.reverse(), "{b:?} {a:?} in {order:?}");
        }
    }

    #[test]
    fn a_place_is_admitted_by_the_orders_it_can_be_of() {
        let (number, text) = (SortValue::Integer(1), SortValue::Text("a".into()));
        let real = SortValue::Real;
        for (field, value, expected) in [
            (OrderField::CreatedAt, number.clone(), true),
            (OrderField::UpdatedAt, number.clone(), true),
            (OrderField::FileSize, number.clone(), true),
            (OrderField::Filename, text.clone(), true),
            (OrderField::Path, text.clone(), true),
            (OrderField::Duration, real(0.0), true),
            (OrderField::Duration, real(f64::MAX), true),
            (OrderField::Duration, real(-0.0), false),
            (OrderField::Duration, real(f64::NAN), false),
            (OrderField::Duration, real(f64::INFINITY), false),
            (OrderField::Duration, number.clone(), false),
            (OrderField::CreatedAt, text.clone(), false),
            (OrderField::FilenameNatural, SortValue::Natural(NaturalName::of("a")), true),
            (OrderField::FilenameNatural, text.clone(), false),
            (OrderField::VideoCodec, text.clone(), true),
            (OrderField::VideoCodec, number.clone(), false),
            (OrderField::AudioCodec, text.clone(), true),
            (OrderField::AudioCodec, SortValue::Text(String::new()), true),
            (OrderField::Resolution, SortValue::Resolution { pixels: 6, width: 2 }, true),
            (OrderField::Resolution, number.clone(), false),
            (OrderField::FrameRate, real(23.976), true),
            (OrderField::FrameRate, real(f64::NAN), false),
            (OrderField::FrameRate, text, false),
            (OrderField::FileSize, real(1.0), false),
            (OrderField::Path, number.clone(), false),
        ] {
            let order = order(&[(field, ASC)]);
            assert_eq!(order.admits(&place(vec![value.clone()], 1)), expected, "{value:?}");
        }
        let sizes = order(&[(OrderField::FileSize, ASC), (OrderField::CreatedAt, ASC)]);
        for (length, expected) in [(0, false), (1, false), (2, true), (3, false)] {
            assert_eq!(sizes.admits(&place(vec![number.clone(); length], 1)), expected);
        }
    }

    #[test]
    fn no_codec_comes_before_every_codec_and_equal_areas_go_by_width() {
        let of = |width, height, audio_codec: Option<&str>| {
            let mut video = video();
            let values = &mut video.values;
            values.width = Dimension::new(width).unwrap();
            values.height = Dimension::new(height).unwrap();
            values.audio_codec = audio_codec.map(|codec| Text::new(codec).unwrap());
            video
        };
        for (field, smaller, larger) in [
            (OrderField::AudioCodec, of(1, 1, None), of(1, 1, Some("\u{1}"))),
            (OrderField::AudioCodec, of(1, 1, Some("AAC")), of(1, 1, Some("aac"))),
            (OrderField::Resolution, of(3, 8, None), of(4, 6, None)),
            (OrderField::Resolution, of(9, 1, None), of(2, 5, None)),
            (OrderField::Resolution, of(i32::MAX, 1, None), of(i32::MAX, i32::MAX, None)),
        ] {
            let order = order(&[(field, ASC)]);
            let ordering = order.compare(&order.place_of(&smaller), &order.place_of(&larger));
            assert_eq!(ordering, Ordering::Less, "{smaller:?} {larger:?} by {field:?}");
        }
    }

    #[test]
    fn an_order_has_a_key_also_when_it_was_read() {
        assert_eq!(VideoOrder::by(vec![]), VideoOrder::default());
        assert_eq!(serde_json::from_str::<VideoOrder>("[]").unwrap(), VideoOrder::default());
        let mixed = order(&[(OrderField::Path, DESC), (OrderField::Duration, ASC)]);
        let written = serde_json::to_string(&mixed).unwrap();
        assert_eq!(serde_json::from_str::<VideoOrder>(&written).unwrap(), mixed);
    }
}
