//! Queries: user input as words, phrases and exclusions.

use std::iter;

use serde::Serialize;

use super::fold::fold;
use super::pieces::{Found, Piece, Slash, compounded, pieces};
use super::words::SearchWords;

/// Any of these opens a phrase, and any closes it: keyboards insert curly ones automatically.
const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// A search.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SearchQuery {
    /// As it was written.
    #[serde(skip)]
    pub(super) text: String,
    required: Vec<SearchTerm>,
    excluded: Vec<SearchWords>,
}

/// A condition on the filename or the path of a video.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum SearchTerm {
    /// A word of the text starts with this one.
    Start(Spellings),
    /// The text contains these words, each whole, one after the other.
    Phrase(Spellings),
}

/// The spellings of the words of a term: as in the query and, if they are part of a compound or
/// contain one, with the compound as one word.
///
/// `Spider-Man` is two terms, each with `spiderman` as its other spelling: so a text fulfils both if
/// it has the two words or the one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Spellings {
    words: SearchWords,
    #[serde(skip_serializing_if = "Option::is_none")]
    compounded: Option<SearchWords>,
}

impl Spellings {
    fn of(text: &str, compounded: Option<&str>) -> Self {
        Self {
            words: SearchWords::in_query(text),
            compounded: compounded.map(SearchWords::in_query),
        }
    }

    /// Each of them, that of the query first.
    pub fn each(&self) -> impl Iterator<Item = &SearchWords> {
        iter::once(&self.words).chain(&self.compounded)
    }
}

/// Why a query was refused, in words for the one who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLong {
    /// It has this many characters.
    #[error("must have at most {max} characters, not {0}", max = SearchQuery::MAX_CHARACTERS)]
    Characters(usize),
    /// It has this many words.
    #[error("must have at most {max} words, not {0}", max = SearchQuery::MAX_WORDS)]
    Words(usize),
}

impl SearchQuery {
    /// The maximum number of characters in a query.
    pub const MAX_CHARACTERS: usize = 1000;
    /// The maximum number of words in a query, including excluded, quoted and repeated ones. A run
    /// in a script without spaces counts as one.
    pub const MAX_WORDS: usize = 64;

    /// Reads a query. Every text that is not too long is one:
    ///
    /// - A word must start a word of the filename or the path. In scripts that are written without
    ///   spaces, it can be anywhere in a run. `x265-GRP` is two words, and so is `日本2021`.
    ///   `Spider-Man` is two words or one.
    /// - `"Words in quotes"` must follow one another, whole. Without a closing quote they go on to
    ///   the end. Runs that are parted in the phrase must be parted in the text as well.
    /// - A minus at the start or after white space excludes the word or phrase that immediately
    ///   follows; if that has several words, as in `-x265-GRP`, the phrase. A minus alone has no
    ///   effect, nor has a second one.
    ///
    /// # Errors
    /// When the text exceeds the limits on characters or words.
    pub fn parse(text: &str) -> Result<Self, TooLong> {
        let characters = text.chars().count();
        if characters > Self::MAX_CHARACTERS {
            return Err(TooLong::Characters(characters));
        }
        let folded = fold(text);
        let words = pieces(&folded, Slash::Joins).count();
        if words > Self::MAX_WORDS {
            return Err(TooLong::Words(words));
        }
        let text = text.to_owned();
        let mut query = Self { text, required: Vec::new(), excluded: Vec::new() };
        for part in parts(&folded) {
            query.add(part);
        }
        Ok(query)
    }

    /// The text as it was written.
    pub fn as_written(&self) -> &str {
        &self.text
    }

    /// The required terms, each in the filename or the path.
    pub fn required(&self) -> &[SearchTerm] {
        &self.required
    }

    /// The phrases that neither the filename nor the path may contain.
    pub fn excluded(&self) -> &[SearchWords] {
        &self.excluded
    }

    /// Whether it matches no video by words, because nothing is required.
    pub fn requires_nothing(&self) -> bool {
        self.required.is_empty()
    }

    /// Whether it is a single word, which can be a prefix.
    pub fn is_one_word(&self) -> bool {
        self.excluded.is_empty() && matches!(self.required[..], [SearchTerm::Start(_)])
    }

    fn add(&mut self, part: Part<'_>) {
        match part {
            Part::Words(text) => {
                let found: Vec<Found<'_>> = pieces(text, Slash::Joins).collect();
                found.chunk_by(|_, next| next.is_joined).for_each(|chain| self.require_all(chain));
            }
            Part::Phrase(text) => {
                let spellings = Spellings::of(text, compounded(text).as_deref());
                if !spellings.words.is_empty() {
                    self.require(SearchTerm::Phrase(spellings));
                }
            }
            Part::Excluded(text) => {
                let spellings = Spellings::of(text, compounded(text).as_deref());
                let phrases = spellings.each().filter(|phrase| !phrase.is_empty());
                phrases.for_each(|phrase| self.exclude(phrase.clone()));
            }
        }
    }

