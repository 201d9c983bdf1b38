//! Folded texts that know which characters of their source they come from.

use std::ops::Range;

use super::fold::{commas_in_numbers, fold_characters, is_dropped, without};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// A folded text, and where each of its parts comes from.
///
/// Parts come from whole characters: a letter with all its marks, however the text encodes them.
pub(super) struct TracedText<'a> {
    source: &'a str,
    folded: String,
    /// Where each character begins: in the folded text, and in the source. Empty if they are the
    /// same.
    characters: Vec<(usize, usize)>,
}

impl<'a> TracedText<'a> {
    /// Folds a text as [`fold`](super::fold::fold) does.
    pub(super) fn of(source: &'a str) -> Self {
        if source.is_ascii() && !source.contains(['&', ',']) {
            return Self { source, folded: source.to_ascii_lowercase(), characters: Vec::new() };
        }
        let mut folded = String::with_capacity(source.len());
        let mut characters = Vec::with_capacity(source.len());
        for character in characters_of(source) {
            characters.push((folded.len(), character.start));
            push_folded(&mut folded, &source[character]);
        }
        let commas = commas_in_numbers(&folded);
        if !commas.is_empty() {
            folded = without(&commas, &folded);
            for (begin, _) in &mut characters {
                *begin -= commas.partition_point(|comma| comma < begin);
            }
        }
        Self { source, folded, characters }
    }

    /// The folded text.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// The characters of the source that a part of the folded text comes from. The part is not
    /// empty.
    pub(super) fn source_of(&self, part: &Range<usize>) -> Range<usize> {
        let Some(last) = part.end.checked_sub(1) else { return 0..0 };
        if self.characters.is_empty() {
            return part.clone();
        }
        // Of characters that begin at the same byte, all but the last were folded to nothing.
        let next_after = |byte: usize| self.characters.partition_point(|(begin, _)| *begin <= byte);
        let source_at = |index: usize| self.characters.get(index).map(|(_, source)| *source);
        let begin = source_at(next_after(part.start).saturating_sub(1)).unwrap_or(0);
        begin..source_at(next_after(last)).unwrap_or(self.source.len())
    }
}

/// The characters of a text, each with what belongs to it. Folding them one by one folds the text.
fn characters_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut begins = text.char_indices().filter(|(at, c)| *at == 0 || !continues(*c)).peekable();
    std::iter::from_fn(move || {
        let (begin, _) = begins.next()?;
        Some(begin..begins.peek().map_or(text.len(), |(next, _)| *next))
    })
}

/// Whether this belongs to the character before it: a mark, a letter that is composed with what
/// precedes it, as in Hangul, or what is folded to nothing.
fn continues(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    first.is_none_or(|first| {
        let composes = || is_nfc_quick(std::iter::once(first)) != IsNormalized::Yes;
        is_combining_mark(first) || is_dropped(first) || composes()
    })
}

fn push_folded(folded: &mut String, character: &str) {
    match *character.as_bytes() {
        [byte] if byte != b'&' => folded.push(char::from(byte.to_ascii_lowercase())),
        _ => folded.push_str(&fold_characters(character)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fold::fold;
    use super::*;

    /// The source of each part that is given in the folded text.
    #[track_caller]
    fn check(text: &str, parts: &[(&str, &str)]) {
        let traced = TracedText::of(text);
        for (part, source) in parts {
            let begin = traced.folded().find(part).unwrap_or_else(|| panic!("{}", traced.folded()));
            let found = traced.source_of(&(begin..begin + part.len()));
            assert_eq!(&text[found], *source, "{part} in {text}");
        }
    }

    #[test]
    fn a_part_comes_from_whole_characters() {
        check("Hotel.mkv", &[("hot", "Hot"), (".", "."), ("hotel.mkv", "Hotel.mkv")]);
        check("Große", &[("gros", "Groß"), ("se", "ße"), ("gro", "Gro")]);
        check("Ho\u{302}te\u{301}l", &[("ho", "Ho\u{302}"), ("e", "e\u{301}"), ("l", "l")]);
        check("ｶﾞﾝﾀﾞﾑ", &[("が", "ｶﾞ"), ("んだ", "ﾝﾀﾞ")]);
        check("ป่า", &[("ป", "ป่"), ("่", "ป่"), ("า", "า")]);
        check("ﬁn", &[("f", "ﬁ"), ("in", "ﬁn")]);
        check("R&B", &[("a", "&"), ("and+b", "&B")]);
        check("am\u{AD}bo\u{200D}", &[("am", "am\u{AD}"), ("o", "o\u{200D}")]);
        check("\u{1112}\u{1161}\u{11AB}a", &[("한", "\u{1112}\u{1161}\u{11AB}"), ("a", "a")]);
    }

    #[test]
    fn commas_in_numbers_come_with_the_digits_around_them() {
        check("é 20,000, 1,000", &[("20", "20"), ("200", "20,0"), ("20000", "20,000")]);
        check("é 20,000, 1,000", &[("20000 ", "20,000, "), (" 1000", " 1,000")]);
    }

    #[test]
    fn every_character_is_folded_as_in_a_text() {
        // Without Han and Hangul syllables, of which there are too many.
        let letters = ('\0'..='\u{33FF}').chain('\u{A000}'..='\u{ABFF}');
        for c in letters.chain('\u{F900}'..='\u{1FFFF}') {
            let text = format!("и{c}\u{306}가{c}\u{11A8}か{c}\u{3099}1,{c}00");
            assert_eq!(TracedText::of(&text).folded(), fold(&text), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_are_folded_as_all_others_are(
            text in r"[\PC\p{M}\u{AD}\u{200D}가-힣ᄀ-ᇿㅏ-ㅣßŒİйіЇガﾞがะाａ-ｚ&,0-9]*",
        ) {
            let traced = TracedText::of(&text);
            prop_assert_eq!(traced.folded(), fold(&text));
            for (begin, c) in traced.folded().char_indices() {
                let source = traced.source_of(&(begin..begin + c.len_utf8()));
                prop_assert!(text.get(source.clone()).is_some_and(|source| !source.is_empty()));
                let next = text[source.end..].chars().next();
                prop_assert!(!next.is_some_and(is_combining_mark), "{next:?} is parted");
            }
        }
    }
}
