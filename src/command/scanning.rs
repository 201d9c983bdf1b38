//! What scans need, for the command and for the server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::runner::OsDisks;
use crate::catalogue::scan::ScanSettings as ScannerSettings;
use crate::catalogue::{Ffprobe, Prober, Reader, Runner, Scanner};
use crate::config::ScanSettings;
use crate::domain::catalogue::{Guard, RootId};
use crate::domain::{IdSource, RandomIds, SystemClock};
use crate::repository::VideoRepository;

use super::Failure;

/// Scans of a library.
pub(super) struct Scanning {
    pub repository: Arc<dyn VideoRepository>,
    pub prober: Arc<dyn Prober>,
    /// The folders of roots, as this process knows them.
    pub own: Vec<(RootId, PathBuf)>,
}

impl Scanning {
    /// What runs the scans. It looks after roots for the time of the `promise`; without one, it scans by hand.
    pub fn runner(&self, settings: &ScanSettings, promise: Option<Duration>) -> Runner {
        let clock = Arc::new(SystemClock);
        let reader = Reader::new(Arc::clone(&self.prober), clock.clone());
        let scans = ScannerSettings {
            extensions: settings.scan_extensions.clone(),
            guard: Guard::of_percent(settings.scan_missing_limit_percent),
            probes: settings.probes(),
            patience: ScannerSettings::PATIENCE,
        };
        let repository = Arc::clone(&self.repository);
        Runner {
            catalogue: repository.catalogue(),
            scanner: Scanner {
                repository,
                reader,
                clock: clock.clone(),
                ids: Arc::new(RandomIds),
                settings: scans,
            },
            disks: Arc::new(OsDisks::new(self.own.clone())),
            clock,
            id: RandomIds.next_id().into(),
            promise,
        }
    }
}

/// The ffprobe of the settings.
///
/// # Errors
/// When there is none.
pub(super) async fn prober(settings: &ScanSettings) -> Result<Arc<dyn Prober>, Failure> {
    let path = std::env::var_os("PATH");
    let ffprobe = Ffprobe::find(settings.ffprobe.as_deref(), path.as_deref()).await?;
    tracing::debug!(version = ffprobe.version(), "found ffprobe");
    Ok(Arc::new(ffprobe))
}
