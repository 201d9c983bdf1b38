//! The way of a picture, from the file to the cache.

use std::sync::Arc;
use std::time::Duration;

use super::cache::Cache;
use super::failures::Failures;
use super::jobs::{Job, Outcome};
use super::maker::{Maker, NotMade};
use super::no_picture::NoPicture;
use super::patience::{NotResponding, Patience};
use super::source::{NotOpened, Source};
use super::wanted::Wanted;
use super::warnings::Warnings;
use crate::catalogue::disk::{MediaFile, Stat};
use crate::domain::Clock;

/// All that pictures are made with.
pub(super) struct Making {
    maker: Option<Arc<dyn Maker>>,
    cache: Cache,
    failures: Failures,
    disks: Patience,
    clock: Arc<dyn Clock>,
    warnings: Warnings,
}

/// A file that was opened, as it was then.
struct Opened {
    file: Arc<dyn MediaFile>,
    stat: Stat,
}

impl Making {
    /// How many files are opened at once.
    const OPENING: usize = 8;
    /// How long that can take.
    const PATIENCE: Duration = Duration::from_secs(15);

    pub(super) fn new(maker: Option<Arc<dyn Maker>>, cache: Cache, clock: Arc<dyn Clock>) -> Self {
        let disks = Patience::new(Self::OPENING, Self::PATIENCE);
        let failures = Failures::new(Arc::clone(&clock));
        Self { maker, cache, failures, disks, clock, warnings: Warnings::new() }
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The outcome that is known without making a picture.
    pub(super) async fn known(&self, wanted: &Wanted) -> Option<Outcome> {
        if let Some(picture) = self.cache.get(wanted.key()).await {
            return Some(Ok(picture));
        }
        if let Some(failure) = self.failures.of(wanted.fingerprint) {
            return Some(Err(failure.into()));
        }
        self.maker.is_none().then(|| Err(no_ffmpeg()))
    }

    /// Does a job.
    pub(super) async fn carry_out(&self, job: Job, wanted: Wanted, source: Arc<dyn Source>) {
        // Another job may have ended since this one was found to be needed.
        if let Some(outcome) = self.known(&wanted).await {
            return job.finish(outcome);
        }
        if !job.is_needed() {
            return;
        }
        let opened = match self.open(source).await {
            Ok(opened) => opened,
            Err(not_opened) => return job.finish(Err(not_opened.into())),
        };
        let Some(turn) = job.turn().await else { return };
        let outcome = self.make(&opened, &wanted).await;
        drop(turn);
        job.finish(outcome.clone());
        if let Ok(picture) = outcome {
            self.cache.keep(wanted.key(), picture).await;
        }
    }

    async fn open(&self, source: Arc<dyn Source>) -> Result<Opened, NotOpened> {
        let opened = self.disks.wait(async move { source.open().await }).await;
        let file = opened.unwrap_or_else(|hanging| Err(hanging.into()))?;
        let stat = self.stat(&file).await?;
        Ok(Opened { file, stat })
    }

    async fn make(&self, opened: &Opened, wanted: &Wanted) -> Outcome {
        let maker = self.maker.as_ref().ok_or_else(no_ffmpeg)?;
        let made = maker.make(&*opened.file, wanted).await;
        if !self.stat(&opened.file).await?.is_same(&opened.stat) {
            // Nobody knows which content this is.
            return Err(NotOpened::Changed.into());
        }
        if let Err(failure) = &made {
            self.report(wanted, failure);
        }
        Ok(made?)
    }

    async fn stat(&self, file: &Arc<dyn MediaFile>) -> Result<Stat, NotOpened> {
        let file = Arc::clone(file);
        let stat = self.disks.block(move || file.stat()).await?;
        stat.map_err(|error| NotOpened::Unreadable(error.to_string()))
    }

    fn report(&self, wanted: &Wanted, failure: &NotMade) {
        self.failures.remember(wanted.fingerprint, failure);
        let fingerprint = wanted.fingerprint;
        if failure.remembered().is_some() {
            tracing::debug!(%fingerprint, reason = %failure, "made no thumbnail");
        } else if self.warnings.is_due(self.clock.now()) {
            tracing::warn!(reason = %failure, "could not make a thumbnail");
        }
    }
}

impl From<NotResponding> for NotOpened {
    fn from(hanging: NotResponding) -> Self {
        Self::Unreadable(hanging.to_string())
    }
}

/// The start of the server says why.
fn no_ffmpeg() -> NoPicture {
    let advice = "thumbnails need ffmpeg: install FFmpeg, or set --ffmpeg, and restart the server";
    NoPicture::Unavailable(advice.to_owned())
}