    /// Adds words that are one compound, or a single one.
    fn require_all(&mut self, chain: &[Found<'_>]) {
        let compounded: String = chain.iter().map(Found::text).collect();
        let compounded = (chain.len() > 1).then_some(compounded.as_str());
        for found in chain {
            let spellings = Spellings::of(found.text(), compounded);
            self.require(match found.piece {
                Piece::Word(_) => SearchTerm::Start(spellings),
                Piece::Run(_) => SearchTerm::Phrase(spellings),
            });
        }
    }

    /// Adds a term, unless it follows from another, and leaves out those that follow from it.
    fn require(&mut self, term: SearchTerm) {
        if !self.required.iter().any(|other| other.implies(&term)) {
            self.required.retain(|other| !term.implies(other));
            self.required.push(term);
        }
    }

    /// The same for an exclusion: what lacks a phrase lacks every longer one that contains it.
    fn exclude(&mut self, phrase: SearchWords) {
        if !self.excluded.iter().any(|other| phrase.contains(other)) {
            self.excluded.retain(|other| !other.contains(&phrase));
            self.excluded.push(phrase);
        }
    }
}

impl SearchTerm {
    /// The spellings of its words.
    pub fn spellings(&self) -> impl Iterator<Item = &SearchWords> {
        match self {
            Self::Start(spellings) | Self::Phrase(spellings) => spellings.each(),
        }
    }

    /// Whether each text that matches this term also matches the other, and with whole words if it
    /// matches this one so.
    fn implies(&self, other: &Self) -> bool {
        self.spellings().all(|words| match (self, other) {
            (Self::Start(_), Self::Phrase(_)) => false,
            (Self::Start(_), Self::Start(_)) => other.spellings().any(|other| words == other),
            (Self::Phrase(_), _) => other.spellings().any(|other| words.contains(other)),
        })
    }

    /// Whether a text matches it.
    pub fn holds_in(&self, text: &SearchWords) -> bool {
        match self {
            Self::Start(words) => words.each().any(|word| text.contains_start(word)),
            Self::Phrase(_) => self.holds_whole_in(text),
        }
    }

