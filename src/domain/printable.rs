//! Names and messages as a terminal can show them.

/// The text without anything that a terminal would take for an instruction: in place of a control character,
/// or of one that changes the direction of text, there is its number.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() || is_direction(letter) {
            true => shown.extend(letter.escape_unicode()),
            false => shown.push(letter),
        }
    }
    shown
}

/// Whether a character has text that follows it shown in another order than it has.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gives_orders_to_a_terminal_is_shown_by_its_number() {
        for (text, expected) in [
            ("a/é 日本.mkv", "a/é 日本.mkv"),
            ("a\nb\r\t", r"a\u{a}b\u{d}\u{9}"),
            ("\u{1b}[31m\u{7}\u{7f}", r"\u{1b}[31m\u{7}\u{7f}"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("\u{202e}4pm\u{2066}\u{2069}", r"\u{202e}4pm\u{2066}\u{2069}"),
            ("\u{200f}\u{2065}", "\u{200f}\u{2065}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }
}
