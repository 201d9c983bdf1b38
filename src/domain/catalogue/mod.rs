//! What scans decide: from what a disk and a file say to what becomes of a library.

pub mod guard;
pub mod moves;
pub mod probe;
pub mod report;

pub use guard::Guard;
pub use moves::{Moves, Seen};
pub use probe::{NoVideo, Probed};
pub use report::Report;
