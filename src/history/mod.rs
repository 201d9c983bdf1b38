//! Changes of many videos at once: what they would do, and what stands for it.

pub mod plan;
pub mod undo;
