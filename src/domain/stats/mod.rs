//! Statistics of videos. What is here defines them for every store.

mod kinds;

pub use kinds::{Facet, FacetCount, FacetValue, KindTotals, VideoKind, VideoStats, VideoTotals};
