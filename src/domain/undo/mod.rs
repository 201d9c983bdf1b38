//! Taking back what a request changed: what becomes of each video, and what is in the way.
//!
//! Nothing but values is compared. What the request changed and changed back is none of its effects, and what
//! others changed and changed back is no conflict.

mod chain;
mod item;
mod links;
mod paths;
mod states;
mod subject;
#[cfg(test)]
mod tests;

pub use item::{UndoAction, UndoConflict, UndoItem};
pub use paths::{Blocked, settle_paths, wanted_paths};
pub use subject::{UndoPolicy, UndoSubject};
