//! The history of a library, put to use: past states of all of it, and changes of many videos that are planned
//! before they are made.

pub mod bulk;
pub mod moment;
pub mod plan;
pub mod undo;
