//! Random search texts, with words drawn from the videos that are there, so that they find some.

use std::ops::Range;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reelgraph::domain::{SearchQuery, Video};
use unicode_normalization::UnicodeNormalization;

/// Up to four words, starts of words, phrases and exclusions, however they are written, and now and
/// then what means nothing, or something to a database.
pub fn any_query(videos: &Arc<[Video]>) -> impl Strategy<Value = SearchQuery> + use<> {
    let word = || any_word(videos.clone());
    let phrase = any_stretch(videos.clone(), 1..24).prop_map(|text| format!("\"{text}\""));
    let excluded = (word(), any::<bool>()).prop_map(|(word, is_quoted)| {
        if is_quoted { format!("-\"{word}\"") } else { format!("-{word}") }
    });
    let part = prop_oneof![
        4 => word(),
        4 => (word(), any::<Index>()).prop_map(|(word, end)| start_of(&word, end)),
        3 => any_stretch(videos.clone(), 1..4),
        3 => phrase,
        2 => excluded,
        2 => any_stretch(videos.clone(), 3..16).prop_map(|text| compounded(&text)),
        1 => "[a-z0-9日本ンのй]{1,2}",
        1 => select(&STRANGE[..]).prop_map(str::to_owned),
    ];
    let spelled = (part, select(&SPELLINGS[..])).prop_map(|(part, spell)| spell(&part));
    vec(spelled, 1..5).prop_filter_map("a query of too many words", |parts| {
        SearchQuery::parse(&parts.join(" ")).ok()
    })
}

/// What is nothing but text here, although other search languages would read more into it.
pub const STRANGE: [&str; 32] = [
    "",
    "\0",
    "\"",
    "\"\"",
    "-",
    "--a",
    "- a",
    "-\"",
    "*",
    "a*",
    "^a",
    "?",
    "%",
    "_",
    "'",
    "';--",
    "\\",
    "(",
    "a)",
    "{a b}",
    "AND",
    "a OR b",
    "NOT a",
    "NEAR(a b, 2)",
    "path:mkv",
    "filename : a",
    "a + b",
    "|",
    "\u{200f}mkv\u{200e}",
    "\u{301}",
    "\u{feff}",
    "😀",
];

/// Ways to write a text that all mean the same.
const SPELLINGS: [fn(&str) -> String; 5] = [
    str::to_owned,
    str::to_uppercase,
    str::to_lowercase,
    |text| text.nfd().collect(),
    |text| text.chars().map(full_width).collect(),
];

fn full_width(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
        _ => c,
    }
}

/// A run of letters and digits in a filename or a path.
fn any_word(videos: Arc<[Video]>) -> impl Strategy<Value = String> {
    (any_name(videos), any::<Index>()).prop_map(|(name, index)| {
        let words = name.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        (*index.get(&words)).to_owned()
    })
}

/// What is left of a text without the signs that may be left out of compounds.
fn compounded(text: &str) -> String {
    text.replace(['-', '\'', '’', '.', '·'], "")
}

/// Some characters of a filename or a path.
fn any_stretch(videos: Arc<[Video]>, length: Range<usize>) -> impl Strategy<Value = String> {
    (any_name(videos), any::<Index>(), length).prop_map(|(name, begin, length)| {
        let begin = begin.index(name.chars().count());
        name.chars().skip(begin).take(length).filter(|c| *c != '"').collect()
    })
}

fn any_name(videos: Arc<[Video]>) -> impl Strategy<Value = String> {
    any::<(Index, bool)>().prop_map(move |(index, is_path)| {
        let values = &index.get(&videos).values;
        if is_path { values.path.to_string() } else { values.filename.to_string() }
    })
}

fn start_of(word: &str, end: Index) -> String {
    let count = word.chars().count();
    word.chars().take(end.index(count) + 1).collect()
}
