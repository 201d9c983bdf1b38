//! The scan of a library root: from what a walk finds to what becomes of the library.
//!
//! A [`Scanner`] opens the root, walks through it, and compares each file with what is known at its path.
//! Files that are as they were cost a look-up; new ones are read and added at once, unless a known file with
//! the same content may be gone: those wait until the walk is over and it is clear which files were moved.
//! What is left unseen then is missing, if the guard allows it.

mod areas;
mod board;
mod comparing;
mod elsewhere;
mod halt;
mod marking;
mod matching;
mod numbers;
mod opening;
mod problems;
mod reading;
mod run;
mod scanner;
mod task;
#[cfg(test)]
mod tests;
mod unseen;
mod walking;
mod writes;

pub use scanner::Scanner;
pub use task::{Outcome, ScanSettings, ScanTask};
