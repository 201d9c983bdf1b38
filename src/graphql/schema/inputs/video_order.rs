//! The order of `videos`.

use async_graphql::{Enum, InputObject};

use crate::domain::{self, Direction, OrderField, OrderKey};
use crate::graphql::error::ApiError;

/// Sort key.
#[derive(InputObject)]
pub struct VideoOrder {
    /// Field to sort by.
    field: VideoOrderField,
    /// Sort direction.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

/// Fields that videos can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderField")]
pub enum VideoOrderField {
    /// Time when the record was added.
    CreatedAt,
    /// Time when the record last changed.
    UpdatedAt,
    /// Filename, byte by byte.
    Filename,
    /// Path, byte by byte.
    Path,
    /// Duration in seconds.
    Duration,
    /// File size in bytes.
    FileSize,
    /// The filename as people sort it: case, accents and width do not count, and runs of digits compare as
    /// numbers, so E2 comes before E10. Ties go by filename byte by byte. The same on every storage backend.
    FilenameNatural,
    /// Video codec, byte by byte.
    VideoCodec,
    /// Audio codec, byte by byte; null before text.
    AudioCodec,
    /// Width times height, then width.
    Resolution,
    /// Frames per second.
    FrameRate,
}

/// Sort direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Direction")]
pub enum OrderDirection {
    /// Ascending: smallest first.
    Asc,
    /// Descending: largest first.
    Desc,
}

impl VideoOrder {
    /// The maximum number of sort keys.
    const MAX_KEYS: usize = 3;

    /// The sort order with these keys; newest first if there are none.
    ///
    /// # Errors
    /// `BadUserInput` when there are too many.
    pub fn parse(keys: Vec<Self>) -> Result<domain::VideoOrder, ApiError> {
        if keys.len() > Self::MAX_KEYS {
            return Err(ApiError::BadUserInput(format!(
                "orderBy can have at most {} keys, not {}",
                Self::MAX_KEYS,
                keys.len()
            )));
        }
        let keys = keys
            .into_iter()
            .map(|key| OrderKey { field: key.field.into(), direction: key.direction.into() });
        Ok(domain::VideoOrder::by(keys.collect()))
    }
}
