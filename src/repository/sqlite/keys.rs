//! The API keys of a library, on a separate connection: the readers only read, and the writer is
//! for videos.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, ffi};

use super::aside::BlockingConnection;
use super::failure::failed;
use super::open::{self, BUSY_TIMEOUT, OpenError};
use super::rows::BoxError;
use super::settings::WriteLoad;
use crate::domain::{AddressKey, ApiKey, KeyId, Role, Timestamp};
use crate::repository::keys::{KeyError, KeyStore};

/// How long a server waits to record the use of keys before it postpones it.
const NOTE_TIMEOUT: Duration = Duration::from_millis(100);

/// The API keys of a library in an SQLite file.
pub struct SqliteKeys {
    connection: BlockingConnection,
}

impl SqliteKeys {
    /// Opens the keys of the library in this file; creates or migrates the library if necessary.
    ///
    /// # Errors
    /// When the file cannot be opened or is no library.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let opened = open::open_aside(path, WriteLoad::Changes, BUSY_TIMEOUT).await?;
        Ok(Self { connection: BlockingConnection::new(opened.connection) })
    }

    /// Opens the keys as [`open`](Self::open) does, for a server that records their uses beside its
    /// work: what it writes waits for nobody, and the last of it may be lost with the machine.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_beside_work(path: &Path) -> Result<Self, OpenError> {
        let keys = Self::open(path).await?;
        let prepared = keys.visit("prepare to note the use of keys", |connection| {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            Ok(connection.busy_timeout(NOTE_TIMEOUT)?)
        });
        match prepared.await {
            Ok(()) => Ok(keys),
            Err(error) => Err(OpenError::Failed { path: path.to_owned(), source: error.into() }),
        }
    }

    async fn visit<T: Send + 'static>(
        &self,
        attempted: &'static str,
        job: impl FnOnce(&Connection) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, KeyError> {
        let done = self.connection.visit(job).await.flatten();
        done.map_err(|error| KeyError::Store(failed(attempted)(error)))
    }
}

#[async_trait]
impl KeyStore for SqliteKeys {
    async fn list(&self) -> Result<Vec<ApiKey>, KeyError> {
        self.visit("list keys", all).await
    }

    async fn insert(&self, key: &ApiKey) -> Result<(), KeyError> {
        let key = key.clone();
        let inserted = self.visit("keep a key", move |connection| {
            let values = (
                key.id.to_string(),
                key.name.as_str(),
                key.role.name(),
                key.digest,
                key.created_at.as_micros(),
                key.expires_at.map(Timestamp::as_micros),
            );
            let sql = "INSERT INTO api_keys (id, name, role, digest, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?)";
            match connection.execute(sql, values) {
                Ok(_) => Ok(Ok(())),
                Err(error) if is_name_taken(&error) => Ok(Err(KeyError::NameTaken)),
                Err(error) => Err(error.into()),
            }
        });
        inserted.await?
    }

    async fn revoke(&self, id: KeyId, at: Timestamp) -> Result<(), KeyError> {
        let revoked = self.visit("revoke a key", move |connection| {
            let sql = "UPDATE api_keys
                SET revoked_at = ?
                WHERE id = ? AND revoked_at IS NULL";
            connection.execute(sql, (at.as_micros(), id.to_string()))?;
            Ok(())
        });
        revoked.await
    }

    async fn version(&self) -> Result<i64, KeyError> {
        let version = self.visit("look for changed keys", |connection| {
            let mut statement = connection.prepare_cached("PRAGMA data_version")?;
            Ok(statement.query_row((), |row| row.get(0))?)
        });
        version.await
    }

    async fn note_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), KeyError> {
        let uses = uses.to_vec();
        let noted = self.visit("note the use of keys", move |connection| {
            let transaction = connection.unchecked_transaction()?;
            let sql = "UPDATE api_keys SET last_used_at = ? WHERE id = ?";
            for (id, at) in uses {
                let mut statement = transaction.prepare_cached(sql)?;
                statement.execute((at.as_micros(), id.to_string()))?;
            }
            Ok(transaction.commit()?)
        });
        noted.await
    }

    async fn address_key(&self, otherwise: &AddressKey) -> Result<AddressKey, KeyError> {
        let otherwise = otherwise.clone();
        let read = self.visit("read the key of addresses", move |connection| {
            // Without a write where there is one: others may be writing.
            if let Some(key) = address_key(connection)? {
                return Ok(key);
            }
            let sql = "INSERT INTO secrets (name, value) VALUES ('address_key', ?)
                ON CONFLICT (name) DO NOTHING";
            connection.execute(sql, [otherwise.as_bytes()])?;
            address_key(connection)?.ok_or_else(|| "the key of addresses is missing".into())
        });
        read.await
    }

    async fn replace_address_key(&self, key: &AddressKey) -> Result<(), KeyError> {
        let key = key.clone();
        let replaced = self.visit("replace the key of addresses", move |connection| {
            let sql = "INSERT INTO secrets (name, value) VALUES ('address_key', ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            connection.execute(sql, [key.as_bytes()])?;
            Ok(())
        });
        replaced.await
    }

    async fn close(self: Box<Self>) {
        self.connection.close().await;
    }
}

fn address_key(connection: &Connection) -> Result<Option<AddressKey>, BoxError> {
    let sql = "SELECT value FROM secrets WHERE name = 'address_key'";
    let read = connection.query_row(sql, (), |row| row.get::<_, [u8; 32]>(0));
    Ok(read.optional()?.map(AddressKey::from_bytes))
}

/// Every key, by the time of its creation.
pub(super) fn all(connection: &Connection) -> Result<Vec<ApiKey>, BoxError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, role, digest, created_at, expires_at, last_used_at, revoked_at
        FROM api_keys
        ORDER BY created_at, id",
    )?;
    let keys = statement.query_and_then((), read_key)?;
    keys.collect()
}

/// Whether the unique index on names is violated; the primary key has another code.
fn is_name_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn read_key(row: &Row<'_>) -> Result<ApiKey, BoxError> {
    let text = |column: usize| Ok::<_, BoxError>(row.get_ref(column)?.as_str()?);
    let time = |column: usize| -> Result<Option<Timestamp>, BoxError> {
        let micros: Option<i64> = row.get(column)?;
        Ok(micros.map(Timestamp::from_micros).transpose()?)
    };
    Ok(ApiKey {
        id: text(0)?.parse()?,
        name: text(1)?.parse()?,
        role: Role::from_name(text(2)?).ok_or("a key has an unknown role")?,
        digest: row.get_ref(3)?.as_blob()?.try_into()?,
        created_at: time(4)?.ok_or("a key has no time of creation")?,
        expires_at: time(5)?,
        last_used_at: time(6)?,
        revoked_at: time(7)?,
    })
}
