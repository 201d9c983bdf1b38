//! A connection apart from the readers and the writer.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::rows::BoxError;

/// A connection that is used on threads that can wait for the disk, by one of them at a time.
pub(super) struct BlockingConnection(Arc<Mutex<Connection>>);

impl BlockingConnection {
    pub(super) fn new(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(connection)))
    }

    /// The result of `job`, which is completed even if nobody waits for it any longer.
    pub(super) async fn visit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, BoxError> {
        let connection = Arc::clone(&self.0);
        let visit = move || job(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(visit).await?)
    }

    /// Closes it. To close the last connection to a library empties its write-ahead log.
    pub(super) async fn close(self) {
        // It fails if closing panicked, and is closed then as well.
        let _ = tokio::task::spawn_blocking(move || drop(self.0)).await;
    }
}
