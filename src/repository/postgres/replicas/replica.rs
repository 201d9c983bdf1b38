//! A replica, and what is known of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;

use super::health::Health;
use crate::repository::{CopyActivity, VideoRepository};

/// How long a query waits to learn how far a replica is, before it is read from the primary.
const PATIENCE: Duration = Duration::from_millis(250);

/// A replica.
pub(super) struct Replica {
    /// The server, without credentials.
    pub(super) server: String,
    pub(super) health: Health,
    repository: Arc<dyn VideoRepository>,
    queries: AtomicU64,
}

impl Replica {
    /// The replica at this address, which is read with this store.
    pub(super) fn new(options: &PgConnectOptions, repository: Arc<dyn VideoRepository>) -> Self {
        let port = options.get_port();
        let server = match options.get_socket() {
            Some(folder) => format!("{}:{port}", folder.display()),
            None => format!("{}:{port}", options.get_host()),
        };
        Self { server, health: Health::default(), repository, queries: AtomicU64::new(0) }
    }

    /// The store, for a query.
    pub(super) fn take(&self) -> Arc<dyn VideoRepository> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        Arc::clone(&self.repository)
    }

    /// Finds out how far it is now.
    pub(super) async fn look(&self) {
        let server = &self.server;
        match timeout(PATIENCE, self.repository.newest()).await {
            Ok(Ok(end)) => self.health.reached(end.sequence),
            Ok(Err(error)) => tracing::debug!(%error, server, "could not look at a replica"),
            Err(_) => tracing::debug!(server, "a replica took too long to look at"),
        }
    }

    /// Its state.
    pub(super) fn activity(&self) -> CopyActivity {
        let lag = self.health.lag();
        CopyActivity {
            server: self.server.clone(),
            is_used: self.health.is_well(),
            reason: self.health.reason(),
            changes_behind: lag.map(|lag| lag.changes),
            behind: lag.map(|lag| lag.time),
            queries: self.queries.load(Ordering::Relaxed),
        }
    }

    /// Closes the connections to it.
    pub(super) async fn close(&self) {
        if let Err(error) = self.repository.close().await {
            tracing::debug!(%error, server = self.server, "could not close a replica");
        }
    }
}
