//! Watches one replica.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{Connection, Row};
use tokio::time::{sleep, timeout};

use super::progress::Progress;
use super::replica::Replica;
use crate::domain::{AuditEntryId, LogPosition};
use crate::repository::postgres::connection::rows;
use crate::repository::postgres::failure::BoxError;
use crate::repository::postgres::rows::{read_id, read_time};
use crate::repository::postgres::source::Source;
use crate::repository::postgres::{entries, migrations};
use crate::repository::sql::Sql;

/// The time between two looks at a replica that can be reached.
const INTERVAL: Duration = Duration::from_millis(500);

/// The longest time between two looks at one that cannot.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a server may take to answer a look.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why a replica is left out that has not been told of the migrations yet.
const WITHOUT_TABLES: &str = "it does not have the tables of this version yet";

/// The code of an error about a table that does not exist.
const UNDEFINED_TABLE: &str = "42P01";

/// Watches a replica.
pub(super) struct Monitor {
    pub(super) replica: Arc<Replica>,
    pub(super) options: PgConnectOptions,
    pub(super) connection: Option<PgConnection>,
    pub(super) primary: Source,
    pub(super) progress: Arc<Progress>,
    pub(super) max_lag: Duration,
}

/// What a replica says of itself.
struct Seen {
    is_replica: bool,
    migrations: i64,
    end: LogPosition,
}

impl Monitor {
    /// Watches until it is aborted.
    pub(super) async fn run(mut self) {
        let mut pause = INTERVAL;
        loop {
            let seen = match timeout(PATIENCE, self.look()).await {
                Ok(seen) => seen,
                Err(_) => Err(format!("it did not answer within {} s", PATIENCE.as_secs()).into()),
            };
            match seen {
                Ok(seen) => {
                    self.judge(seen).await;
                    pause = INTERVAL;
                }
                Err(error) => {
                    self.connection = None;
                    self.replica.health.forget();
                    self.leave_out(reason_of(&error));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            sleep(with_jitter(pause)).await;
        }
    }

    /// Asks the replica how it is.
    async fn look(&mut self) -> Result<Seen, BoxError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.options).await?,
        };
        let text = format!(
            "SELECT pg_is_in_recovery(), (SELECT count(*) FROM migrations), newest.*
            FROM (SELECT) AS one LEFT JOIN ({}) AS newest ON true",
            entries::END_OF_LOG
        );
        let rows = rows(&mut connection, &Sql::new(text)).await?;
        self.connection = Some(connection);
        let row = rows.first().ok_or("it did not answer")?;
        let (is_replica, migrations) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Seen {
            is_replica,
            migrations,
            end: read_position(row, 2)?.unwrap_or(LogPosition::START),
        })
    }

    /// Decides whether queries are read from it.
    async fn judge(&self, Seen { is_replica, migrations, end }: Seen) {
        let Replica { server, health, .. } = &*self.replica;
        if !is_replica {
            return self.leave_out("it is not a replica, or no longer one".to_owned());
        }
        if migrations < migrations::count() {
            return self.leave_out(WITHOUT_TABLES.to_owned());
        }
        if !self.agrees(end).await {
            return self.leave_out("its log is not that of the primary".to_owned());
        }
        health.reached(end.sequence);
        let lag = self.progress.lag(Instant::now(), end.sequence);
        health.lags(lag);
        if lag.time > self.max_lag {
            return self.leave_out(format!("it is more than {} s behind", self.max_lag.as_secs()));
        }
        health.use_it(server);
    }

    /// Whether the primary has the entry that the log of the replica ends with. While the primary cannot be
    /// asked, that is taken for granted: the replica serves queries meanwhile.
    async fn agrees(&self, end: LogPosition) -> bool {
        let sql = Sql::new(
            "SELECT newest.sequence, entry.sequence, entry.entity_id, entry.version, entry.timestamp
            FROM (SELECT coalesce(max(sequence), 0) AS sequence FROM audit_log) AS newest
                LEFT JOIN audit_log AS entry ON entry.sequence = ?",
        )
        .bind(end.sequence);
        let attempted = "compare a replica with the primary";
        let rows = self.primary.rows(attempted, &sql);
        let Ok(Ok(rows)) = timeout(PATIENCE, rows).await else { return true };
        let Some(row) = rows.first() else { return true };
        if let Ok(newest) = row.try_get(0) {
            self.progress.note(Instant::now(), newest);
        }
        let entry = read_position(row, 1).ok().flatten();
        entry.unwrap_or(LogPosition::START) == end
    }

    fn leave_out(&self, reason: String) {
        self.replica.health.leave_out(reason, &self.replica.server);
    }
}

/// Why a replica is left out that this error came from.
fn reason_of(error: &BoxError) -> String {
    let known = error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    match known.and_then(DatabaseError::code).as_deref() {
        Some(UNDEFINED_TABLE) => WITHOUT_TABLES.to_owned(),
        _ => error.to_string(),
    }
}

/// The position after an entry, whose sequence, ID, version and time are in these columns and the following;
/// none where there is no entry.
fn read_position(row: &PgRow, first: usize) -> Result<Option<LogPosition>, BoxError> {
    let Some(sequence) = row.try_get::<Option<i64>, _>(first)? else { return Ok(None) };
    let id = AuditEntryId { entity_id: read_id(row, first + 1)?, version: row.try_get(first + 2)? };
    Ok(Some(LogPosition::behind_change(sequence, id, read_time(row, first + 3)?)))
}

/// A time that is longer by up to a quarter, so that the servers of a library do not all ask at once.
fn with_jitter(pause: Duration) -> Duration {
    let mut random = [0];
    // Without randomness there is just no jitter.
    let _ = getrandom::fill(&mut random);
    pause + pause * u32::from(random[0]) / 1024
}
