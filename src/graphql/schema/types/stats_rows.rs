//! The rows of statistics in the API.

use async_graphql::{Context, Enum, SimpleObject};

use crate::domain::Text;
use crate::domain::stats::{self, Bucket, FacetCount, FacetValue, FolderTotals, Sums, TimeField};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{asks_for, direct};
use crate::graphql::schema::scalars::{DateTime, SafeInt};

/// Which sums of rows are selected. One that is not selected must not fail.
#[derive(Clone, Copy)]
pub struct Shows {
    file_size: bool,
}

impl Shows {
    /// What is selected of the rows of the list that is the field of this context.
    pub fn of(ctx: &Context<'_>) -> Self {
        Self { file_size: asks_for(ctx, "totalFileSize") }
    }

    fn file_size(self, sum: u128) -> Result<SafeInt, ApiError> {
        if self.file_size { bytes(sum) } else { Ok(SafeInt(0)) }
    }
}

/// A number of videos.
///
/// # Errors
/// When it does not fit, which takes two billion videos.
pub fn number(count: u64) -> Result<i32, ApiError> {
    i32::try_from(count).map_err(ApiError::internal)
}

/// A sum of bytes.
///
/// # Errors
/// `OutOfRange` when it exceeds `SafeInt`.
pub fn bytes(sum: u128) -> Result<SafeInt, ApiError> {
    i64::try_from(sum).ok().and_then(SafeInt::new).ok_or_else(|| {
        ApiError::OutOfRange(format!(
            "the videos have {sum} bytes in total, more than SafeInt can represent: select fewer \
             videos with a filter"
        ))
    })
}

direct!(
    /// Number of videos with a codec.
    #[derive(SimpleObject)]
    pub struct CodecCount {
        /// The codec; null counts the videos without audio.
        codec: Option<String>,
        /// Number of videos.
        count: i32,
        /// Bytes.
        total_file_size: SafeInt,
        /// Summed exactly, as frames at each frame rate, and divided last.
        total_duration_seconds: f64,
    }
);

impl CodecCount {
    /// The row of a codec.
    ///
    /// # Errors
    /// When a sum cannot be represented.
    pub fn of(FacetCount { value, totals }: &FacetCount, shows: Shows) -> Result<Self, ApiError> {
        let FacetValue::Codec(codec) = value else {
            return Err(ApiError::internal("codecs were counted by something else"));
        };
        Ok(Self {
            codec: codec.as_ref().map(Text::to_string),
            count: number(totals.count)?,
            total_file_size: shows.file_size(totals.file_size)?,
            total_duration_seconds: totals.duration_seconds(),
        })
    }
}

direct!(
    /// Number of videos with a resolution.
    #[derive(SimpleObject)]
    pub struct ResolutionCount {
        /// Pixels.
        width: i32,
        /// Pixels.
        height: i32,
        /// Number of videos.
        count: i32,
        /// Bytes.
        total_file_size: SafeInt,
        /// Summed exactly, as frames at each frame rate, and divided last.
        total_duration_seconds: f64,
    }
);

impl ResolutionCount {
    /// The row of a resolution.
    ///
    /// # Errors
    /// When a sum cannot be represented.
    pub fn of(FacetCount { value, totals }: &FacetCount, shows: Shows) -> Result<Self, ApiError> {
        let FacetValue::Resolution(width, height) = value else {
            return Err(ApiError::internal("resolutions were counted by something else"));
        };
        Ok(Self {
            width: width.get(),
            height: height.get(),
            count: number(totals.count)?,
            total_file_size: shows.file_size(totals.file_size)?,
            total_duration_seconds: totals.duration_seconds(),
        })
    }
}

/// More values may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "TimeField")]
pub enum VideoTimeField {
    /// Time when the record was added.
    CreatedAt,
    /// Time when the record last changed.
    UpdatedAt,
    /// Time when the file was last modified, by its file system. Videos without one are not counted.
    FileModifiedAt,
}

/// Unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stats::TimeUnit")]
pub enum TimeUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// Calendar month.
    Month,
    /// Calendar year.
    Year,
}

direct!(
    /// Videos of one unit of time.
    #[derive(SimpleObject)]
    pub struct TimeBucket {
        /// The first instant of the unit in that zone.
        start: DateTime,
        /// Number of videos.
        count: i32,
        /// Bytes.
        total_file_size: SafeInt,
    }
);

impl TimeBucket {
    /// The row of a unit of time.
    ///
    /// # Errors
    /// When a sum cannot be represented.
    pub fn of(bucket: stats::TimeBucket, shows: Shows) -> Result<Self, ApiError> {
        let stats::TimeBucket { start, sums: Sums { count, file_size } } = bucket;
        let total_file_size = shows.file_size(file_size)?;
        Ok(Self { start: DateTime(start), count: number(count)?, total_file_size })
    }
}

direct!(
    /// Videos of one range of sizes.
    #[derive(SimpleObject)]
    pub struct SizeBucket {
        /// Bytes; the range starts here. Null if it has no lower bound.
        lower: Option<SafeInt>,
        /// Bytes; the range ends before. Null if it has no upper bound.
        upper: Option<SafeInt>,
        /// Number of videos.
        count: i32,
        /// Bytes.
        total_file_size: SafeInt,
    }
);

impl SizeBucket {
    /// The row of a range.
    ///
    /// # Errors
    /// When a sum cannot be represented.
    pub fn of(bucket: Bucket<i64>, shows: Shows) -> Result<Self, ApiError> {
        let Bucket { lower, upper, sums } = bucket;
        Ok(Self {
            lower: lower.map(SafeInt),
            upper: upper.map(SafeInt),
            count: number(sums.count)?,
            total_file_size: shows.file_size(sums.file_size)?,
        })
    }
}

direct!(
    /// Videos of one range of durations.
    #[derive(SimpleObject)]
    pub struct DurationBucket {
        /// Seconds; the range starts here. Null if it has no lower bound.
        lower: Option<f64>,
        /// Seconds; the range ends before. Null if it has no upper bound.
        upper: Option<f64>,
        /// Number of videos.
        count: i32,
        /// Bytes.
        total_file_size: SafeInt,
    }
);

impl DurationBucket {
    /// The row of a range.
    ///
    /// # Errors
    /// When a sum cannot be represented.
    pub fn of(bucket: Bucket<f64>, shows: Shows) -> Result<Self, ApiError> {
        let Bucket { lower, upper, sums } = bucket;
        let total_file_size = shows.file_size(sums.file_size)?;
        Ok(Self { lower, upper, count: number(sums.count)?, total_file_size })
    }
}

direct!(
    /// Videos in and below one folder.
    #[derive(SimpleObject)]
    pub struct FolderCount {
        /// With the separator at its end: good for `under`, and for `path: {startsWith}`.
        path: String,
        /// Its last part, without separators.
        name: String,
        /// Number of videos.
        count: i32,
        /// Bytes.
        total_file_size: SafeInt,
    }
);

impl FolderCount {
    /// The row of a folder.
    ///
    /// # Errors
    /// When a sum cannot be represented.
    pub fn of(folder: FolderTotals, shows: Shows) -> Result<Self, ApiError> {
        let name = folder.name().to_owned();
        let FolderTotals { path, sums } = folder;
        let total_file_size = shows.file_size(sums.file_size)?;
        Ok(Self { path, name, count: number(sums.count)?, total_file_size })
    }
}
