//! The catalogue of a library: reads go where all reads go, and changes are made on a connection of their own,
//! next to the writer, which is for videos.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::Connection;

use super::failure::{Closed, failed};
use super::guard::Guard;
use super::open::{Writable, is_busy};
use super::readers::ReaderPools;
use super::rows::BoxError;
use super::schema_look::SchemaLook;
use super::statements::{Statements, at_once};
use super::transaction::run;
use crate::repository::RepositoryError;
use crate::repository::sql::catalogue::{CatalogueDatabase, Dialect, Job, Query};

/// Where the catalogue of a library is.
pub(super) struct CatalogueFile {
    readers: ReaderPools,
    changing: Arc<Mutex<Changing>>,
}

/// What changes it.
struct Changing {
    library: Writable,
    guard: Arc<Guard>,
    schema: SchemaLook,
    /// None until there is something to change, and after a failure.
    connection: Option<Connection>,
    is_closed: bool,
}

impl CatalogueFile {
    pub(super) fn new(readers: ReaderPools, library: Writable, guard: Arc<Guard>) -> Self {
        let schema = SchemaLook::default();
        let changing = Changing { library, guard, schema, connection: None, is_closed: false };
        Self { readers, changing: Arc::new(Mutex::new(changing)) }
    }

    async fn visit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Changing) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, BoxError> {
        let changing = Arc::clone(&self.changing);
        let visit = move || job(&mut changing.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(visit).await?
    }

    /// Completes what is being changed. Later changes fail.
    pub(super) async fn close(&self) {
        let closed = self.visit(|changing| {
            changing.is_closed = true;
            changing.connection = None;
            Ok(())
        });
        // It fails if closing panicked, and is closed then as well.
        let _ = closed.await;
    }
}

#[async_trait]
impl CatalogueDatabase for CatalogueFile {
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn read<T: Send + 'static>(
        &self,
        attempted: &'static str,
        query: Query<T>,
    ) -> Result<Vec<T>, RepositoryError> {
        let Query { sql, read } = query;
        self.readers.look_up(attempted, move |reader| reader.all(&sql, |row| read(row))).await
    }

    async fn write<T: Send + 'static>(
        &self,
        attempted: &'static str,
        job: Job<T>,
    ) -> Result<T, RepositoryError> {
        self.visit(move |changing| changing.carry_out(job)).await.map_err(failed(attempted))
    }
}

impl Changing {
    /// Does a job in a transaction.
    fn carry_out<T>(&mut self, job: Job<T>) -> Result<T, BoxError> {
        if self.is_closed {
            return Err(Closed.into());
        }
        // A new connection would be to whatever is there now.
        self.guard.look()?;
        let mut connection = self.begin()?;
        // If anything fails, the connection is dropped, and SQLite rolls back.
        let outcome = at_once(job(&mut Statements(&mut connection)))?;
        run(&connection, "COMMIT")?;
        self.connection = Some(connection);
        self.guard.look()?;
        Ok(outcome)
    }

    /// A connection in a transaction that excludes other writers.
    fn begin(&mut self) -> Result<Connection, BoxError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let connection = self.library.connect()?;
                self.guard.look_at_connection()?;
                connection
            }
        };
        match run(&connection, "BEGIN IMMEDIATE") {
            Err(error) if is_busy(&error) => {
                self.connection = Some(connection);
                return Err(error.into());
            }
            begun => begun?,
        }
        self.schema.look(&connection, &self.guard)?;
        self.guard.look()?;
        Ok(connection)
    }
}
