//! Programs that read hostile files, with little time, memory and room for output.

pub mod launch;

pub use launch::{Finished, Keep, Limits, Unfinished, launch};
