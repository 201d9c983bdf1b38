//! Highlighting: which parts of a filename and a path a query matches.

use std::ops::Range;
use std::slice;

use super::episodes::length_in_word;
use super::pattern::Pattern;
use super::places::PlacedWords;
use super::query::{SearchQuery, SearchTerm};
use super::rank::VideoWords;
use super::traced::TracedText;
use super::words::SearchWords;
use crate::domain::video::VideoValues;

/// A part of a text, and whether a query matches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextSegment<'a> {
    /// As it is in the text; not empty.
    pub text: &'a str,
    /// Whether the query matches it. Of two segments in sequence, it matches one.
    pub is_match: bool,
}

impl TextSegment<'_> {
    /// The maximum number of segments of a text. If there were more, the last one is the rest of
    /// the text, as if the query did not match it.
    pub const MAX_COUNT: usize = 200;
}

/// A query, ready to mark its matches in any number of texts.
///
/// [`SearchQuery::rank`] decides whether it matches at all; in what it does not match, nothing is
/// marked. The time for a text does not depend on how often it matches.
#[derive(Clone, Debug)]
pub struct Highlighter {
    query: SearchQuery,
    /// The words that a word of the text must start with, sorted.
    starts: Vec<String>,
    /// The phrases that the text must contain, with the blanks around them.
    phrases: Vec<Pattern>,
}

impl Highlighter {
    /// Prepares a query.
    pub fn new(query: SearchQuery) -> Self {
        let (mut starts, mut phrases) = (Vec::new(), Vec::new());
        for term in query.required() {
            match term {
                SearchTerm::Start(words) => {
                    starts.extend(words.each().map(|word| word.as_str().to_owned()));
                }
                SearchTerm::Phrase(words) => {
                    phrases.extend(words.each().map(|words| Pattern::new(words.padded())));
                }
            }
        }
        starts.sort_unstable();
        starts.dedup();
        Self { query, starts, phrases }
    }

    /// The filename of a video in segments. Joined, they are the filename.
    pub fn filename_segments<'a>(&self, values: &'a VideoValues) -> Vec<TextSegment<'a>> {
        let (filename, path) = (values.filename.as_str(), values.path.as_str());
        match self.query.length_in_filename(filename) {
            Some(length) => segments(filename, slice::from_ref(&(0..length))),
            None => segments(filename, &self.marks(filename, path, values)),
        }
    }

    /// The path of a video in segments. Joined, they are the path.
    pub fn path_segments<'a>(&self, values: &'a VideoValues) -> Vec<TextSegment<'a>> {
        let (filename, path) = (values.filename.as_str(), values.path.as_str());
        match self.query.is_whole_path(path) {
            true => segments(path, slice::from_ref(&(0..path.len()))),
            false => segments(path, &self.marks(path, filename, values)),
        }
    }

    /// What it matches by words in one of the two texts of a video.
    fn marks(&self, text: &str, other: &str, values: &VideoValues) -> Vec<Range<usize>> {
        if self.query.requires_nothing() {
            return Vec::new();
        }
        let text = TracedText::of(text);
        let words = PlacedWords::of(text.folded());
        let is_exact = || self.query.is_exact(values.filename.as_str(), values.path.as_str());
        if !self.finds(&words.words, other) && !is_exact() {
            return Vec::new();
        }
        let parts = self.occurrences(text.folded(), &words);
        united(parts.iter().map(|part| text.source_of(part)).collect())
    }

    /// Whether it matches a video by words: those of one of its texts, and the other text.
    fn finds(&self, words: &SearchWords, other: &str) -> bool {
        let is_required_all = || self.query.required().iter().all(|term| term.holds_in(words));
        if self.query.excluded().is_empty() && is_required_all() {
            return true;
        }
        // It does not matter which of them is the filename.
        self.query.matches(&VideoWords { filename: words.clone(), path: SearchWords::of(other) })
    }

    /// Every occurrence of a required word or phrase, as a part of the folded text.
    pub(super) fn occurrences(&self, folded: &str, words: &PlacedWords) -> Vec<Range<usize>> {
        let starts = words.tokens().filter_map(|(token, place)| {
            let word = &folded[place.part.clone()];
            let length = length_in_word(word, self.longest_start(token)?.len());
            Some(place.part.start..place.part.start + length)
        });
        let padded = words.words.padded();
        let phrases = self.phrases.iter().flat_map(|phrase| phrase.occurrences(padded));
        let compounds = words.compounds().filter_map(|(compound, first, part)| {
            self.marks_compound(compound, first).then_some(part)
        });
        starts.chain(phrases.map(|padded| words.part_of(&padded))).chain(compounds).collect()
    }

    /// Whether all of a compound is marked, instead of just the start of its first word.
    fn marks_compound(&self, compound: &str, first: &str) -> bool {
        let goes_beyond = |start: &str| !first.starts_with(start);
        self.longest_start(compound).is_some_and(goes_beyond)
            || self.phrases.iter().any(|phrase| phrase.as_str().trim_matches(' ') == compound)
    }

    /// The longest of the words that a token starts with.
    fn longest_start(&self, token: &str) -> Option<&str> {
        let mut token = token.as_bytes();
        loop {
            // Nothing after it in the order is a start of the token.
            let count = self.starts.partition_point(|start| start.as_bytes() <= token);
            let start = self.starts[..count].last()?;
            if token.starts_with(start.as_bytes()) {
                return Some(start);
            }
            let common = token.iter().zip(start.as_bytes()).take_while(|(a, b)| a == b).count();
            token = &token[..common];
        }
    }
}

/// The ranges in order, with those that overlap or touch as one.
fn united(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|range, before| {
        let is_apart = range.start > before.end;
        if !is_apart {
            before.end = before.end.max(range.end);
        }
        !is_apart
    });
    ranges
}

/// Cuts a text at the ranges that are marked in it, which are in order and apart.
fn segments<'a>(text: &'a str, marks: &[Range<usize>]) -> Vec<TextSegment<'a>> {
    let mut segments = Vec::with_capacity(2 * marks.len() + 1);
    let mut end = 0;
    for mark in &marks[..marks_shown(text, marks)] {
        segments.push(TextSegment { text: &text[end..mark.start], is_match: false });
        segments.push(TextSegment { text: &text[mark.clone()], is_match: true });
        end = mark.end;
    }
    segments.push(TextSegment { text: &text[end..], is_match: false });
    segments.retain(|segment| !segment.text.is_empty());
    segments
}

/// How many of the marks there is room for.
fn marks_shown(text: &str, marks: &[Range<usize>]) -> usize {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return 0 };
    let begins_with_mark = first.start == 0;
    let count =
        2 * marks.len() + 1 - usize::from(begins_with_mark) - usize::from(last.end == text.len());
    match count <= TextSegment::MAX_COUNT {
        true => marks.len(),
        // A segment without a match follows them.
        false => (TextSegment::MAX_COUNT - usize::from(!begins_with_mark)) / 2,
    }
}
