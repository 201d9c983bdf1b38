//! What scans decide: from what a disk and a file say to what becomes of a library.

pub mod exclusion;
pub mod extensions;
pub mod guard;
pub mod moves;
pub mod probe;
pub mod problem;
pub mod report;
pub mod shown;

pub use extensions::Extensions;
pub use guard::Guard;
pub use moves::{Moves, Seen};
pub use probe::{NoVideo, Probed};
pub use problem::{Problem, ProblemCode};
pub use report::Report;
pub use shown::shown;
