//! Folding: the form of a text in which case, accents and width do not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form in which texts are cut into words: folded letters, with signs that are read as words or
/// belong to numbers spelled out. Folding it once more changes nothing.
pub(super) fn fold(text: &str) -> String {
    let folded = fold_characters(text);
    if folded.contains(',') { without(&commas_in_numbers(&folded), &folded) } else { folded }
}

/// The part of folding that takes one character after another; all but the commas in numbers.
pub(super) fn fold_characters(text: &str) -> String {
    let folded = fold_letters(text);
    // What parts words and is no white space: the word must not end an exclusion.
    if folded.contains('&') { folded.replace('&', "+and+") } else { folded }
}

/// The text decomposed (NFKD), without accents, in lower case, with equivalent letters replaced,
/// and recomposed (NFC). Folding is idempotent.
pub(in crate::domain) fn fold_letters(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    text.nfkd().for_each(|part| push_folded(&mut folded, part));
    folded.nfc().collect()
}

fn push_folded(folded: &mut String, part: char) {
    if is_combining_mark(part) {
        if !is_accent(part) || makes_a_letter(folded, part) {
            folded.push(part);
        }
        return;
    }
    for lower in part.to_lowercase() {
        match spelled_out(lower) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(of_one_kind(lower)),
        }
    }
}

/// Whether a character that is no mark is folded to nothing.
pub(super) fn is_dropped(c: char) -> bool {
    spelled_out(c) == Some("")
}

/// Whether a mark only affects pronunciation or appearance. In other scripts, marks make a
/// different letter or vowel: voiced kana, Thai vowels and tones, Indic vowels.
fn is_accent(mark: char) -> bool {
    matches!(mark,
        '\u{300}'..='\u{36F}'         // Latin, Greek, Cyrillic
        | '\u{483}'..='\u{489}'       // Cyrillic
        | '\u{591}'..='\u{5C7}'       // Hebrew points
        | '\u{610}'..='\u{61A}'       // Arabic, here and below
        | '\u{64B}'..='\u{65F}'
        | '\u{670}'
        | '\u{6D6}'..='\u{6ED}'
        | '\u{8CA}'..='\u{8FF}'
        | '\u{180B}'..='\u{180F}'     // selectors of variants, here and below
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{E0100}'..='\u{E01EF}'
        | '\u{1AB0}'..='\u{1AFF}'     // extensions, marks for symbols, halves of marks
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}'
    )
}

/// Letters of Cyrillic alphabets that are written with an accent but differ from the letter without
/// it: й and ї.
fn makes_a_letter(folded: &str, mark: char) -> bool {
    matches!((folded.chars().next_back(), mark), (Some('и'), '\u{306}') | (Some('і'), '\u{308}'))
}

/// The plain letters for a letter without a decomposition; none for characters that only format
/// text.
fn spelled_out(lower: char) -> Option<&'static str> {
    Some(match lower {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        // Soft hyphen, tatweel, and what keeps letters from joining or makes them join.
        '\u{AD}' | '\u{640}' | '\u{200C}' | '\u{200D}' => "",
        _ => return None,
    })
}

/// The canonical one of letters or digits that readers consider equal.
fn of_one_kind(lower: char) -> char {
    let moved = |first: char, to: char| {
        char::from_u32(u32::from(lower) - u32::from(first) + u32::from(to)).unwrap_or(lower)
    };
    match lower {
        'ς' => 'σ',
        'ʼ' => '\'',
        'ی' | 'ى' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        'ٱ' => 'ا',
        '٠'..='٩' => moved('٠', '0'),
        '۰'..='۹' => moved('۰', '0'),
        'ァ'..='ヶ' => moved('ァ', 'ぁ'),
        'ヽ' | 'ヾ' => moved('ヽ', 'ゝ'),
        _ => lower,
    }
}

/// The commas between the digits of numbers, which do not count: 20,000 is 20000.
pub(super) fn commas_in_numbers(folded: &str) -> Vec<usize> {
    let mut commas = Vec::new();
    let mut end = 0;
    while let Some(length) = folded[end..].find(|c: char| c.is_ascii_digit()) {
        let begin = end + length;
        let length = folded[begin..].find(|c: char| !c.is_ascii_digit() && c != ',');
        end = length.map_or(folded.len(), |length| begin + length);
        let is_glued = folded[..begin].ends_with(char::is_alphanumeric)
            || folded[end..].starts_with(char::is_alphanumeric);
        let number = &folded[begin..end];
        if !is_glued && is_grouped(number) {
            commas.extend(number.match_indices(',').map(|(at, _)| begin + at));
        }
    }
    commas
}

