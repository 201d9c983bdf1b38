//! The history of a library, put to use: past states of all of it.

pub mod moment;
