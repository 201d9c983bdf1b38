//! Words: the runs of letters and digits in a folded text.

use std::iter;

use serde::Serialize;

use super::fold::fold;

/// Stands between two runs that a separator parted. No word is spelled like it.
const BOUNDARY: &str = "|";

/// The words of a text, one after the other, in the form that an index keeps.
///
/// They are tokens with a blank between. A word is one token. A run in a script that is written
/// without spaces is one token a character, so that each part of it can be found; where nothing
/// but separators stands between two such runs, a token `|` keeps them from being found as one.
/// All other tokens are letters and digits in lower case, so that an index which splits the text
/// at its blanks, and changes nothing else, is right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SearchWords {
    /// A blank, then each token and a blank: so whole tokens are found by their text.
    padded: String,
}

impl SearchWords {
    /// The words of a text as it was written.
    pub fn of(text: &str) -> Self {
        if text.is_ascii() { Self::of_ascii(text) } else { Self::of_folded(&fold(text)) }
    }

    /// The same for the plain names that most are, in a fraction of the time.
    fn of_ascii(text: &str) -> Self {
        let mut padded = String::with_capacity(text.len() + 2);
        padded.push(' ');
        let mut is_inside_word = false;
        for c in text.chars() {
            if c.is_ascii_alphanumeric() {
                padded.push(c.to_ascii_lowercase());
                is_inside_word = true;
            } else if is_inside_word {
                padded.push(' ');
                is_inside_word = false;
            }
        }
        if is_inside_word {
            padded.push(' ');
        }
        Self { padded }
    }

    pub(super) fn of_folded(folded: &str) -> Self {
        let mut padded = String::with_capacity(folded.len() + 2);
        padded.push(' ');
        let mut follows_run = false;
        for piece in pieces(folded) {
            match piece {
                Piece::Word(word) => push_token(&mut padded, word),
                Piece::Run(run) => {
                    if follows_run {
                        push_token(&mut padded, BOUNDARY);
                    }
                    for c in run.chars() {
                        push_token(&mut padded, c.encode_utf8(&mut [0; 4]));
                    }
                }
            }
            follows_run = matches!(piece, Piece::Run(_));
        }
        Self { padded }
    }

    /// The tokens with a blank between; empty where the text has no words.
    pub fn as_str(&self) -> &str {
        self.padded.trim_matches(' ')
    }

    /// The tokens in their order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.padded.split_ascii_whitespace()
    }

    /// The tokens, counted from 0, before which a separator may have stood: all but the first and
    /// those that go on with a run.
    pub fn seams(&self) -> impl Iterator<Item = usize> {
        let tokens = self.tokens().zip(self.tokens().skip(1)).enumerate();
        tokens.filter(|(_, (before, token))| !goes_on(before, token)).map(|(index, _)| index + 1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.padded.len() == 1
    }

    /// Whether these words occur, each whole, one after the other.
    pub fn contains(&self, phrase: &Self) -> bool {
        self.padded.contains(&phrase.padded)
    }

    /// Whether these words occur as in [`contains`](Self::contains), the last of them as a whole
    /// word or as the start of one.
    pub fn contains_start(&self, phrase: &Self) -> bool {
        self.padded.contains(phrase.padded.trim_end_matches(' '))
    }
}

/// Whether a token belongs to the same run as the one before it. A boundary ends a run.
fn goes_on(before: &str, token: &str) -> bool {
    let is_of_run = |token: &str| token.starts_with(is_unspaced);
    is_of_run(before) && (is_of_run(token) || token == BOUNDARY)
}

fn push_token(padded: &mut String, token: &str) {
    padded.push_str(token);
    padded.push(' ');
}

