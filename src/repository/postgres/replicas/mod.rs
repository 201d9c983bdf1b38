//! Replicas of the database, which queries are read from while they are well.
//!
//! Each has a monitor, which compares it with the primary twice a second. A replica is left out while it cannot
//! be reached, is too far behind, or is no replica of the primary.

mod health;
mod monitor;
mod progress;
mod replica;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use self::monitor::Monitor;
use self::progress::Progress;
use self::replica::Replica;
use super::address::options_of;
use super::open;
use super::open_error::OpenError;
use super::settings::PostgresSettings;
use super::source::Source;
use crate::domain::LogPosition;
use crate::repository::{CopyActivity, VideoRepository};

/// The replicas of a database. Their monitors end when this is dropped.
pub(super) struct Replicas {
    replicas: Vec<Arc<Replica>>,
    /// Queries take turns.
    next: AtomicUsize,
    monitors: Mutex<JoinSet<()>>,
}

impl Replicas {
    /// The replicas at the URLs of the settings, each of which `read_from` makes a store of. The primary has
    /// these connections.
    ///
    /// # Errors
    /// When a URL is not valid. A replica that cannot be reached is left out until it can.
    pub(super) fn open(
        settings: &PostgresSettings,
        primary: &Source,
        read_from: impl Fn(Source) -> Arc<dyn VideoRepository>,
    ) -> Result<Self, OpenError> {
        let progress = Arc::new(Progress::default());
        let (mut replicas, mut monitors) = (Vec::new(), JoinSet::new());
        for url in &settings.replicas {
            let options = options_of(url.reveal(), settings)?;
            let pool = Arc::new(open::pool(options.clone(), false, settings));
            let repository = read_from(Source::new(pool, settings.read_limit));
            let replica = Arc::new(Replica::new(&options, repository));
            monitors.spawn(
                Monitor {
                    replica: Arc::clone(&replica),
                    options,
                    connection: None,
                    primary: Source::new(Arc::clone(&primary.pool), settings.read_limit),
                    progress: Arc::clone(&progress),
                    max_lag: settings.max_replica_lag,
                }
                .run(),
            );
            replicas.push(replica);
        }
        Ok(Self { replicas, next: AtomicUsize::new(0), monitors: Mutex::new(monitors) })
    }

    /// A replica that has all changes up to this place, or any one that is well; none if there is none.
    pub(super) async fn choose(
        &self,
        place: Option<LogPosition>,
    ) -> Option<Arc<dyn VideoRepository>> {
        let well: Vec<_> = self.replicas.iter().filter(|it| it.health.is_well()).collect();
        // Among those that are well, or else the one after one that is not would have its turns as well.
        let first = self.next.fetch_add(1, Ordering::Relaxed) % well.len().max(1);
        let (before, after) = well.split_at(first);
        let mut turns = after.iter().chain(before);
        let sequence = place.map_or(0, |place| place.sequence);
        let chosen = match turns.clone().find(|replica| replica.health.has(sequence)) {
            Some(known) => known,
            // It may have the place by now: monitors look only from time to time.
            None => {
                let replica = turns.next()?;
                replica.look().await;
                replica.health.has(sequence).then_some(replica)?
            }
        };
        Some(chosen.take())
    }

    /// The state of each.
    pub(super) fn activity(&self) -> Vec<CopyActivity> {
        self.replicas.iter().map(|replica| replica.activity()).collect()
    }

    /// Closes the connections to all of them.
    pub(super) async fn close(&self) {
        self.monitors.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        for replica in &self.replicas {
            replica.close().await;
        }
    }
}
