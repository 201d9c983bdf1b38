//! Text that may hold NUL characters, which PostgreSQL does not store: the names of actors and requests
//! come from outside, and the log keeps them as they are.

/// Begins a sequence that stands for another character.
const ESCAPE: char = '\u{1a}';
const ESCAPED_ESCAPE: &str = "\u{1a}1";
const ESCAPED_NUL: &str = "\u{1a}0";

/// A text without NUL characters that stands for this one, and for no other.
pub(super) fn escaped(text: &str) -> String {
    if text.contains(['\0', ESCAPE]) {
        text.replace(ESCAPE, ESCAPED_ESCAPE).replace('\0', ESCAPED_NUL)
    } else {
        text.to_owned()
    }
}

/// The text that was [escaped].
pub(super) fn unescaped(text: &str) -> String {
    if text.contains(ESCAPE) {
        text.replace(ESCAPED_NUL, "\0").replace(ESCAPED_ESCAPE, "\u{1a}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_after_it_was_stored() {
        for (text, stored) in [
            ("ana", "ana"),
            ("a\0b", "a\u{1a}0b"),
            ("\u{1a}", "\u{1a}1"),
            ("\u{1a}0", "\u{1a}10"),
            ("\0\u{1a}1\0", "\u{1a}0\u{1a}11\u{1a}0"),
            ("", ""),
        ] {
            assert_eq!(escaped(text), stored, "{text:?}");
            assert_eq!(unescaped(stored), text, "{stored:?}");
        }
    }
}
