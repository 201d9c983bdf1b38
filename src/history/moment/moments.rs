//! Past moments of a library.

use std::sync::Arc;

use super::cache::Cache;
use super::error::MomentError;
use super::place::{MomentAt, Resolved, resolve};
use super::reads::Moment;
use super::settings::MomentSettings;
use crate::domain::LogPosition;
use crate::repository::{RepositoryError, VideoReader};

/// Shows a library as it was. Cloning it copies nothing.
#[derive(Clone, Debug)]
pub struct Moments {
    settings: MomentSettings,
    cache: Arc<Cache>,
}

impl Moments {
    /// With these limits.
    pub fn new(settings: MomentSettings) -> Self {
        Self { settings, cache: Arc::new(Cache::new(settings.cache_bytes)) }
    }

    /// The library at a moment, as far as `snapshot` knows: a snapshot of it, which is read as long as the
    /// moment is.
    ///
    /// # Errors
    /// [`MomentError`].
    pub async fn at(
        &self,
        snapshot: Arc<dyn VideoReader>,
        at: MomentAt,
    ) -> Result<Moment, MomentError> {
        let at = resolve(&*snapshot, at).await?;
        self.open(snapshot, at).await
    }

    /// Which moment is asked for, and how many changes `snapshot` has since.
    ///
    /// # Errors
    /// [`MomentError`].
    pub async fn resolve(
        &self,
        snapshot: &dyn VideoReader,
        at: MomentAt,
    ) -> Result<(Resolved, u64), MomentError> {
        let at = resolve(snapshot, at).await?;
        let changes = match at.place {
            LogPosition::START => 0,
            place => changes_since(snapshot, place).await?,
        };
        Ok((at, changes))
    }

    /// The library at a moment that was found in this snapshot.
    ///
    /// # Errors
    /// [`MomentError`].
    pub async fn open(
        &self,
        snapshot: Arc<dyn VideoReader>,
        at: Resolved,
    ) -> Result<Moment, MomentError> {
        let since = match at.place {
            LogPosition::START => None,
            _ => Some(self.since(&*snapshot, at).await?),
        };
        Ok(Moment { at, present: snapshot, since })
    }

    /// Whether the log that `reader` sees has this moment.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn has(&self, reader: &dyn VideoReader, at: MomentAt) -> Result<bool, MomentError> {
        match resolve(reader, at).await {
            Ok(_) => Ok(true),
            Err(MomentError::UnknownPlace) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What has changed since a moment.
    pub(super) async fn since(
        &self,
        snapshot: &dyn VideoReader,
        at: Resolved,
    ) -> Result<Arc<super::since::Since>, MomentError> {
        let newest = snapshot.newest().await?.sequence;
        let changes = changes_since(snapshot, at.place).await?;
        let limit = self.settings.max_changes;
        if changes > limit as u64 {
            return Err(MomentError::TooFar { changes, limit });
        }
        Ok(self.cache.since(snapshot, at.place, newest).await?)
    }
}

async fn changes_since(
    snapshot: &dyn VideoReader,
    place: LogPosition,
) -> Result<u64, RepositoryError> {
    // A log has no holes.
    let newest = snapshot.newest().await?.sequence;
    Ok(u64::try_from(newest - place.sequence).unwrap_or(0))
}
