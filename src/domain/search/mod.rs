//! Search: what a query finds among filenames and paths, and which of that comes first.
//!
//! Both sides are cut into [`SearchWords`] here and nowhere else: a store indexes the words of its
//! videos and looks up those of a query, so that a database's own tokenizer and query syntax never
//! see what a user wrote. [`SearchQuery::rank`] is the meaning of a search. Every store finds the
//! same videos, in the order of [`SearchPlace`].
//!
//! Spellings that readers take for one are made one on both sides, by folding (`fold`) and in words
//! (`words`), so that a store looks up words as they are. Two things cannot be made one. Words that a
//! sign joins (`pieces`) are indexed in pieces and, beside the sequence, as one *compound*; those of a
//! query are looked up as either, see [`SearchTerm`]. And a query that is a whole name is compared
//! with names as they are, see [`exact`](SearchQuery::exact_filenames).

mod exact;
mod fold;
mod pieces;
mod query;
mod rank;
mod words;

#[cfg(test)]
mod pairs;
#[cfg(test)]
mod properties;

/// Which words a text has. A store that keeps them says so, and makes them anew when this has risen; so
/// does what an older program can read, for which each new number comes with a migration.
pub const VERSION: i64 = 2;

pub(super) use fold::fold_letters;
pub use query::{SearchQuery, SearchTerm, TooLong};
pub use rank::{SearchPlace, Tier, VideoWords};
pub use words::SearchWords;
