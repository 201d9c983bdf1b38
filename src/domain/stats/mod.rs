//! Statistics of videos. What is here defines them for every store.

mod calendar;
mod extremes;
mod folders;
mod histogram;
mod kinds;
mod sums;
mod time_buckets;

pub use calendar::{TimeUnit, TimeZone};
pub use extremes::Extremes;
pub use folders::{Folder, FolderPage, FolderSums, FolderTotals};
pub use histogram::{Bound, Bounds, Bucket, Histogram};
pub use kinds::{Facet, FacetCount, FacetValue, KindTotals, VideoKind, VideoStats, VideoTotals};
pub use sums::Sums;
pub use time_buckets::{TimeBucket, TimeBuckets, TimeField, TimeGrouping};
