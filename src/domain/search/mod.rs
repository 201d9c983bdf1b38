//! Search: what a query finds among filenames and paths, and which of that comes first.
//!
//! Both sides are cut into [`SearchWords`] here and nowhere else: a store indexes the words of its
//! videos and looks up those of a query, so that a database's own tokenizer and query syntax never
//! see what a user wrote. [`SearchQuery::tier`] is the meaning of a search. Every store finds the
//! same videos, in the order of [`SearchPlace`].

mod fold;
mod query;
mod rank;
mod words;

#[cfg(test)]
mod properties;

pub use query::{SearchQuery, SearchTerm, TooLong};
pub use rank::{SearchPlace, Tier, VideoWords};
pub use words::SearchWords;
