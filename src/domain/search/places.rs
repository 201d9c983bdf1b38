//! Words and where they are in their text.

use std::ops::Range;

use super::words::{SearchWords, TokenPlace};

/// The words of a folded text, each with its place in it.
pub(super) struct PlacedWords {
    /// The words.
    pub(super) words: SearchWords,
    /// The place of each of their tokens, in order.
    pub(super) places: Vec<TokenPlace>,
}

impl PlacedWords {
    /// The words of a folded text.
    pub(super) fn of(folded: &str) -> Self {
        let mut places = Vec::new();
        let words = SearchWords::of_folded(folded, |place| places.push(place));
        Self { words, places }
    }

    /// The tokens with their places.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (&str, &TokenPlace)> {
        self.places.iter().map(|place| (self.token_at(place), place))
    }

    /// The compounds, each with the token that it begins with and its part of the folded text.
    pub(super) fn compounds(&self) -> impl Iterator<Item = (&str, &str, Range<usize>)> {
        let chains = self.places.chunk_by(|_, next| next.is_joined);
        let chains = chains.filter_map(|chain| match chain {
            [first, .., last] => Some((self.token_at(first), first.part.start..last.part.end)),
            _ => None,
        });
        self.words.compounds().zip(chains).map(|(compound, (first, part))| (compound, first, part))
    }

    /// The part of the folded text that a stretch of whole tokens comes from, with the blanks
    /// around it.
    pub(super) fn part_of(&self, padded: &Range<usize>) -> Range<usize> {
        let count_before = |byte| self.places.partition_point(|place| place.at < byte);
        let first = self.places.get(count_before(padded.start));
        let last = self.places[..count_before(padded.end)].last();
        first.map_or(0, |first| first.part.start)..last.map_or(0, |last| last.part.end)
    }

    fn token_at(&self, place: &TokenPlace) -> &str {
        let rest = &self.words.padded()[place.at..];
        rest.split_once(' ').map_or(rest, |(token, _)| token)
    }
}
