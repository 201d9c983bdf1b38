//! Episodes: words that number a season and an episode, however they are written.

use std::ops::RangeInclusive;

/// How much of a word in a text makes up the start of its token with this length, in bytes: at
/// least 1. They differ in episodes, whose tokens can have a letter and zeros that the word lacks.
pub(super) fn length_in_word(word: &str, length: usize) -> usize {
    let Some((season, episode, rest)) = episode(word) else { return length };
    let letter = usize::from(word.starts_with('s'));
    let mut left = length;
    let lengths = [
        (1, letter),
        (season.len().max(2), season.len()),
        (1, 1),
        (episode.len().max(2), episode.len()),
        (rest.len(), rest.len()),
    ];
    let taken = lengths.map(|(in_token, in_word)| {
        let taken = left.min(in_token);
        left -= taken;
        // A zero that was added stands for the digit after it.
        let least = in_word.min(taken).min(1);
        (taken + in_word).saturating_sub(in_token).max(least)
    });
    taken.iter().sum::<usize>().max(1)
}

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
