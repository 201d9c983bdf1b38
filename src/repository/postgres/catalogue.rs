//! The catalogue of a library: reads go where all reads go, and changes are made on a connection of their own,
//! next to the writer, which is for videos.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Connection;
use tokio::sync::Mutex;

use super::connection::{run, within};
use super::connector::{Connector, Kept};
use super::failure::{BoxError, Obstacle, failed, is_lost};
use super::source::Source;
use super::statements::Statements;
use super::transaction;
use crate::repository::RepositoryError;
use crate::repository::sql::catalogue::{CatalogueDatabase, Dialect, Job, Query};

/// How much longer than the database itself would let a statement run its answer is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// How long it may take to end the connection.
const END_WITHIN: Duration = Duration::from_secs(1);

/// Where the catalogue of a library is.
pub(super) struct CatalogueTables {
    source: Source,
    /// None where it is only read.
    changing: Option<Mutex<Changing>>,
    limit: Duration,
}

/// What changes it.
struct Changing {
    connector: Connector,
    beginning: String,
    limit: Duration,
    /// None until there is something to change, and after a failure.
    kept: Option<Kept>,
    is_closed: bool,
}

impl CatalogueTables {
    /// Reads there, and changes on such a connection. Each statement of a change may take this long, and so may
    /// its turn.
    pub(super) fn new(source: Source, connector: Connector, limit: Duration) -> Self {
        // Whoever changes several of the tables holds the row of their revision, so that they take turns.
        let beginning = transaction::beginning("catalogue_revision", limit);
        let changing = Changing { connector, beginning, limit, kept: None, is_closed: false };
        Self { source, changing: Some(Mutex::new(changing)), limit }
    }

    /// Only reads there.
    pub(super) fn reading(source: Source) -> Self {
        Self { source, changing: None, limit: Duration::ZERO }
    }

    /// Completes what is being changed. Later changes fail.
    pub(super) async fn close(&self) {
        let Some(changing) = &self.changing else { return };
        let mut changing = changing.lock().await;
        changing.is_closed = true;
        if let Some(kept) = changing.kept.take() {
            // The server ends it otherwise.
            let _ = within(END_WITHIN, async { Ok(kept.connection.close().await?) }).await;
        }
    }
}

#[async_trait]
impl CatalogueDatabase for CatalogueTables {
    const DIALECT: Dialect = Dialect::Postgres;

    async fn read<T: Send + 'static>(
        &self,
        attempted: &'static str,
        query: Query<T>,
    ) -> Result<Vec<T>, RepositoryError> {
        let rows = self.source.rows(attempted, &query.sql).await?;
        let read: Result<Vec<T>, BoxError> = rows.iter().map(|row| (query.read)(row)).collect();
        read.map_err(failed(attempted))
    }

    async fn write<T: Send + 'static>(
        &self,
        attempted: &'static str,
        job: Job<T>,
    ) -> Result<T, RepositoryError> {
        let limit = self.limit;
        let changing = self.changing.as_ref().ok_or("this copy of the library is only read");
        let changing = changing.map_err(RepositoryError::unavailable(attempted))?;
        let turn = tokio::time::timeout(limit, changing.lock()).await;
        let mut changing = turn.map_err(|_| RepositoryError::Busy { attempted, limit })?;
        changing.carry_out(attempted, job).await
    }
}

impl Changing {
    /// Does a job in a transaction. If it is abandoned, the connection is closed, and the database rolls back.
    async fn carry_out<T>(
        &mut self,
        attempted: &'static str,
        job: Job<T>,
    ) -> Result<T, RepositoryError> {
        let limit = self.limit + GRACE;
        let mut begun = self.begin().await.map_err(failed(attempted))?;
        let done = within(limit, job(&mut Statements(&mut begun.connection))).await;
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(error) if is_lost(&error) => return Err(failed(attempted)(error)),
            Err(error) => {
                let ended = within(limit, run(&mut begun.connection, "ROLLBACK")).await;
                self.kept = ended.is_ok().then_some(begun).and_then(Kept::keep);
                return Err(failed(attempted)(error));
            }
        };
        match within(limit, run(&mut begun.connection, "COMMIT")).await {
            Ok(()) => self.kept = begun.keep(),
            Err(error) if is_lost(&error) => return Err(RepositoryError::OutcomeUnknown),
            Err(error) => return Err(failed(attempted)(error)),
        }
        Ok(outcome)
    }

    /// A connection in a transaction in which nobody else changes the catalogue.
    async fn begin(&mut self) -> Result<Kept, BoxError> {
        if self.is_closed {
            return Err(Obstacle::Closed.into());
        }
        let awake = match self.kept.take() {
            Some(kept) => kept.wake().await,
            None => None,
        };
        if let Some(mut kept) = awake {
            match self.begin_on(&mut kept).await {
                // It was dead: a new one may not be.
                Err(error) if is_lost(&error) => {}
                begun => return begun.map(|()| kept),
            }
        }
        let mut fresh = Kept::fresh(self.connector.connect().await?);
        self.begin_on(&mut fresh).await?;
        Ok(fresh)
    }

    async fn begin_on(&self, kept: &mut Kept) -> Result<(), BoxError> {
        within(self.limit + GRACE, run(&mut kept.connection, &*self.beginning)).await
    }
}
