//! Words: the runs of letters and digits in a folded text.

use std::ops::Range;

use serde::Serialize;

use super::episodes::episode;
use super::fold::fold;
use super::pieces::{Found, Piece, Slash, is_unspaced, pieces};

/// Stands between two runs that a separator parted, and between compounds. No word is spelled like it.
const BOUNDARY: &str = "|";

/// The words of a text in sequence, in the form that an index stores.
///
/// They are tokens separated by spaces. A word is one token. A run in a script that is written
/// without spaces has one token per character, so that every part of it can be found; a token `|`
/// separates two such runs with only separators between them. All other tokens are letters, marks
/// and digits in lower case, so an index must split the text at its spaces and change nothing else.
///
/// Words joined by a sign, as in `Spider-Man`, `L'adieu` and `R.E.M.`, are also one word without
/// the sign. These *compounds* are not in the sequence: each is separate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SearchWords {
    /// A blank, then each token and a blank: so whole tokens are found by their text.
    padded: String,
    /// The same for the compounds, with a boundary after each; empty if there are none.
    #[serde(skip)]
    compounds: String,
}

/// A token, and what it was made of.
pub(super) struct TokenPlace {
    /// The byte that it starts at among the tokens of the text.
    pub(super) at: usize,
    /// Its part of the folded text.
    pub(super) part: Range<usize>,
    /// Whether it forms a compound with the token before it.
    pub(super) is_joined: bool,
}

impl SearchWords {
    /// The words of a text as it was written, its compounds included.
    pub fn of(text: &str) -> Self {
        Self::of_folded(&fold(text), |_| ())
    }

    /// The same of a folded text. `each` gets the place of every token, except boundaries.
    pub(super) fn of_folded(folded: &str, mut each: impl FnMut(TokenPlace)) -> Self {
        let mut compounds = Compounds::default();
        let padded = padded(folded, |found, at, part| {
            compounds.add(found);
            each(TokenPlace { at, part, is_joined: found.is_joined });
        });
        Self { padded, compounds: compounds.finish() }
    }

    /// The words of a part of a query.
    pub(super) fn in_query(folded: &str) -> Self {
        Self { padded: padded(folded, |_, _, _| ()), compounds: String::new() }
    }

    /// The tokens, with a blank before the first and after each.
    pub fn padded(&self) -> &str {
        &self.padded
    }

    /// All of them as one text, which has the [padded](Self::padded) words of a phrase as a part if
    /// and only if these words [contain](Self::contains) the phrase. Compounds come after a slash,
    /// which is in no phrase.
    pub fn text(&self) -> String {
        if self.compounds.is_empty() {
            return self.padded.clone();
        }
        format!("{}/{}", self.padded, self.compounds)
    }

    /// Whether these contain every phrase that the others contain.
    pub fn has_all_of(&self, other: &Self) -> bool {
        self.padded.contains(&other.padded) && self.compounds.contains(&other.compounds)
    }

    /// The tokens separated by spaces; empty if the text has no words.
    pub fn as_str(&self) -> &str {
        self.padded.trim_matches(' ')
    }

    /// The tokens in their order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.padded.split_ascii_whitespace()
    }

    /// The compounds, in the order of the text.
    pub fn compounds(&self) -> impl Iterator<Item = &str> {
        self.compounds.split_ascii_whitespace().filter(|token| *token != BOUNDARY)
    }

    /// The tokens, counted from 0, that can follow a separator: all but the first and those that
    /// continue a run.
    pub fn seams(&self) -> impl Iterator<Item = usize> {
        let tokens = self.tokens().zip(self.tokens().skip(1)).enumerate();
        tokens.filter(|(_, (before, token))| !goes_on(before, token)).map(|(index, _)| index + 1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.padded.len() == 1
    }

    /// Whether these words occur in sequence as whole words.
    pub fn contains(&self, phrase: &Self) -> bool {
        self.padded.contains(&phrase.padded) || self.compounds.contains(&phrase.padded)
    }

    /// Whether these words occur as in [`contains`](Self::contains), but the last of them can be
    /// the start of a word.
    pub fn contains_start(&self, phrase: &Self) -> bool {
        let start = phrase.padded.trim_end_matches(' ');
        self.padded.contains(start) || self.compounds.contains(start)
    }
}

