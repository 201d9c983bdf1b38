//! Search: which filenames and paths a query matches, and how matches are ranked.
//!
//! Only this module splits text into [`SearchWords`], on both sides: a store indexes the words of
//! its videos and looks up those of a query, so a database's own tokenizer and query syntax never
//! see user input. [`SearchQuery::rank`] defines the search. Every store finds the same videos, in
//! the order of [`SearchPosition`].
//!
//! Spellings that readers consider equal become one on both sides, by folding (`fold`) and in words
//! (`words`), so that a store looks up words as they are. There are two exceptions. Words joined by
//! punctuation (`pieces`) are indexed in pieces and, in addition to the sequence, as one
//! *compound*; those of a query are looked up as either, see [`SearchTerm`]. And a query that is a
//! whole name is compared with names directly, see [`exact`](SearchQuery::exact_filenames).
//!
//! A [`Highlighter`] marks what a query matches in a text. It folds the text as a search does, and
//! also keeps which characters each part of the folded text comes from (`traced`).

mod episodes;
mod exact;
mod fold;
mod highlighter;
mod pattern;
mod pieces;
mod places;
mod query;
mod rank;
mod traced;
mod words;

#[cfg(test)]
mod pairs;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod segment_cases;
#[cfg(test)]
mod segment_properties;

/// The version of the words of texts. A store that keeps words records it, and rebuilds them when
/// it has changed. Each new version comes with a migration, so that older programs refuse the
/// library.
pub const VERSION: i64 = 2;

pub(super) use fold::fold_letters;
pub use highlighter::{Highlighter, TextSegment};
pub use query::{SearchQuery, SearchTerm, TooLong};
pub use rank::{SearchPosition, Tier, VideoWords};
pub use words::SearchWords;
