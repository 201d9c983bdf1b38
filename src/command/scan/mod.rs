//! `reelgraph scan`: catalogues the videos in folders.

mod empty;
pub(super) mod folder;
mod report;
mod watching;

use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use super::library::{Library, Work};
use super::scanning::{Scanning, prober};
use super::signals::StopSignals;
use crate::catalogue::claims::root_of;
use crate::config::ScanCommandSettings;
use crate::domain::catalogue::{Root, ScanId, ScanJob, ScanOrder, ScanState};
use crate::domain::{Clock, IdSource, RandomIds, SystemClock, printable};
use crate::repository::Catalogue;
use watching::Watching;

pub(super) async fn run(settings: &ScanCommandSettings) -> Result<(), Failure> {
    // Before the library is touched, so that nothing is created without ffprobe.
    let prober = prober(&settings.scans).await?;
    let folders: Vec<PathBuf> =
        settings.folders.iter().map(|folder| folder::existing(folder)).collect::<Result<_, _>>()?;
    let mut signals = StopSignals::listen()?;
    let repository = Library::named_by(&settings.database)?.open(Work::Import).await?;
    let scanning = Scanning { repository: Arc::clone(&repository), prober, own: Vec::new() };
    let outcome = tokio::select! {
        outcome = scan(&scanning, settings, &folders, &mut signals) => outcome,
    };
    let closed = repository.close().await;
    outcome.and(closed.map_err(Failure::from))
}

/// Scans one folder after another. Those that can be scanned are, also if another one cannot.
async fn scan(
    scanning: &Scanning,
    settings: &ScanCommandSettings,
    folders: &[PathBuf],
    signals: &mut StopSignals,
) -> Result<(), Failure> {
    let catalogue = scanning.repository.catalogue();
    let runner = scanning.runner(&settings.scans, None);
    let mut failures = Vec::new();
    for folder in folders {
        let roots = catalogue.roots().await?;
        let in_root = folder::in_its_root(folder, &roots);
        let extensions = &settings.scans.scan_extensions;
        if let Some(reason) = empty::reason(&in_root, &roots, extensions, signals).await? {
            failures.push(reason);
            continue;
        }
        let (root, job) = queue(&*catalogue, settings, &in_root).await?;
        let watching = Watching { catalogue: &*catalogue, runner: &runner, root: &root };
        let job = watching.until_the_end(job, signals).await?;
        if job.state != ScanState::Failed || job.counts.seen > 0 {
            report::summarise(&root, folder, &job);
        }
        report::list_problems(&*catalogue, &root, &job).await?;
        failures.extend(failure_of(&root, &job).map(|failure| printable(&failure)));
        if job.state == ScanState::Cancelled {
            break;
        }
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\n").into()),
    }
}

/// Queues the scan of a folder, in the root that it belongs to.
async fn queue(
    catalogue: &dyn Catalogue,
    settings: &ScanCommandSettings,
    folder: &std::path::Path,
) -> Result<(Root, ScanJob), Failure> {
    let directory = folder::bytes_of(folder);
    let (root, below) = root_of(catalogue, directory, &RandomIds).await?;
    let below = String::from_utf8(below)
        .map_err(|_| format!("{} is not UTF-8: rename it", printable(&folder.to_string_lossy())))?;
    let order = ScanOrder {
        root: root.id,
        paths: [below].into_iter().filter(|path| !path.is_empty()).collect(),
        rescan: settings.rescan,
        confirmed_missing: settings.confirm_missing,
        requested_by: None,
    };
    let id = ScanId::from(RandomIds.next_id());
    let job = catalogue.queue(id, &order, SystemClock.now()).await?;
    Ok((root, job))
}

fn failure_of(root: &Root, job: &ScanJob) -> Option<String> {
    let message = job.message.as_deref().unwrap_or_default();
    let held_back = job.counts.held_back;
    match job.state {
        ScanState::Succeeded => None,
        ScanState::NeedsConfirmation => Some(format!(
            "{held_back} videos of {} would be marked as missing, which is more than \
             --scan-missing-limit-percent allows. None was marked; everything else is done. If a disk \
             is not mounted, mount it, and scan again. If the files are gone for good, run the scan again with --confirm-missing {held_back}.",
            root.name
        )),
        ScanState::Cancelled => {
            Some(format!("the scan of {} was stopped: run it again to complete it", root.name))
        }
        ScanState::Interrupted => Some(format!(
            "the process that scanned {} ended: run the scan again to complete it",
            root.name
        )),
        ScanState::Failed | ScanState::Queued | ScanState::Running => {
            Some(format!("{} was not scanned: {message}", root.name))
        }
    }
}
