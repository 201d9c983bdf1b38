//! How much the pictures take, and when each was last used.

use std::collections::HashMap;

use crate::domain::Timestamp;
use crate::media::thumbnails::wanted::Key;

/// What is known of a picture in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// Its size.
    pub bytes: u32,
    /// When it was last used.
    pub at: Timestamp,
}

/// The pictures in the folder.
#[derive(Debug)]
pub(super) struct Usage {
    pictures: HashMap<Key, Use>,
    bytes: u64,
    max_bytes: u64,
    /// No use is later, so that a clock that is set back does not make a new picture the oldest.
    latest: Timestamp,
}

impl Usage {
    pub(super) fn new(max_bytes: u64) -> Self {
        Self { pictures: HashMap::new(), bytes: 0, max_bytes, latest: Timestamp::MIN }
    }

    /// Notes that a picture was used.
    pub(super) fn note(&mut self, key: Key, of: Use) {
        self.latest = self.latest.max(of.at);
        self.insert(key, Use { at: self.latest, ..of });
    }

    /// Notes that a picture is not there.
    pub(super) fn forget(&mut self, key: Key) {
        if let Some(gone) = self.pictures.remove(&key) {
            self.bytes -= u64::from(gone.bytes);
        }
    }

    /// Takes over what was found in the folder by a walk that began at this time.
    pub(super) fn replace(&mut self, found: Vec<(Key, Use)>, began: Timestamp) {
        let known = std::mem::take(&mut self.pictures);
        self.bytes = 0;
        for (key, of) in found {
            let at = known.get(&key).map_or(of.at, |known| known.at.max(of.at));
            self.insert(key, Use { at, ..of });
        }
        // The walk may have been at this place before they were.
        for (key, of) in known.into_iter().filter(|(_, of)| of.at >= began) {
            if !self.pictures.contains_key(&key) {
                self.insert(key, of);
            }
        }
    }

    /// The pictures to delete when they take too much, the least recently used ones: more than necessary, so
    /// that it is not each picture that another one has to make place for. They count as deleted.
    pub(super) fn surplus(&mut self) -> Vec<Key> {
        if self.bytes <= self.max_bytes {
            return Vec::new();
        }
        let goal = self.max_bytes - self.max_bytes / 10;
        let mut oldest: Vec<(Timestamp, Key)> =
            self.pictures.iter().map(|(key, of)| (of.at, *key)).collect();
        oldest.sort_unstable_by_key(|(at, _)| *at);
        let mut surplus = Vec::new();
        for (_, key) in oldest {
            if self.bytes <= goal {
                break;
            }
            self.forget(key);
            surplus.push(key);
        }
        surplus
    }

    /// How much the pictures take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn insert(&mut self, key: Key, of: Use) {
        self.forget(key);
        self.bytes += u64::from(of.bytes);
        self.pictures.insert(key, of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::file::{Fingerprint, ThumbnailWidth};

    fn key(number: i64) -> Key {
        (Fingerprint::from_hash(number.unsigned_abs().into()), ThumbnailWidth::W320)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn used(bytes: u32, seconds: i64) -> Use {
        Use { bytes, at: at(seconds) }
    }

    #[test]
    fn the_least_recently_used_ones_make_place_for_a_tenth() {
        let mut usage = Usage::new(1_000);
        for number in 1..=10 {
            usage.note(key(number), used(100, number));
        }
        assert_eq!(usage.surplus(), []);
        usage.note(key(1), used(100, 11));
        usage.note(key(11), used(100, 12));
        assert_eq!(usage.surplus(), [key(2), key(3)]);
        assert_eq!(usage.surplus(), []);
        // One that is replaced counts once.
        usage.note(key(11), used(200, 13));
        assert_eq!(usage.bytes, 1_000);
        assert_eq!(usage.surplus(), []);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_make_a_new_picture_the_oldest() {
        let mut usage = Usage::new(250);
        usage.note(key(1), used(100, 1_000));
        usage.note(key(2), used(100, 2_000));
        usage.note(key(3), used(100, 1));
        assert_eq!(usage.surplus(), [key(1)]);
    }

    #[test]
    fn a_walk_finds_what_others_did() {
        let mut usage = Usage::new(1_000);
        for number in 1..=3 {
            usage.note(key(number), used(100, 10 * number));
        }
        usage.note(key(4), used(100, 100));
        // 1 is gone. 2 was used by another server, 3 by this one, and 4 was made during the walk.
        let found = vec![(key(2), used(100, 70)), (key(3), used(100, 5)), (key(5), used(50, 6))];
        usage.replace(found, at(90));
        assert_eq!(usage.bytes, 350);
        usage.max_bytes = 0;
        assert_eq!(usage.surplus(), [key(5), key(3), key(2), key(4)]);
        assert_eq!(usage.bytes, 0);
    }

    #[test]
    fn a_picture_that_is_gone_takes_nothing() {
        let mut usage = Usage::new(100);
        usage.note(key(1), used(100, 1));
        usage.forget(key(1));
        usage.forget(key(1));
        usage.note(key(2), used(100, 2));
        assert_eq!(usage.surplus(), []);
    }
}
