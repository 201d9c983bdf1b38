//! Decides what is executed: every document and all of its variables are checked here first.
//!
//! The checks of a document become more expensive step by step: its `text` before parsing; its
//! `extent` after parsing; literals and `validation` against the schema. The result is cached by
//! the document's text. The checks that depend on variables are repeated for each request: their
//! types, nulls, and the `cost`.

mod checked;
mod checker;
mod coercion;
pub mod consistency;
mod conversion;
mod cost;
mod executable;
mod extent;
pub mod json;
mod limits;
mod merging;
pub mod permission;
mod positions;
mod schema_cost;
mod sizes;
pub mod suggestions;
mod text;
mod validation;
mod verdicts;
mod visitor;
mod wording;

pub(in crate::graphql) use checker::ReadsFrom;
pub use checker::{CheckedRequest, DocumentChecker};
pub use limits::{DocumentLimits, MAX_NESTING};
