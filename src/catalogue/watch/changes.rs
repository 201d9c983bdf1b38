//! Where something has changed that no scan has looked at yet, and when to look.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::joining::joined;

/// When changes are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Settling {
    /// How long nothing must have happened.
    pub quiet: Duration,
    /// How long after a file was written: scans leave alone what was written just now.
    pub written: Duration,
    /// How long after the first change, whatever else happens.
    pub most: Duration,
}

impl Default for Settling {
    fn default() -> Self {
        let [quiet, written, most] = [5, 11, 60].map(Duration::from_secs);
        Self { quiet, written, most }
    }
}

/// Where something has changed, and since when.
#[derive(Debug, Default)]
pub struct Changes {
    paths: BTreeSet<Vec<u8>>,
    is_whole: bool,
    /// When the first of them was noted.
    first: Option<Instant>,
    /// From when on nothing has happened for long enough.
    quiet_at: Option<Instant>,
}

impl Changes {
    /// The largest number of places that are remembered one by one.
    const MOST: usize = 20_000;

    /// Notes that there is something to look at, at a path that was quiet for less than this.
    pub fn note(&mut self, path: &[u8], quiet: Duration, now: Instant) {
        self.first.get_or_insert(now);
        self.quiet_at = self.quiet_at.max(Some(now + quiet));
        self.is_whole |= path.is_empty();
        if !self.is_whole {
            self.paths.insert(path.to_vec());
        }
        if self.paths.len() > Self::MOST {
            let paths = joined(&self.paths);
            self.is_whole |= paths.is_empty();
            self.paths = paths.into_iter().map(String::into_bytes).collect();
        }
        if self.is_whole {
            self.paths.clear();
        }
    }

    /// When to look; none if there is nothing to look at.
    pub fn due_at(&self, settling: &Settling) -> Option<Instant> {
        let latest = self.first? + settling.most;
        self.quiet_at.map(|quiet_at| quiet_at.min(latest))
    }

    /// What a scan has to look at: all that was noted, so that what was moved from one place to another is known
    /// as moved. Empty for the whole root; none if there is nothing. It is forgotten here.
    pub fn take(&mut self) -> Option<Vec<String>> {
        let changes = std::mem::take(self);
        changes.first?;
        Some(if changes.is_whole { Vec::new() } else { joined(&changes.paths) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLING: Settling = Settling {
        quiet: Duration::from_secs(5),
        written: Duration::from_secs(11),
        most: Duration::from_secs(60),
    };

    fn after(begin: Instant, seconds: u64) -> Instant {
        begin + Duration::from_secs(seconds)
    }

    #[test]
    fn changes_are_looked_at_together_once_nothing_happens() {
        let (begin, mut changes) = (Instant::now(), Changes::default());
        assert_eq!((changes.due_at(&SETTLING), changes.take()), (None, None));
        changes.note(b"a/1.mkv", SETTLING.quiet, begin);
        assert_eq!(changes.due_at(&SETTLING), Some(after(begin, 5)));
        changes.note(b"b", SETTLING.quiet, after(begin, 4));
        assert_eq!(changes.due_at(&SETTLING), Some(after(begin, 9)));
        assert_eq!(changes.take(), Some(vec!["a/1.mkv".to_owned(), "b".to_owned()]));
        assert_eq!((changes.due_at(&SETTLING), changes.take()), (None, None));
    }

    #[test]
    fn a_file_that_was_written_settles_for_longer_whatever_else_happens() {
        let (begin, mut changes) = (Instant::now(), Changes::default());
        changes.note(b"a.mkv", SETTLING.written, begin);
        changes.note(b"b.mkv", SETTLING.quiet, after(begin, 1));
        assert_eq!(changes.due_at(&SETTLING), Some(after(begin, 11)));
        changes.note(b"b.mkv", SETTLING.quiet, after(begin, 8));
        assert_eq!(changes.due_at(&SETTLING), Some(after(begin, 13)));
    }

    #[test]
    fn changes_that_never_end_are_looked_at_every_minute() {
        let (begin, mut changes) = (Instant::now(), Changes::default());
        (0..100).for_each(|at| changes.note(b"a.mkv", SETTLING.quiet, after(begin, at)));
        assert_eq!(changes.due_at(&SETTLING), Some(after(begin, 60)));
    }

    #[test]
    fn the_whole_root_has_no_paths() {
        let (begin, mut changes) = (Instant::now(), Changes::default());
        changes.note(b"a", SETTLING.quiet, begin);
        changes.note(b"", SETTLING.quiet, begin);
        changes.note(b"b", SETTLING.quiet, begin);
        assert_eq!(changes.take(), Some(Vec::new()));
    }

    #[test]
    fn what_is_remembered_is_limited() {
        let (begin, mut changes) = (Instant::now(), Changes::default());
        for number in 0..50_000 {
            let path = format!("a/{}/{number}.mkv", number % 50);
            changes.note(path.as_bytes(), SETTLING.quiet, begin);
            assert!(changes.paths.len() <= Changes::MOST);
        }
        let paths = changes.take().unwrap();
        assert_eq!((paths.len(), paths[0].as_str()), (50, "a/0"));
    }
}
