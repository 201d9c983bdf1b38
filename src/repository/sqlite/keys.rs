//! The API keys of a library, on a connection of their own: the readers only read, and the writer is
//! for videos.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use super::WriteLoad;
use super::open::{self, BUSY_TIMEOUT, OpenError};
use super::rows::BoxError;
use crate::domain::{ApiKey, KeyId, Role, Timestamp};
use crate::repository::RepositoryError;

/// How long a server waits to note when keys were used, before it leaves that for later.
const NOTE_TIMEOUT: Duration = Duration::from_millis(100);

/// The API keys of a library in an SQLite file.
///
/// # Errors
/// Every method fails with [`KeyError::Store`] when the file cannot be read or written.
pub struct SqliteKeys {
    connection: SqliteConnection,
}

/// Why keys were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Another key has the name, and was not revoked.
    #[error("there is a key with this name already")]
    NameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] RepositoryError),
}

impl SqliteKeys {
    /// Opens the keys of the library in this file, which is made or migrated where that is due.
    ///
    /// # Errors
    /// When the file cannot be opened or is no library.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let opened = open::open(path, WriteLoad::Changes, BUSY_TIMEOUT).await?;
        Ok(Self { connection: opened.connection })
    }

    /// Every key, revoked ones included, in the order in which they were made.
    pub async fn list(&mut self) -> Result<Vec<ApiKey>, KeyError> {
        let query = sqlx::query(
            "SELECT id, name, role, digest, created_at, expires_at, last_used_at, revoked_at
            FROM api_keys
            ORDER BY created_at, id",
        );
        let rows = query.fetch_all(&mut self.connection).await.map_err(store("list keys"))?;
        let keys = rows.iter().map(read_key).collect::<Result<_, _>>();
        keys.map_err(store("list keys"))
    }

    /// Keeps a new key.
    ///
    /// # Errors
    /// [`KeyError::NameTaken`].
    pub async fn insert(&mut self, key: &ApiKey) -> Result<(), KeyError> {
        let query = sqlx::query(
            "INSERT INTO api_keys (id, name, role, digest, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(key.id.to_string())
        .bind(key.name.as_str())
        .bind(key.role.name())
        .bind(&key.digest[..])
        .bind(key.created_at.as_micros())
        .bind(key.expires_at.map(Timestamp::as_micros));
        match query.execute(&mut self.connection).await {
            Ok(_) => Ok(()),
            Err(error) if is_name_taken(&error) => Err(KeyError::NameTaken),
            Err(error) => Err(store("keep a key")(error)),
        }
    }

    /// Revokes a key, unless it is revoked already.
    pub async fn revoke(&mut self, id: KeyId, at: Timestamp) -> Result<(), KeyError> {
        let query = sqlx::query(
            "UPDATE api_keys
            SET revoked_at = ?
            WHERE id = ? AND revoked_at IS NULL",
        );
        let query = query.bind(at.as_micros()).bind(id.to_string());
        query.execute(&mut self.connection).await.map_err(store("revoke a key"))?;
        Ok(())
    }

    /// A number that changes whenever somebody else has written to the library.
    pub async fn version(&mut self) -> Result<i64, KeyError> {
        let query = sqlx::query_scalar("PRAGMA data_version");
        query.fetch_one(&mut self.connection).await.map_err(store("look for changed keys"))
    }

    /// From now on writes wait for nobody, and the last of them may be lost with the machine: so
    /// that what a server notes beside its work holds up nothing.
    pub async fn write_aside(&mut self) -> Result<(), KeyError> {
        let timeout = NOTE_TIMEOUT.as_millis();
        let sql = format!("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = {timeout}");
        let outcome = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut self.connection).await;
        outcome.map(|_| ()).map_err(store("prepare to note the use of keys"))
    }

    /// Notes when keys were used, all of it or nothing.
    pub async fn note_uses(&mut self, uses: &[(KeyId, Timestamp)]) -> Result<(), KeyError> {
        let uses: Vec<_> = uses.iter().map(|(id, at)| (id.to_string(), at.as_micros())).collect();
        let uses = serde_json::to_string(&uses).expect("texts and numbers can be JSON");
        let query = sqlx::query(
            "UPDATE api_keys
            SET last_used_at = uses.value ->> 1
            FROM json_each(?) AS uses
            WHERE api_keys.id = uses.value ->> 0",
        );
        let outcome = query.bind(uses).execute(&mut self.connection).await;
        outcome.map(|_| ()).map_err(store("note the use of keys"))
    }

    /// Closes the connection.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "could not close the connection to the keys");
        }
    }
}

fn store<E: Into<BoxError>>(attempted: &'static str) -> impl FnOnce(E) -> KeyError {
    move |source| KeyError::Store(RepositoryError::store(attempted)(source))
}

/// Whether it is the index of names that is violated; the primary key has another code.
fn is_name_taken(error: &sqlx::Error) -> bool {
    // https://sqlite.org/rescode.html#constraint_unique
    const UNIQUE: &str = "2067";
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(UNIQUE))
}

fn read_key(row: &SqliteRow) -> Result<ApiKey, BoxError> {
    let text = |column: usize| row.try_get::<&str, _>(column);
    let time = |column: usize| -> Result<Option<Timestamp>, BoxError> {
        let micros: Option<i64> = row.try_get(column)?;
        Ok(micros.map(Timestamp::from_micros).transpose()?)
    };
    let digest: &[u8] = row.try_get(3)?;
    Ok(ApiKey {
        id: text(0)?.parse()?,
        name: text(1)?.parse()?,
        role: Role::from_name(text(2)?).ok_or("a key has an unknown role")?,
        digest: digest.try_into()?,
        created_at: time(4)?.ok_or("a key has no time of creation")?,
        expires_at: time(5)?,
        last_used_at: time(6)?,
        revoked_at: time(7)?,
    })
}