/// A folded text without these commas, which are in order.
pub(super) fn without(commas: &[usize], folded: &str) -> String {
    let mut plain = String::with_capacity(folded.len());
    let mut end = 0;
    for comma in commas {
        plain.push_str(&folded[end..*comma]);
        end = comma + 1;
    }
    plain + &folded[end..]
}

/// Whether digits are in groups of three.
fn is_grouped(number: &str) -> bool {
    let mut groups = number.trim_end_matches(',').split(',');
    let first = groups.next().unwrap_or_default();
    let mut following = groups.peekable();
    matches!(first.len(), 1..=3)
        && following.peek().is_some()
        && following.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn folds(text: &str, folded: &str) {
        assert_eq!(fold(text), folded, "{text}");
    }

    #[test]
    fn case_accents_and_width_do_not_count() {
        folds("Hôtel", "hotel");
        folds("Ho\u{302}tel", "hotel");
        folds("ＨＯＴＥＬ２", "hotel2");
        folds("ﾍﾟﾝｷﾞﾝ", "ぺんぎん");
        folds("ペンギン", "ぺんぎん");
        folds("Ελλάς", "ελλασ");
        folds("İSTANBUL", "istanbul");
        folds("Ёлка и Йод", "елка и йод");
        folds("ﬁn № ½ ™", "fin no 1\u{2044}2 tm");
    }

    #[test]
    fn letters_without_a_decomposition_are_spelled_out() {
        folds("Straße STRAẞE", "strasse strasse");
        folds("Œuvre œuvre", "oeuvre oeuvre");
        folds("Ægir Ǽ æ", "aegir ae ae");
        folds("Øre Ǿ ø", "ore o o");
        folds("Łódź", "lodz");
        folds("Đặng ð Þór", "dang d thor");
        folds("ılık Ħal Ŧ Ŋ ſ", "ilik hal t n s");
    }

    #[test]
    fn marks_that_make_another_letter_stay() {
        folds("мой Й и\u{306} Їжак і\u{308} ё", "мой й й їжак ї е");
        folds("パパ ババ はは", "ぱぱ ばば はは");
        folds("राम रोम", "राम रोम");
        folds("ป่า", "ป่า");
        folds("காதல்", "காதல்");
        folds("ခြေ", "ခြေ");
    }

    #[test]
    fn points_and_vowel_signs_are_dropped() {
        folds("תִּקּוּן", "תקון");
        folds("كِتَاب محـــمد", "كتاب محمد");
        folds("أكل آب مئة", "اكل اب ميه");
    }

    #[test]
    fn letters_that_readers_take_for_one_are_one() {
        folds("علی علي علىٰ کتاب مدرسة", "علي علي علي كتاب مدرسه");
        folds("می‌خواهم", "ميخواهم");
        folds("۱۲٣", "123");
        folds("ラーメン ヴヵヽヾ", "らーめん ゔゕゝゞ");
    }

    #[test]
    fn signs_that_are_read_are_spelled_out() {
        for (text, folded) in [
            ("Cats & Dogs", "cats +and+ dogs"),
            ("R＆B", "r+and+b"),
            ("20,000 Leagues", "20000 leagues"),
            ("a 1,234,567.", "a 1234567."),
            ("1,000,", "1000"),
            ("１，０００", "1000"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        for text in
            ["2012,720p", "x1,000", "1,00", "1,0000", "1234,567", "1,,000", "a,b", ",", "1, 2"]
        {
            assert_eq!(fold(text), text);
        }
    }

    #[test]
    fn hangul_stays_in_syllables() {
        folds("한국", "한국");
        folds("\u{1112}\u{1161}\u{11AB}", "한");
        folds("ㅎㅏ", "하");
    }

    #[test]
    fn every_character_is_folded_once_and_for_all() {
        for c in '\0'..=char::MAX {
            let folded = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&folded), folded, "{c:?}");
            let has_accents = folded.chars().any(|c| is_combining_mark(c) && is_accent(c));
            assert!(!has_accents, "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn equivalent_texts_fold_to_one_that_stays(text in r"[\PC\p{M}가-힣ᄀ-ᇿßŒİйіЇガがะा&,0-9]*") {
            let folded = fold(&text);
            prop_assert_eq!(&fold(&folded), &folded);
            prop_assert_eq!(&fold(&text.nfd().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&text.nfc().collect::<String>()), &folded);
        }

        #[test]
        fn plain_texts_are_folded_as_all_others_are(text in r"[\x00-\x7F]{0,40}") {
            let (plain, accented) = (fold_letters(&text), fold_letters(&format!("{text} é")));
            prop_assert_eq!(plain + " e", accented);
        }
    }
}
