//! Taking back what a request changed, as planned from one moment of the library.

mod paths;
mod planning;
mod request;
mod subjects;

pub use planning::{UndoPlan, plan};
pub use request::{NotUndoable, UndoRequest};