/// Whether a token belongs to the same run as the one before it. A boundary ends a run.
fn goes_on(before: &str, token: &str) -> bool {
    let is_of_run = |token: &str| token.starts_with(is_unspaced);
    is_of_run(before) && (is_of_run(token) || token == BOUNDARY)
}

/// The tokens of a folded text. `each` gets the piece that a token comes from, the byte that the
/// token starts at, and its part of the folded text.
fn padded<'a>(folded: &'a str, mut each: impl FnMut(&Found<'a>, usize, Range<usize>)) -> String {
    let mut padded = String::with_capacity(folded.len() + 2);
    padded.push(' ');
    let mut follows_run = false;
    for found in pieces(folded, Slash::Parts) {
        match found.piece {
            Piece::Word(word) => {
                each(&found, padded.len(), found.begin..found.begin + word.len());
                push_word(&mut padded, word);
            }
            Piece::Run(run) => {
                if follows_run {
                    push_token(&mut padded, BOUNDARY);
                }
                for (at, c) in run.char_indices() {
                    let begin = found.begin + at;
                    each(&found, padded.len(), begin..begin + c.len_utf8());
                    push_token(&mut padded, c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        follows_run = matches!(found.piece, Piece::Run(_));
    }
    padded
}

fn push_token(padded: &mut String, token: &str) {
    padded.push_str(token);
    padded.push(' ');
}

/// Adds a word, an episode in one form with two digits at least: `s1e2` and `1x02` are `s01e02`.
fn push_word(padded: &mut String, word: &str) {
    match episode(word) {
        Some((season, episode, rest)) => {
            push_token(padded, &format!("s{season:0>2}e{episode:0>2}{rest}"));
        }
        None => push_token(padded, word),
    }
}

/// Gathers compounds from the pieces of a text.
#[derive(Default)]
struct Compounds<'a> {
    found: String,
    last: &'a str,
    /// The pieces up to the last one, if they form one compound.
    chain: String,
}

impl<'a> Compounds<'a> {
    fn add(&mut self, found: &Found<'a>) {
        if found.is_joined {
            if self.chain.is_empty() {
                self.chain.push_str(self.last);
            }
            self.chain.push_str(found.text());
        } else {
            self.end_chain();
        }
        self.last = found.text();
    }

    fn end_chain(&mut self) {
        if self.chain.is_empty() {
            return;
        }
        if self.found.is_empty() {
            self.found.push(' ');
        }
        push_word(&mut self.found, &self.chain);
        push_token(&mut self.found, BOUNDARY);
        self.chain.clear();
    }

    fn finish(mut self) -> String {
        self.end_chain();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words(text: &str, tokens: &str) {
        assert_eq!(SearchWords::of(text).as_str(), tokens, "{text}");
    }

    #[test]
    fn a_word_is_a_run_of_letters_and_digits() {
        words("S01E02.1080p_x265-GRP", "s01e02 1080p x265 grp");
        words("[阿维达].Avida.2006.avi", "阿 维 达 avida 2006 avi");
        words("The.Director’s.Notebook", "the director s notebook");
        words("Serial 5-го сезон", "serial 5 го сезон");
        words("Movie.1920×1080", "movie 1920 1080");
        words("한국 영화", "한 국 | 영 화");
        words("हिन्दी", "हिन्दी");
        words("\0 \u{200F}a\u{200F}b*\"^😀|", "a b");
        words("", "");
        words(" .-_ ", "");
    }

    #[test]
    fn scripts_without_spaces_are_split_into_characters() {
        words("劇場版ペンギン", "劇 場 版 ぺ ん ぎ ん");
        words("ラーメン 々〆", "ら ー め ん | 々 〆");
        words("ภาษาไทย", "ภ า ษ า ไ ท ย");
        words("ພາສາລາວ", "ພ າ ສ າ ລ າ ວ");
        words("ខ្មែរ", "ខ ្ ម ែ រ");
        words("မြန်မာ", "မ ြ န ် မ ာ");
        words("ㄅㄆㄇ", "ㄅ ㄆ ㄇ");
        words("𠀀𪚥", "𠀀 𪚥");
    }

    #[test]
    fn other_words_glued_to_such_a_run_are_words_of_their_own() {
        words("庆余年第2季S01E02", "庆 余 年 第 2 季 s01e02");
        words("Show第１９５話.mkv", "show 第 195 話 mkv");
    }

    #[track_caller]
    fn compounds(text: &str, expected: &[&str]) {
        assert_eq!(SearchWords::of(text).compounds().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn words_that_a_sign_makes_one_are_a_compound() {
        compounds("Don't Look Up", &["dont"]);
        compounds("L’adieu à l'an 2000", &["ladieu", "lan"]);
        compounds("Rock'n'Roll.mkv", &["rocknroll"]);
        compounds("Spider-Man X‐Ray alt–J", &["spiderman", "xray", "altj"]);
        compounds("WALL·E WALL•E AC⁄DC", &["walle", "walle", "acdc"]);
        compounds("R.E.M. - Live", &["rem"]);
        compounds("Agents.of.S.H.I.E.L.D.S01E01", &["shield"]);
        compounds("Film2.H.264.x-y", &["h264", "xy"]);
        compounds("צה״ל", &["צהל"]);
    }

    #[test]
    fn whole_words_and_numbers_make_no_compound() {
        for text in [
            "The.Two.Towers.2002",
            "x265-GRP 5-го WWW-234",
            "A.Beautiful.Mind Plan.B.2024 AAC2.0",
            "Foo - Bar foo--bar 'foo' bar",
            "ペンギン・ハイウェイ 歌手-歌名",
            "media/AC/DC",
        ] {
            compounds(text, &[]);
        }
    }

    #[test]
    fn a_compound_stands_alone() {
        let text = SearchWords::of("Spider-Man X-Ray 日");
        for (phrase, whole, start) in [
            ("spiderman", true, true),
            ("spiderm", false, true),
            ("spider man x ray", true, true),
            ("spiderman xray", false, false),
            ("man xray", false, false),
            ("日 spiderman", false, false),
        ] {
            let phrase = SearchWords::in_query(phrase);
            assert_eq!(text.contains(&phrase), whole, "{phrase:?}");
            assert_eq!(text.contains_start(&phrase), start, "{phrase:?}");
        }
    }

    #[test]
    fn an_episode_is_written_in_one_way() {
        for text in ["S01E02", "s1e2", "1x02", "S1E02"] {
            words(text, "s01e02");
        }
        words("S1E2E3 s01e02v2 12x345 S2024E05", "s01e02e3 s01e02v2 s12e345 s2024e05");
        for text in ["1x2", "s1", "s1e", "1920x1080", "1x02a", "16x9", "x264", "s12345e1", "se1"] {
            words(text, text);
        }
    }

    #[test]
    fn a_boundary_stands_between_parted_runs_only() {
        words("ペンギン・ハイウェイ", "ぺ ん ぎ ん | は い う ぇ い");
        words("日本 - a - 日本。日本", "日 本 a 日 本 | 日 本");
        words("日本a日本", "日 本 a 日 本");
        words("。日本。", "日 本");
    }

    #[test]
    fn words_are_contained_whole_and_in_sequence() {
        let text = SearchWords::of("The Two Towers 日本・映画");
        let cases = [
            ("two towers", true, true),
            ("two tow", false, true),
            ("wo towers", false, false),
            ("the towers", false, false),
            ("towers 日", true, true),
            ("本", true, true),
            ("本映", false, false),
            ("本 映", true, true),
            ("映画 the", false, false),
        ];
        for (phrase, whole, start) in cases {
            let phrase = SearchWords::of(phrase);
            assert_eq!(text.contains(&phrase), whole, "{phrase:?}");
            assert_eq!(text.contains_start(&phrase), start, "{phrase:?}");
        }
    }

    #[test]
    fn seams_are_where_a_separator_may_have_stood() {
        for (text, seams) in [
            ("", vec![]),
            ("a", vec![]),
            ("a b.c", vec![1, 2]),
            ("日本映画", vec![]),
            ("日本・映画", vec![3]),
            ("第2季 a", vec![1, 2, 3]),
            ("й и", vec![1]),
        ] {
            assert_eq!(SearchWords::of(text).seams().collect::<Vec<_>>(), seams, "{text}");
        }
    }

    #[test]
    fn tokens_are_the_text_split_at_its_blanks() {
        let words = SearchWords::of("Title2期");
        assert_eq!(words.tokens().collect::<Vec<_>>(), ["title2", "期"]);
        assert!(!words.is_empty());
        assert!(SearchWords::of("...").is_empty());
    }
}
