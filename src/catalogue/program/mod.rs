//! Programs of FFmpeg, which read hostile files with little time, memory and room for output.

mod binding;
mod find;
mod input;
mod launch;
mod path;

pub use find::{Program, ProgramError, Tool};
pub use input::input;
pub use launch::{Finished, Keep, Limits, Unfinished};
