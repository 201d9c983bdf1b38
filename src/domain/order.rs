//! Orders of videos, every one of them total, and places in them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::video::{Video, VideoId};

/// An order of videos: by each key in turn, and what they leave equal by ID, in the direction of
/// the last key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VideoOrder {
    keys: Vec<OrderKey>,
}

impl VideoOrder {
    /// The order by these keys, the first key first; [`default`](Self::default) where there is none.
    pub fn by(keys: Vec<OrderKey>) -> Self {
        if keys.is_empty() { Self::default() } else { Self { keys } }
    }

    /// The keys, the first key first; there is at least one.
    pub fn keys(&self) -> &[OrderKey] {
        &self.keys
    }

    /// The direction in which IDs settle what the keys leave equal.
    pub fn tie_direction(&self) -> Direction {
        self.keys.last().expect("an order has a key").direction
    }

    /// Where a video stands in this order.
    pub fn place_of(&self, video: &Video) -> VideoPlace {
        VideoPlace { keys: self.keys.iter().map(|key| key.field.of(video)).collect(), id: video.id }
    }

    /// How two places of this order lie to each other.
    pub fn compare(&self, a: &VideoPlace, b: &VideoPlace) -> Ordering {
        let by_keys = self
            .keys
            .iter()
            .zip(a.keys.iter().zip(&b.keys))
            .map(|(key, (a, b))| key.direction.apply(a.cmp(b)));
        let by_id = std::iter::once_with(|| self.tie_direction().apply(a.id.cmp(&b.id)));
        by_keys.chain(by_id).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Whether a place could be one of this order: as many keys, and each of its field's type.
    pub fn admits(&self, place: &VideoPlace) -> bool {
        self.keys.len() == place.keys.len()
            && self.keys.iter().zip(&place.keys).all(|(key, value)| {
                matches!(
                    (key.field, value),
                    (OrderField::CreatedAt | OrderField::UpdatedAt, SortValue::Integer(_))
                        | (OrderField::FileSize, SortValue::Integer(_))
                        | (OrderField::Filename | OrderField::Path, SortValue::Text(_))
                        | (OrderField::Duration, SortValue::Real(_))
                )
            })
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
    /// What is compared.
    pub field: OrderField,
    /// Which way.
    pub direction: Direction,
}

/// What videos can be ordered by.
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
}

impl OrderField {
    /// Every field that videos can be ordered by.
    pub const ALL: [Self; 6] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Filename,
        Self::Path,
        Self::Duration,
        Self::FileSize,
    ];

    fn of(self, video: &Video) -> SortValue {
        let values = &video.values;
        match self {
            Self::CreatedAt => SortValue::Integer(video.created_at.as_micros()),
            Self::UpdatedAt => SortValue::Integer(video.updated_at.as_micros()),
            Self::Filename => SortValue::Text(values.filename.as_str().to_owned()),
            Self::Path => SortValue::Text(values.path.as_str().to_owned()),
            Self::Duration => SortValue::Real(values.duration_seconds()),
            Self::FileSize => SortValue::Integer(values.file_size.get()),
        }
    }
}

/// Which way an order goes.
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

/// A place in an order. It holds all that is compared, so that it outlives the video it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoPlace {
    /// What the video had for each key.
    pub keys: Vec<SortValue>,
    /// Its ID.
    pub id: VideoId,
}

/// What a video has for a key of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SortValue {
    /// A time in microseconds since 1970 began, or a size in bytes.
    Integer(i64),
    /// A duration in seconds.
    Real(f64),
    /// A name or a path.
    Text(String),
}

impl SortValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Real(a), Self::Real(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => unreachable!("the values of one key have one type"),
        }
    }
}
