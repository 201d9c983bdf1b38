//! Files that gave no picture, so that they are not tried again and again.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

use super::maker::NotMade;
use crate::domain::file::Fingerprint;
use crate::domain::{Clock, Timestamp};

/// The last files that gave no picture.
pub(super) struct Failures {
    recent: Cache<Fingerprint, (Timestamp, NotMade)>,
    clock: Arc<dyn Clock>,
}

impl Failures {
    /// How many are remembered.
    const MOST: usize = 10_000;

    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { recent: Cache::new(Self::MOST), clock }
    }

    /// Why a file gave no picture a while ago; none if it can be tried.
    pub(super) fn of(&self, fingerprint: Fingerprint) -> Option<NotMade> {
        let (at, failure) = self.recent.get(&fingerprint)?;
        let now = self.clock.now().as_micros();
        // A clock that was set back would keep the file from being tried for longer.
        let age = Duration::from_micros(now.abs_diff(at.as_micros()));
        failure.remembered().filter(|remembered| age < *remembered).map(|_| failure)
    }

    /// Remembers a failure of a file. One of the machine says nothing about the file.
    pub(super) fn remember(&self, fingerprint: Fingerprint, failure: &NotMade) {
        if failure.remembered().is_some() {
            self.recent.insert(fingerprint, (self.clock.now(), failure.clone()));
        }
    }
}
