//! What scans decide: from what a disk and a file say to what becomes of a library.

pub mod availability;
pub mod exclusion;
pub mod extensions;
pub mod guard;
pub mod job;
pub mod known_file;
pub mod moves;
pub mod probe;
pub mod problem;
pub mod report;
pub mod root;
pub mod scan_paths;
pub mod shown;

pub use availability::Availability;
pub use extensions::Extensions;
pub use guard::Guard;
pub use job::{RunnerId, ScanCounts, ScanEnd, ScanId, ScanJob, ScanOrder, ScanPhase, ScanState};
pub use known_file::{
    FileMark, FileNumber, FileReading, FileRow, KnownFile, Placement, ProbedValues,
};
pub use moves::{Moves, Seen};
pub use probe::{NoVideo, Probed};
pub use problem::{Problem, ProblemCode};
pub use report::Report;
pub use root::{Root, RootId, RootLook, RootName, RootOf, RootState};
pub use scan_paths::scan_paths;
pub use shown::shown;
