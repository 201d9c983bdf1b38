//! The columns that orders and filters of videos go by. Each store has them by the same names.

use super::columns::Columns;
use super::walk::Key;
use crate::domain::filter::{IntegerField, TextField};
use crate::domain::stats::TimeField;
use crate::domain::{OrderField, VideoOrder};

/// The columns of a table of videos.
pub(in crate::repository) trait VideoColumns: Columns {
    /// The one that settles ties.
    const ID: Self;

    /// Those that a sort key compares, one for each value of a place.
    fn of_order(field: OrderField) -> &'static [Self];

    fn of_text(field: TextField) -> Self;

    fn of_integer(field: IntegerField) -> Self;

    fn of_time(field: TimeField) -> Self;
}

/// The columns that an order compares, and which way they go.
pub(in crate::repository) fn keys_of<C: VideoColumns>(order: &VideoOrder) -> Vec<Key<C>> {
    let keys = order
        .keys()
        .iter()
        .flat_map(|key| C::of_order(key.field).iter().map(|column| (*column, key.direction)));
    keys.chain([(C::ID, order.tie_direction())]).collect()
}

/// Makes the columns of a table those of videos.
macro_rules! video_columns {
    ($Column:ident) => {
        impl $crate::repository::sql::VideoColumns for $Column {
            const ID: Self = Self::Id;

            fn of_order(field: $crate::domain::OrderField) -> &'static [Self] {
                use $crate::domain::OrderField;
                match field {
                    OrderField::CreatedAt => &[Self::CreatedAt],
                    OrderField::UpdatedAt => &[Self::UpdatedAt],
                    OrderField::Filename => &[Self::Filename],
                    OrderField::Path => &[Self::Path],
                    OrderField::Duration => &[Self::DurationSeconds],
                    OrderField::FileSize => &[Self::FileSize],
                    OrderField::FilenameNatural => &[Self::FilenameKey, Self::Filename],
                    OrderField::VideoCodec => &[Self::VideoCodec],
                    OrderField::AudioCodec => &[Self::AudioCodecKey],
                    OrderField::Resolution => &[Self::Pixels, Self::Width],
                    OrderField::FrameRate => &[Self::FramesPerSecond],
                }
            }

            fn of_text(field: $crate::domain::filter::TextField) -> Self {
                use $crate::domain::filter::TextField;
                match field {
                    TextField::Path => Self::Path,
                    TextField::Filename => Self::Filename,
                    TextField::VideoCodec => Self::VideoCodec,
                    TextField::AudioCodec => Self::AudioCodec,
                    TextField::Fingerprint => Self::Fingerprint,
                }
            }

            fn of_integer(field: $crate::domain::filter::IntegerField) -> Self {
                use $crate::domain::filter::IntegerField;
                match field {
                    IntegerField::Width => Self::Width,
                    IntegerField::Height => Self::Height,
                    IntegerField::FileSize => Self::FileSize,
                    IntegerField::CreatedAt => Self::CreatedAt,
                    IntegerField::UpdatedAt => Self::UpdatedAt,
                    IntegerField::MissingSince => Self::MissingSince,
                }
            }

            fn of_time(field: $crate::domain::stats::TimeField) -> Self {
                use $crate::domain::stats::TimeField;
                match field {
                    TimeField::CreatedAt => Self::CreatedAt,
                    TimeField::UpdatedAt => Self::UpdatedAt,
                    TimeField::FileModifiedAt => Self::FileModifiedAt,
                }
            }
        }
    };
}

pub(in crate::repository) use video_columns;
