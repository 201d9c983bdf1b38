//! The library as it was at a moment.
//!
//! It is made of one snapshot of the present and of the videos that have changed since, each in its state
//! of then: what has not changed is read from the store, the rest is evaluated by the definitions of
//! `domain`, and both are merged. So it is exact on every store, and beyond what the same read of the
//! present costs, it costs what has changed since.

mod cache;
mod differences;
mod error;
mod listing;
mod lists;
mod made;
mod making;
mod merge;
mod moments;
mod offset;
mod place;
mod reads;
mod recent;
mod runs;
mod scan;
mod settings;
mod since;
mod sums;
mod unchanged;

pub use self::differences::{Difference, Differences};
pub use self::error::MomentError;
pub use self::moments::Moments;
pub use self::place::{MomentAt, Resolved};
pub use self::reads::Moment;
pub use self::settings::MomentSettings;
