//! Sets of files, at a bit for each.

use std::collections::BTreeMap;

use crate::domain::catalogue::FileNumber;

/// A set of known files that takes about a bit for each, so that a scan can remember a million of them.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The bits of 4,096 numbers each, by their first number.
    blocks: BTreeMap<i64, Box<[u64; 64]>>,
}

impl Numbers {
    pub(super) fn insert(&mut self, number: FileNumber) {
        let (block, word, bit) = place(number);
        self.blocks.entry(block).or_insert_with(|| Box::new([0; 64]))[word] |= bit;
    }

    pub(super) fn remove(&mut self, number: FileNumber) {
        let (block, word, bit) = place(number);
        if let Some(words) = self.blocks.get_mut(&block) {
            words[word] &= !bit;
        }
    }

    pub(super) fn contains(&self, number: FileNumber) -> bool {
        let (block, word, bit) = place(number);
        self.blocks.get(&block).is_some_and(|words| words[word] & bit != 0)
    }
}

/// The block of a number, and its word and bit there.
fn place(FileNumber(number): FileNumber) -> (i64, usize, u64) {
    let rest = number.rem_euclid(4096);
    // It is less than 4,096.
    let word = usize::try_from(rest / 64).unwrap_or_default();
    (number - rest, word, 1 << (rest % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_numbers_that_were_put_in() {
        let numbers = [i64::MIN, -1, 0, 1, 63, 64, 4095, 4096, 1 << 40, i64::MAX].map(FileNumber);
        let mut set = Numbers::default();
        for (place, number) in numbers.iter().enumerate() {
            assert!(!set.contains(*number));
            set.insert(*number);
            assert!(numbers[..=place].iter().all(|number| set.contains(*number)), "{number:?}");
        }
        set.remove(FileNumber(64));
        assert!(!set.contains(FileNumber(64)) && set.contains(FileNumber(63)));
        set.remove(FileNumber(9_999));
    }
}
