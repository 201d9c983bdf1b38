//! The order of `videos`.

use async_graphql::{Enum, InputObject};

use crate::domain::{self, Direction, OrderField, OrderKey};
use crate::graphql::error::ApiError;

/// A key of an order.
#[derive(InputObject)]
pub struct VideoOrder {
    /// What is compared.
    field: VideoOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

/// What videos can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderField")]
pub enum VideoOrderField {
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
    /// The filename as people sort it: case, accents and width do not count, and runs of digits compare as
    /// numbers, so E2 comes before E10. Ties go by filename byte by byte. The same on every storage backend.
    FilenameNatural,
}

/// Which way an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Direction")]
pub enum OrderDirection {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

impl VideoOrder {
    /// How many keys an order has at most.
    const MAX_KEYS: usize = 3;

    /// The order by these keys; newest first where there is none.
    ///
    /// # Errors
    /// `BadUserInput` when there are too many.
    pub fn parse(keys: Vec<Self>) -> Result<domain::VideoOrder, ApiError> {
        if keys.len() > Self::MAX_KEYS {
            return Err(ApiError::BadUserInput(format!(
                "orderBy must have {} keys at most, not {}",
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
