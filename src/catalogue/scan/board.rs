//! How a scan stands.

use std::sync::Arc;

use tokio::sync::watch;

use super::walking::Walked;
use crate::domain::catalogue::{ScanCounts, ScanPhase};
use crate::repository::catalogue::ScanReport;

/// Shows how a scan stands to whoever watches it.
pub(super) struct Board {
    report: ScanReport,
    shown: watch::Sender<ScanReport>,
    /// How much of the current task is done.
    done: u64,
    extent: Extent,
}

/// How much there is to do.
enum Extent {
    Unknown,
    Of(u64),
    /// All files of a walk, which goes on meanwhile. Until it is over, there are as many as this, if anybody knows.
    Walk(Arc<Walked>, Option<u64>),
}

impl Extent {
    fn all(&self) -> Option<u64> {
        let all = match self {
            Self::Unknown => None,
            Self::Of(all) => Some(*all),
            Self::Walk(walked, expected) => walked.total().or(*expected),
        };
        all.filter(|all| *all > 0)
    }
}

impl Board {
    pub(super) fn new(shown: watch::Sender<ScanReport>) -> Self {
        let counts = ScanCounts::default();
        let report = ScanReport { phase: ScanPhase::Walking, progress: None, counts };
        Self { report, shown, done: 0, extent: Extent::Unknown }
    }

    /// What was counted so far. Changes are shown with the next phase or progress.
    pub(super) fn counts(&mut self) -> &mut ScanCounts {
        &mut self.report.counts
    }

    /// Shows that something begins, of which there is so much to do.
    pub(super) fn begin(&mut self, phase: ScanPhase, of: Option<u64>) {
        self.done = 0;
        self.extent = of.map_or(Extent::Unknown, Extent::Of);
        self.show(phase);
    }

    /// Shows that a walk begins, which is expected to find so many files.
    pub(super) fn begin_walk(&mut self, walked: Arc<Walked>, expected: Option<u64>) {
        self.done = 0;
        self.extent = Extent::Walk(walked, expected);
        self.show(ScanPhase::Walking);
    }

    /// Shows what the scan is doing now, as a part of what has begun.
    pub(super) fn show(&mut self, phase: ScanPhase) {
        self.report.phase = phase;
        self.report.progress = self.extent.all().map(|all| share(self.done, all));
        self.show_counts();
    }

    /// Shows that more is done.
    pub(super) fn advance(&mut self, more: u64) {
        self.done += more;
        self.show(self.report.phase);
    }

    /// Shows what was counted.
    pub(super) fn show_counts(&self) {
        self.shown.send_replace(self.report.clone());
    }

    /// Adds what was written.
    pub(super) fn add(&mut self, more: &ScanCounts) {
        let counts = &mut self.report.counts;
        counts.unchanged += more.unchanged;
        counts.added += more.added;
        counts.updated += more.updated;
        counts.moved += more.moved;
        counts.restored += more.restored;
        counts.missing += more.missing;
        self.show_counts();
    }
}

/// A part of all, to a thousandth.
fn share(part: u64, all: u64) -> f64 {
    let thousandths = part.min(all).saturating_mul(1_000) / all;
    f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0
}