    /// Whether a text matches it with whole words.
    pub fn holds_whole_in(&self, text: &SearchWords) -> bool {
        self.spellings().any(|words| text.contains(words))
    }
}

/// A stretch of a folded query, without its minus and its quotes.
#[derive(Clone, Copy)]
enum Part<'a> {
    Words(&'a str),
    Phrase(&'a str),
    Excluded(&'a str),
}

fn parts(folded: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = folded;
    iter::from_fn(move || {
        let trimmed = rest.trim_start();
        let starts_chunk = rest.len() == folded.len() || trimmed.len() < rest.len();
        if trimmed.is_empty() {
            return None;
        }
        let excluded = trimmed.strip_prefix('-').filter(|_| starts_chunk);
        let signless = excluded.unwrap_or(trimmed);
        let quoted = signless.strip_prefix(QUOTES);
        let (text, after) = match quoted {
            Some(quoted) => quoted.split_once(QUOTES).unwrap_or((quoted, "")),
            None => signless.split_at(end_of_chunk(signless)),
        };
        rest = after;
        Some(match (excluded, quoted) {
            (Some(_), _) => Part::Excluded(text),
            (None, Some(_)) => Part::Phrase(text),
            (None, None) => Part::Words(text),
        })
    })
}

fn end_of_chunk(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || QUOTES.contains(&c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The terms as they might be written: `word*`, `"a phrase"`, `-"an excluded one"`.
    fn shown(query: &SearchQuery) -> String {
        let word = |word: &SearchWords| format!("{}*", word.as_str());
        let phrase = |phrase: &SearchWords| format!("\"{}\"", phrase.as_str());
        let required = query.required().iter().map(|term| {
            let spellings: Vec<String> = match term {
                SearchTerm::Start(words) => words.each().map(word).collect(),
                SearchTerm::Phrase(words) => words.each().map(phrase).collect(),
            };
            spellings.join("/")
        });
        let excluded = query.excluded().iter().map(|words| format!("-{}", phrase(words)));
        required.chain(excluded).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn reads(text: &str, terms: &str) {
        assert_eq!(shown(&SearchQuery::parse(text).unwrap()), terms, "{text}");
    }

    #[test]
    fn bare_words_are_starts_of_words() {
        reads("hobbit 1080p", "hobbit* 1080p*");
        reads("S01E02.1080p", "s01e02* 1080p*");
        reads("x265-GRP", "x265* grp*");
        reads("Hôtel*", "hotel*");
    }

    #[test]
    fn runs_without_spaces_are_phrases_of_their_characters() {
        reads("ペンギン", "\"ぺ ん ぎ ん\"");
        reads("日本2021", "\"日 本\" 2021*");
        reads("日本 映画", "\"日 本\" \"映 画\"");
        reads("日本・映画", "\"日 本\" \"映 画\"");
    }

    #[test]
    fn words_in_quotes_are_phrases() {
        reads("\"Two  Towers\" cam", "\"two towers\" cam*");
        reads("a\"two towers\"b", "a* \"two towers\" b*");
        reads("“two towers” «a b» „c d“", "\"two towers\" \"a b\" \"c d\"");
        reads("＂two towers＂", "\"two towers\"");
        reads("\"cam\"", "\"cam\"");
        reads("\"日本・映画 2021\"", "\"日 本 | 映 画 2021\"");
    }

    #[test]
    fn compounds_are_spelled_either_way() {
        reads("Don't look", "don*/dont* t*/dont* look*");
        reads("AC/DC S.H.D", "ac*/acdc* dc*/acdc* s*/shd* h*/shd* d*/shd*");
        reads("\"Don't look\"", "\"don t look\"/\"dont look\"");
        reads("a -spider-man", "a* -\"spider man\" -\"spiderman\"");
        reads("1x02 20,000 a&b", "s01e02* 20000* a* and* b*");
    }

    #[test]
    fn an_unclosed_quote_goes_on_to_the_end() {
        reads("a \"two towers -cam", "a* \"two towers cam\"");
        reads("\"a\" \"", "\"a\"");
        reads("-\"a b", "-\"a b\"");
    }

    #[test]
    fn a_minus_at_the_start_of_a_chunk_excludes() {
        reads("\"two towers\" -cam", "\"two towers\" -\"cam\"");
        reads("-cam", "-\"cam\"");
        reads("a\u{3000}－ｃａｍ", "a* -\"cam\"");
        reads("a -\"b c\" -日本 -2021年", "a* -\"b c\" -\"日 本\" -\"2021 年\"");
        reads("a -x265-GRP", "a* -\"x265 grp\"");
    }

    #[test]
    fn a_minus_elsewhere_separates() {
        reads("x-y", "x*/xy* y*/xy*");
        reads("\"x\"-y", "\"x\" y*");
        reads("-x\"a b\"-y", "\"a b\" y* -\"x\"");
    }

    #[test]
    fn a_minus_alone_and_a_second_one_mean_nothing() {
        reads("- x", "x*");
        reads("a - b", "a* b*");
        reads("a -", "a*");
        reads("a --x", "a* -\"x\"");
        reads("a -- x", "a* x*");
    }

    #[test]
    fn what_follows_from_another_part_is_left_out() {
        reads("Cam cam CÀM -a -\"a\"", "cam* -\"a\"");
        reads("cam \"cam\"", "\"cam\"");
        reads("two \"the two towers\" \"two towers\" tow", "\"the two towers\" tow*");
        reads("\"two towers\" \"the two towers\"", "\"the two towers\"");
        reads("日 日本 本", "\"日 本\"");
        reads("a -b -\"a b\" -\"a c\" -c", "a* -\"b\" -\"c\"");
        // The short one must be a whole word for the best tier.
        reads("tow towers", "tow* towers*");
    }

    #[test]
    fn a_query_without_a_required_word_requires_nothing() {
        for text in ["", " ", "-", "\"", "\"\"", "-cam", "-\"two towers\"", "*", "|", "\0", "😀 ?"]
        {
            assert!(SearchQuery::parse(text).unwrap().requires_nothing(), "{text}");
        }
        assert!(!SearchQuery::parse("a -a").unwrap().requires_nothing());
    }

    #[track_caller]
    fn refused(text: &str, refusal: TooLong, message: &str) {
        assert_eq!(SearchQuery::parse(text), Err(refusal));
        assert_eq!(refusal.to_string(), message);
    }

    #[test]
    fn a_query_has_1000_characters_at_most() {
        assert!(SearchQuery::parse(&"é".repeat(1000)).is_ok());
        assert!(SearchQuery::parse(&"\"".repeat(1000)).unwrap().requires_nothing());
        refused(
            &"é".repeat(1001),
            TooLong::Characters(1001),
            "must have at most 1000 characters, not 1001",
        );
        for text in ["*".repeat(10_000), "\"".repeat(100_000), "-a ".repeat(1_000_000)] {
            assert!(matches!(SearchQuery::parse(&text), Err(TooLong::Characters(_))));
        }
    }

    #[test]
    fn a_query_has_64_words_at_most() {
        assert!(SearchQuery::parse(&"日本 ".repeat(64)).is_ok());
        refused(&"a ".repeat(65), TooLong::Words(65), "must have at most 64 words, not 65");
        let all_kinds = format!("{} \"c d\" -e -\"f g\" 日本2021", "a.b ".repeat(29));
        refused(&all_kinds, TooLong::Words(65), "must have at most 64 words, not 65");
    }
}
