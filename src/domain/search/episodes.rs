//! Episodes: words that number a season and an episode, however they are written.

use std::ops::RangeInclusive;

/// The numbers of a season and an episode, and what follows them.
pub(super) fn episode(word: &str) -> Option<(&str, &str, &str)> {
    // Most words are none.
    if !matches!(word.as_bytes(), [b's' | b'0'..=b'9', _, _, _, ..]) {
        return None;
    }
    let (season, episode, rest) = match word.strip_prefix('s') {
        Some(numbers) => {
            let (season, rest) = number(numbers, 1..=4)?;
            let (episode, rest) = number(rest.strip_prefix('e')?, 1..=4)?;
            (season, episode, rest)
        }
        None => {
            let (season, rest) = number(word, 1..=2)?;
            let (episode, rest) = number(rest.strip_prefix('x')?, 2..=3)?;
            (season, episode, rest.is_empty().then_some(rest)?)
        }
    };
    Some((season, episode, rest))
}

/// The number at the start of a text, if it has this many digits, and the rest.
fn number(text: &str, digits: RangeInclusive<usize>) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    digits.contains(&end).then(|| text.split_at(end))
}
