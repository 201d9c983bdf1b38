//! When a scan asks before it marks videos as missing.

/// Holds back a scan that would mark too many videos of a library root as missing.
///
/// An unplugged disk, a broken mount and a wrong folder look as if most files were deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    percent: u8,
}

impl Guard {
    /// As many are always allowed, unless none is: a small folder may lose all of its files.
    const ALWAYS: u64 = 20;

    /// Allows this share of the videos that were there: 0 always asks, 100 never does.
    pub fn of_percent(percent: u8) -> Self {
        Self { percent: percent.min(100) }
    }

    /// Whether this many of the videos that were there can be marked without asking.
    pub fn allows(self, missing: u64, available: u64) -> bool {
        match self.percent {
            0 => missing == 0,
            100 => true,
            percent => {
                let share = u128::from(available) * u128::from(percent) / 100;
                u128::from(missing) <= share.max(Self::ALWAYS.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_videos_and_always_twenty_can_go_missing() {
        let guard = Guard::of_percent(20);
        for (missing, available, allowed) in [
            (0, 0, true),
            (20, 20, true),
            (21, 21, false),
            (20, 100, true),
            (21, 100, false),
            (21, 105, true),
            (200, 1000, true),
            (201, 1000, false),
            (u64::MAX, u64::MAX, false),
        ] {
            assert_eq!(guard.allows(missing, available), allowed, "{missing} of {available}");
        }
    }

    #[test]
    fn a_guard_can_always_ask_and_never() {
        assert!(Guard::of_percent(0).allows(0, 5) && !Guard::of_percent(0).allows(1, 1_000_000));
        assert!(Guard::of_percent(100).allows(7, 7));
    }
}
