//! Decides what is executed: every document and all of its variables pass here first.
//!
//! A document goes through looks that cost more and more: its `text` before any parser sees it;
//! its `extent` once it is parsed; literals and `validation` against the schema. What came out
//! is kept by the document's text, so that all of this is done once. What depends on the variables
//! is looked at for each request: their types, where null must not stand, and the `cost`.

mod admission;
mod checked;
pub mod coercion;
pub mod consistency;
mod conversion;
mod cost;
mod executable;
mod extent;
mod limits;
mod merging;
pub mod permission;
mod positions;
mod schema_cost;
pub mod suggestions;
mod text;
mod validation;
mod verdicts;
mod wording;

pub use admission::{Admitted, Gatekeeper};
pub use limits::{DocumentLimits, MAX_NESTING};