/// Letters and digits that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word in a script that parts them with spaces.
    Word(&'a str),
    /// Any number of words in scripts that do not.
    Run(&'a str),
}

/// What a folded text consists of, separators left out.
pub(super) fn pieces(folded: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = folded;
    iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| CharKind::of(c) == CharKind::Separator);
        let kind = CharKind::of(rest.chars().next()?);
        let end = rest.find(|c| CharKind::of(c) != kind).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(if kind == CharKind::Unspaced { Piece::Run(piece) } else { Piece::Word(piece) })
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CharKind {
    Separator,
    Spaced,
    Unspaced,
}

impl CharKind {
    fn of(c: char) -> Self {
        if !c.is_alphanumeric() {
            Self::Separator
        } else if is_unspaced(c) {
            Self::Unspaced
        } else {
            Self::Spaced
        }
    }
}

/// Whether a letter's script is written without spaces: the ideographs and kana of East Asia, and
/// the scripts of South-East Asia whose lines break by a dictionary (class SA of
/// <https://www.unicode.org/reports/tr14/>).
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{E00}'..='\u{EFF}'       // Thai, Lao
        | '\u{1000}'..='\u{109F}'   // Myanmar
        | '\u{1780}'..='\u{17FF}'   // Khmer
        | '\u{1950}'..='\u{19FF}'   // Tai Le, New Tai Lue, Khmer symbols
        | '\u{1A20}'..='\u{1AAF}'   // Tai Tham
        | '\u{2E80}'..='\u{2FDF}'   // radicals of Han
        | '\u{3005}'..='\u{3007}'   // 々, 〆, 〇
        | '\u{3021}'..='\u{3029}'   // Hangzhou numerals
        | '\u{3031}'..='\u{303C}'   // vertical kana repeat marks, Hangzhou tens, 〻, 〼
        | '\u{3041}'..='\u{30FF}'   // Hiragana, Katakana with ー
        | '\u{3105}'..='\u{312F}'   // Bopomofo
        | '\u{31A0}'..='\u{31BF}'   // Bopomofo
        | '\u{31F0}'..='\u{31FF}'   // Katakana
        | '\u{3400}'..='\u{4DBF}'   // Han
        | '\u{4E00}'..='\u{9FFF}'   // Han
        | '\u{A9E0}'..='\u{A9FF}'   // Myanmar
        | '\u{AA60}'..='\u{AADF}'   // Myanmar, Tai Viet
        | '\u{F900}'..='\u{FAFF}'   // Han
        | '\u{116D0}'..='\u{1174F}' // Myanmar, Ahom
        | '\u{16FE0}'..='\u{1B2FF}' // Tangut, Khitan, kana, Nüshu
        | '\u{20000}'..='\u{3FFFF}' // Han
    )
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
        words("한국 영화", "한국 영화");
        words("हिन्दी", "हनद");
        words("\0 \u{200F}a\u{200F}b*\"^😀|", "a b");
        words("", "");
        words(" .-_ ", "");
    }

    #[test]
    fn scripts_without_spaces_are_split_into_characters() {
        words("劇場版ペンギン", "劇 場 版 へ ン キ ン".replace('へ', "ヘ").as_str());
        words("ラーメン 々〆", "ラ ー メ ン | 々 〆");
        words("ภาษาไทย", "ภ า ษ า ไ ท ย");
        words("ພາສາລາວ", "ພ າ ສ າ ລ າ ວ");
        words("ខ្មែរ", "ខ ម រ");
        words("မြန်မာ", "မ န မ");
        words("ㄅㄆㄇ", "ㄅ ㄆ ㄇ");
        words("𠀀𪚥", "𠀀 𪚥");
    }

    #[test]
    fn other_words_glued_to_such_a_run_are_words_of_their_own() {
        words("庆余年第2季S01E02", "庆 余 年 第 2 季 s01e02");
        words("Show第１９５話.mkv", "show 第 195 話 mkv");
    }

    #[test]
    fn a_boundary_stands_between_parted_runs_only() {
        words("ペンギン・ハイウェイ", "ヘ ン キ ン | ハ イ ウ ェ イ");
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
