//! The log of rejected credentials: a line for each while they are few, so that someone who tries
//! many fills neither the disk nor the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use super::auth_error::AuthError;

/// The length of a period, in which lines are counted.
const PERIOD: Duration = Duration::from_secs(10);

/// The maximum number of lines in a period.
const MAX_LINES: usize = 50;

/// The maximum number of lines for one address and one reason, so that one does not hide the
/// others.
const MAX_LINES_OF_KIND: usize = 5;

/// The address that lines are about, and the reason.
type Kind = (Option<IpAddr>, &'static str);

/// The log. Cloning it copies nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct RefusalLog(Arc<Mutex<Period>>);

#[derive(Debug, Default)]
struct Period {
    /// None before the first one.
    end: Option<Instant>,
    lines: HashMap<Kind, usize>,
    left_out: u64,
}

impl RefusalLog {
    /// Logs a rejection, or counts it if there have been too many lines.
    pub fn add(&self, denial: &AuthError, client: Option<IpAddr>) {
        let now = Instant::now();
        let mut period = self.period();
        if period.takes((client, denial.reason()), now) {
            log(denial);
        } else if period.left_out == 1 {
            self.summarise_at(now + PERIOD);
        }
    }

    /// Logs the number of omitted lines.
    fn summarise_at(&self, end: Instant) {
        let log = self.clone();
        // Without a runtime nobody is served, and the next period makes up for it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                sleep_until(end).await;
                log.period().summarise();
            });
        }
    }

    fn period(&self) -> MutexGuard<'_, Period> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Period {
    /// Whether a line of this kind can be logged; if so, it is counted.
    fn takes(&mut self, kind: Kind, now: Instant) -> bool {
        if self.end.is_none_or(|end| end <= now) {
            self.summarise();
            self.end = Some(now + PERIOD);
            self.lines.clear();
        }
        let is_full = self.lines.values().sum::<usize>() >= MAX_LINES;
        let lines = self.lines.get(&kind).copied().unwrap_or_default();
        let takes = !is_full && lines < MAX_LINES_OF_KIND;
        match takes {
            true => _ = self.lines.insert(kind, lines + 1),
            false => self.left_out += 1,
        }
        takes
    }

    fn summarise(&mut self) {
        let count = std::mem::take(&mut self.left_out);
        if count > 0 {
            tracing::warn!(count, "rejected more credentials, which are not logged one by one");
        }
    }
}

/// A missing credential usually means that the client has not been asked for one yet.
fn log(denial: &AuthError) {
    let reason = denial.reason();
    match denial {
        AuthError::Missing => tracing::info!(reason, "rejected a request without a credential"),
        _ => tracing::warn!(reason, why = %denial, "rejected a credential"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const NOBODY: Kind = (None, "unknown");

    fn unknown_from(number: u8) -> Kind {
        (Some(Ipv4Addr::new(192, 0, 2, number).into()), "unknown")
    }

    #[test]
    fn one_address_leaves_room_for_others_and_all_have_little() {
        let (mut period, now) = (Period::default(), Instant::now());
        let of_one = (0..100).filter(|_| period.takes(unknown_from(1), now)).count();
        assert_eq!(of_one, MAX_LINES_OF_KIND);
        assert!(period.takes(unknown_from(2), now) && period.takes((NOBODY.0, "expired"), now));
        let of_many = (3..=255).filter(|number| period.takes(unknown_from(*number), now)).count();
        assert_eq!(of_many, MAX_LINES - MAX_LINES_OF_KIND - 2);
        assert!(!period.takes(NOBODY, now));
        // What is remembered does not grow with the number of addresses.
        assert!(period.lines.len() <= MAX_LINES);
    }

    #[test]
    fn there_is_room_again_in_the_next_period_and_what_was_left_out_is_reported() {
        let (mut period, now) = (Period::default(), Instant::now());
        let taken = (0..7).filter(|_| period.takes(NOBODY, now)).count();
        assert_eq!((taken, period.left_out), (MAX_LINES_OF_KIND, 2));
        let almost = now + PERIOD - Duration::from_nanos(1);
        assert!(!period.takes(NOBODY, almost));
        assert!(period.takes(NOBODY, now + PERIOD));
        assert_eq!(period.left_out, 0);
    }
}
