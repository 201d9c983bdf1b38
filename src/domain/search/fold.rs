//! Folding: the form of a text in which case, accents and width do not count.

use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// The text taken apart (NFKD), without marks, in lower case, with the letters that NFKD leaves
/// whole spelled out, and put together again (NFC). Folding it once more changes nothing.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else {
            // NFKD of a text also sorts the marks, but none of them stays.
            decompose_compatible(c, |part| push_folded(&mut folded, part));
        }
    }
    folded
}

fn push_folded(folded: &mut String, part: char) {
    if is_combining_mark(part) {
        return;
    }
    for lower in part.to_lowercase() {
        match spelled_out(lower) {
            Some(letters) => folded.push_str(letters),
            None => push_composed(folded, lower),
        }
    }
}

/// The plain letters for one that has no decomposition.
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
        'ς' => "σ",
        _ => return None,
    })
}

/// Without marks between, NFC puts neighbours together: the syllables of Hangul and little else.
fn push_composed(folded: &mut String, c: char) {
    let composed = folded.chars().next_back().and_then(|last| compose(last, c));
    if composed.is_some() {
        folded.pop();
    }
    folded.push(composed.unwrap_or(c));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

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
        folds("ﾍﾟﾝｷﾞﾝ", "ヘンキン");
        folds("ペンギン", "ヘンキン");
        folds("Ελλάς", "ελλασ");
        folds("İSTANBUL", "istanbul");
        folds("Ёлка и Йод", "елка и иод");
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
            assert!(!folded.chars().any(is_combining_mark), "{c:?}");
        }
    }

    proptest! {
        /// Here by the definition, on the whole text.
        #[test]
        fn folding_is_nfkd_without_marks_in_lower_case_in_nfc(text in r"[\PC\p{M}가-힣ᄀ-ᇿßŒİ]*") {
            let spelled: String = text
                .nfkd()
                .filter(|c| !is_combining_mark(*c))
                .flat_map(char::to_lowercase)
                .map(|lower| spelled_out(lower).map_or_else(|| lower.to_string(), str::to_owned))
                .collect();
            prop_assert_eq!(fold(&text), spelled.nfc().collect::<String>());
        }
    }
}
