//! The library roots of the server.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::catalogue::claims::root_named;
use crate::catalogue::disk::MediaFile;
use crate::catalogue::keeper::{Keeper, Keeping, Pace};
use crate::catalogue::watch::Watcher;
use crate::catalogue::{NotProbed, Prober};
use crate::command::Failure;
use crate::command::scan::folder::{absolute, bytes_of};
use crate::command::scanning::{Scanning, prober};
use crate::config::ServeSettings;
use crate::domain::RandomIds;
use crate::domain::catalogue::{Probed, RootId};
use crate::repository::VideoRepository;

/// The roots of the settings, with their folders on this machine.
pub(super) type OwnRoots = Vec<(RootId, PathBuf)>;

/// Looks after these library roots; none if there are none.
///
/// # Errors
/// When the settings of scans cannot be used.
pub(super) async fn keep(
    repository: &Arc<dyn VideoRepository>,
    own: OwnRoots,
    settings: &ServeSettings,
) -> Result<Option<Keeper>, Failure> {
    if own.is_empty() {
        return Ok(None);
    }
    let prober: Arc<dyn Prober> = match prober(&settings.scans).await {
        Ok(prober) => prober,
        Err(failure) => {
            tracing::warn!("{failure}");
            Arc::new(NoProber(failure.to_string()))
        }
    };
    let roots: Vec<RootId> = own.iter().map(|(id, _)| *id).collect();
    let scanning = Scanning { repository: Arc::clone(repository), prober, own };
    let keeping = Keeping {
        runner: Arc::new(scanning.runner(&settings.scans, Some(Keeper::PROMISE))),
        ids: Arc::new(RandomIds),
        every: settings.roots.scan_every,
        watcher: settings.roots.watch.then(watcher).flatten(),
        pace: Pace::default(),
    };
    Ok(Some(Keeper::start(&keeping, &roots)))
}

/// What watches folders.
#[cfg(target_os = "linux")]
fn watcher() -> Option<Arc<dyn Watcher>> {
    Some(Arc::new(crate::catalogue::watch::Inotify::default()))
}

/// What watches folders: nothing on this system.
#[cfg(not(target_os = "linux"))]
fn watcher() -> Option<Arc<dyn Watcher>> {
    tracing::warn!("--watch has no effect on this system: roots are scanned on the schedule only");
    None
}

/// The library roots of the settings, which are added to the library if it has none of their names.
///
/// # Errors
/// When one cannot be a root.
pub(super) async fn claim(
    repository: &Arc<dyn VideoRepository>,
    settings: &ServeSettings,
) -> Result<OwnRoots, Failure> {
    let catalogue = repository.catalogue();
    let mut own = OwnRoots::new();
    for setting in &settings.roots.roots {
        let directory = absolute(&setting.directory)?;
        let claimed = root_named(&*catalogue, &setting.name, bytes_of(&directory), &RandomIds);
        let root = claimed.await.map_err(|error| format!("--root {}: {error}", setting.name))?;
        if own.iter().any(|(id, _)| *id == root.id) {
            let name = &setting.name;
            return Err(format!("--root {name}: there are two roots with this name").into());
        }
        own.push((root.id, directory));
    }
    Ok(own)
}

/// Stands in for a prober that is not installed: scans end with what to do, and the server serves.
struct NoProber(String);

#[async_trait]
impl Prober for NoProber {
    async fn probe(&self, _: &dyn MediaFile, _: &[u8]) -> Result<Probed, NotProbed> {
        Err(NotProbed::Unavailable(self.0.clone()))
    }
}
