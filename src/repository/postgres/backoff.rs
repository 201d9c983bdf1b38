//! Pauses between attempts.

use std::time::Duration;

/// Pauses that become longer with each attempt. Each is shortened at random by up to a half, so that
/// servers which lost the database together do not all return to it at one moment.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Pauses from `first`, doubled each time, up to `longest`.
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The next pause.
    pub(super) fn pause(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        // Without randomness, the pause is as good as any.
        let random = getrandom::u32().unwrap_or_default();
        whole - whole.mul_f64(f64::from(random) / f64::from(u32::MAX) / 2.0)
    }

    /// Begins anew, after a success.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_at_least_half_as_long() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5));
        for _ in 0..2 {
            for whole in [1, 2, 4, 5, 5] {
                let pause = backoff.pause();
                assert!(pause <= seconds(whole) && pause * 2 >= seconds(whole), "{pause:?}");
            }
            backoff.reset();
        }
    }

    #[test]
    fn pauses_differ() {
        let pause = || Backoff::new(Duration::from_secs(60), Duration::from_secs(60)).pause();
        assert_ne!((pause(), pause(), pause()), (pause(), pause(), pause()));
    }
}
