//! Pieces: what a folded text consists of, and which words punctuation joins.

use std::iter;

use unicode_normalization::char::is_combining_mark;

/// Letters and digits that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word in a script that parts them with spaces.
    Word(&'a str),
    /// Any number of words in scripts that do not.
    Run(&'a str),
}

/// A piece and its location.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) piece: Piece<'a>,
    /// The byte that it starts at.
    pub(super) begin: usize,
    /// Whether it forms one word with the piece before it, apart from a sign.
    pub(super) is_joined: bool,
}

impl<'a> Found<'a> {
    pub(super) fn text(&self) -> &'a str {
        match self.piece {
            Piece::Word(text) | Piece::Run(text) => text,
        }
    }
}

/// The replacement for a slash between letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slash {
    /// Something between the folders of a path.
    Parts,
    /// What a filename has in place of a slash: AC/DC.
    Joins,
}

/// The pieces of a folded text, without separators.
pub(super) fn pieces(folded: &str, slash: Slash) -> impl Iterator<Item = Found<'_>> {
    let mut end = 0;
    let mut word_before: Option<&str> = None;
    iter::from_fn(move || {
        let begin = end_of(CharKind::Separator, folded, end);
        let kind = CharKind::of(folded[begin..].chars().next()?);
        let gap = &folded[end..begin];
        end = end_of(kind, folded, begin);
        let text = &folded[begin..end];
        let word = (kind == CharKind::Spaced).then_some(text);
        let is_joined = match (word_before, word) {
            (Some(before), Some(word)) => joins(before, gap, word, slash),
            _ => false,
        };
        word_before = word;
        let piece = word.map_or(Piece::Run(text), Piece::Word);
        Some(Found { piece, begin, is_joined })
    })
}

/// The end of the run of characters of one kind that starts here.
fn end_of(kind: CharKind, text: &str, begin: usize) -> usize {
    // Most characters are ASCII, which are gone through faster.
    let is_of_kind = |byte: &&u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => kind == CharKind::Spaced,
        0x80.. => false,
        _ => kind == CharKind::Separator,
    };
    let mut end = begin;
    loop {
        end += text.as_bytes()[end..].iter().take_while(is_of_kind).count();
        match text[end..].chars().next() {
            Some(c) if CharKind::of(c) == kind => end += c.len_utf8(),
            _ => return end,
        }
    }
}

/// The text without the signs that join words; none if it has no such words.
pub(super) fn compounded(folded: &str) -> Option<String> {
    let mut joined = String::new();
    let (mut end, mut has_compounds) = (0, false);
    for found in pieces(folded, Slash::Joins) {
        if found.is_joined {
            has_compounds = true;
        } else {
            joined.push_str(&folded[end..found.begin]);
        }
        joined.push_str(found.text());
        end = found.begin + found.text().len();
    }
    has_compounds.then_some(joined)
}

/// Whether two words are also one: `Don't`, `Spider-Man`, `R.E`, `H.264`. Most dots and hyphens of
/// release names are between whole words, or before a number, and do not join words.
fn joins(before: &str, gap: &str, word: &str, slash: Slash) -> bool {
    let mut signs = gap.chars();
    let (Some(sign), None) = (signs.next(), signs.next()) else { return false };
    match sign {
        '\'' | '`' | '’' | '‘' | '׳' | '״' => true,
        '-'
        | '\u{2010}'..='\u{2013}'
        | '\u{2212}'
        | '\u{5BE}'
        | '·'
        | '•'
        | '⋅'
        | '\u{2044}'
        | '\u{2215}' => is_letters(before) && is_letters(word),
        '/' => slash == Slash::Joins && is_letters(before) && is_letters(word),
        '.' => is_one_letter(before) && (is_one_letter(word) || is_short_number(word)),
        _ => false,
    }
}

fn is_letters(word: &str) -> bool {
    word.chars().all(|c| c.is_alphabetic() || is_combining_mark(c))
}

fn is_one_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

fn is_short_number(word: &str) -> bool {
    word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CharKind {
    Separator,
    Spaced,
    Unspaced,
}

impl CharKind {
    fn of(c: char) -> Self {
        if c.is_ascii() {
            return if c.is_ascii_alphanumeric() { Self::Spaced } else { Self::Separator };
        }
        if !c.is_alphanumeric() && !is_combining_mark(c) {
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
/// <https://www.unicode.org/reports/tr14/>). Hangul has spaces, but people omit them from names.
pub(super) fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{E00}'..='\u{EFF}'       // Thai, Lao
        | '\u{1000}'..='\u{109F}'   // Myanmar
        | '\u{1100}'..='\u{11FF}'   // letters of Hangul
        | '\u{1780}'..='\u{17FF}'   // Khmer
        | '\u{1950}'..='\u{19FF}'   // Tai Le, New Tai Lue, Khmer symbols
        | '\u{1A20}'..='\u{1AAF}'   // Tai Tham
        | '\u{2E80}'..='\u{2FDF}'   // radicals of Han
        | '\u{3005}'..='\u{3007}'   // 々, 〆, 〇
        | '\u{3021}'..='\u{3029}'   // Hangzhou numerals
        | '\u{3031}'..='\u{303C}'   // vertical kana repeat marks, Hangzhou tens, 〻, 〼
        | '\u{3041}'..='\u{30FF}'   // Hiragana, Katakana with ー and the marks of voiced sounds
        | '\u{3105}'..='\u{312F}'   // Bopomofo
        | '\u{3130}'..='\u{318F}'   // letters of Hangul
        | '\u{31A0}'..='\u{31BF}'   // Bopomofo
        | '\u{31F0}'..='\u{31FF}'   // Katakana
        | '\u{3400}'..='\u{4DBF}'   // Han
        | '\u{4E00}'..='\u{9FFF}'   // Han
        | '\u{A960}'..='\u{A97F}'   // letters of Hangul
        | '\u{A9E0}'..='\u{A9FF}'   // Myanmar
        | '\u{AA60}'..='\u{AADF}'   // Myanmar, Tai Viet
        | '\u{AC00}'..='\u{D7FF}'   // Hangul
        | '\u{F900}'..='\u{FAFF}'   // Han
        | '\u{116D0}'..='\u{1174F}' // Myanmar, Ahom
        | '\u{16FE0}'..='\u{1B2FF}' // Tangut, Khitan, kana, Nüshu
        | '\u{20000}'..='\u{3FFFF}' // Han
    )
}
