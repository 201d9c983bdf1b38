//! Patterns: texts that are looked for in others, overlapping occurrences included.

use std::ops::Range;

/// A text to look for.
///
/// One pass finds all occurrences ([Knuth, Morris and Pratt](https://doi.org/10.1137/0206024)): to
/// search again after each would take the product of both lengths where they repeat themselves.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    /// For each of its starts, how much of its end is also a start of the pattern, in bytes.
    borders: Vec<usize>,
}

impl Pattern {
    /// Looks for this text, which is not empty.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut borders = vec![0; bytes.len()];
        let mut matched = 0;
        for at in 1..bytes.len() {
            matched = advanced(bytes, &borders, matched, bytes[at]);
            borders[at] = matched;
        }
        Self { text: text.to_owned(), borders }
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where it occurs in a text, in order.
    pub(super) fn occurrences<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> {
        let pattern = self.text.as_bytes();
        // Most texts have none, which the standard library finds out faster.
        let begin = text.find(&self.text).unwrap_or(text.len());
        let mut matched = 0;
        text.as_bytes()[begin..].iter().zip(begin + 1..).filter_map(move |(byte, end)| {
            matched = advanced(pattern, &self.borders, matched, *byte);
            (matched == pattern.len()).then(|| end - matched..end)
        })
    }
}

/// How much of a pattern ends with this byte, after so much of it has ended before it.
fn advanced(pattern: &[u8], borders: &[usize], mut matched: usize, byte: u8) -> usize {
    while matched > 0 && pattern.get(matched) != Some(&byte) {
        matched = borders[matched - 1];
    }
    matched + usize::from(pattern.get(matched) == Some(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_occurrence_is_found(pattern in "[ab ]{1,6}", text in "[ab ]{0,40}") {
            let found: Vec<_> = Pattern::new(&pattern).occurrences(&text).collect();
            let begins = (0..text.len()).filter(|begin| text[*begin..].starts_with(&pattern));
            let expected: Vec<_> = begins.map(|begin| begin..begin + pattern.len()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
