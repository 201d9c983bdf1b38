//! How a scan stands.

use tokio::sync::watch;

use crate::domain::catalogue::{ScanCounts, ScanPhase};
use crate::repository::catalogue::ScanReport;

/// Shows how a scan stands to whoever watches it.
pub(super) struct Board {
    report: ScanReport,
    shown: watch::Sender<ScanReport>,
}

impl Board {
    pub(super) fn new(shown: watch::Sender<ScanReport>) -> Self {
        let counts = ScanCounts::default();
        Self { report: ScanReport { phase: ScanPhase::Walking, progress: None, counts }, shown }
    }

    /// What was counted so far. Changes are shown with the next phase or progress.
    pub(super) fn counts(&mut self) -> &mut ScanCounts {
        &mut self.report.counts
    }

    /// Shows what the scan is doing, and how much of that it has done of how much.
    pub(super) fn show(&mut self, phase: ScanPhase, done: u64, of: Option<u64>) {
        self.report.phase = phase;
        self.report.progress = of.filter(|all| *all > 0).map(|all| share(done, all));
        self.shown.send_replace(self.report.clone());
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
