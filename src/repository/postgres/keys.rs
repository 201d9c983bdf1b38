//! The API keys of a library, on a connection of their own: a server looks for changed keys while all
//! others may be in use.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{Postgres, Row, Transaction};

use super::connection::{execute, rows};
use super::failure::{BoxError, failed};
use super::open::{self, Preparation};
use super::open_error::OpenError;
use super::rows::read_time;
use super::settings::PostgresSettings;
use crate::domain::{AddressKey, ApiKey, Hex, KeyId, Role, Timestamp};
use crate::repository::keys::{KeyError, KeyStore};
use crate::repository::sql::Sql;

/// Every writer takes the row first, so that they take turns.
const COUNT_CHANGE: &str = "UPDATE api_key_changes SET number = number + 1";

/// The API keys of a library in PostgreSQL.
pub struct PostgresKeys {
    pool: PgPool,
}

impl PostgresKeys {
    /// Opens the keys of the library in the database at this URL; creates or migrates the library if
    /// necessary.
    ///
    /// # Errors
    /// When the database cannot be reached or used.
    pub async fn open(url: &str, settings: &PostgresSettings) -> Result<Self, OpenError> {
        Self::prepared(url, settings, Preparation::Migrate).await
    }

    /// Opens the keys of a library that exists.
    ///
    /// # Errors
    /// When there is none, or the database cannot be reached or used.
    pub async fn open_existing(url: &str, settings: &PostgresSettings) -> Result<Self, OpenError> {
        Self::prepared(url, settings, Preparation::ExpectLibrary).await
    }

    async fn prepared(
        url: &str,
        settings: &PostgresSettings,
        preparation: Preparation,
    ) -> Result<Self, OpenError> {
        let address = open::prepare(url, settings, preparation).await?;
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(settings.connect_limit)
            .connect_lazy_with(address.direct);
        Ok(Self { pool })
    }

    async fn read(&self, sql: &Sql) -> Result<Vec<PgRow>, BoxError> {
        rows(&mut *self.pool.acquire().await?, sql).await
    }

    async fn read_address_key(&self) -> Result<Option<AddressKey>, BoxError> {
        let sql = Sql::new("SELECT value FROM secrets WHERE name = 'address_key'");
        let rows = self.read(&sql).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let bits: &[u8] = row.try_get(0)?;
        Ok(Some(AddressKey::from_bytes(bits.try_into()?)))
    }

    /// Changes keys, in a transaction in which nobody else does.
    async fn change(&self, sql: &Sql) -> Result<(), BoxError> {
        let mut transaction: Transaction<'_, Postgres> = self.pool.begin().await?;
        execute(&mut transaction, &Sql::new(COUNT_CHANGE)).await?;
        execute(&mut transaction, sql).await?;
        Ok(transaction.commit().await?)
    }
}

#[async_trait]
impl KeyStore for PostgresKeys {
    async fn list(&self) -> Result<Vec<ApiKey>, KeyError> {
        let sql = Sql::new(
            "SELECT id, name, role, digest, created_at, expires_at, last_used_at, revoked_at
            FROM api_keys
            ORDER BY created_at, id",
        );
        let listed = async {
            let rows = self.read(&sql).await?;
            rows.iter().map(read_key).collect::<Result<_, BoxError>>()
        };
        listed.await.map_err(|error| failed("list keys")(error).into())
    }

    async fn insert(&self, key: &ApiKey) -> Result<(), KeyError> {
        let mut sql = Sql::new(
            "INSERT INTO api_keys (id, name, role, digest, created_at, expires_at) VALUES (",
        );
        sql.push_bind(key.id.to_string()).push(", ").push_bind(key.name.as_str().to_owned());
        sql.push(", ").push_bind(key.role.name().to_owned());
        sql.push(", decode(").push_bind(Hex(key.digest).to_string()).push(", 'hex'), ");
        sql.push_bind(key.created_at.as_micros()).push(", ");
        match key.expires_at {
            Some(end) => sql.push_bind(end.as_micros()),
            None => sql.push("NULL"),
        };
        sql.push(")");
        match self.change(&sql).await {
            Err(error) if is_name_taken(&error) => Err(KeyError::NameTaken),
            inserted => inserted.map_err(|error| failed("keep a key")(error).into()),
        }
    }

    async fn revoke(&self, id: KeyId, at: Timestamp) -> Result<(), KeyError> {
        let sql =
            Sql::new("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
        let sql = sql.bind(at.as_micros()).bind(id.to_string());
        self.change(&sql).await.map_err(|error| failed("revoke a key")(error).into())
    }

    async fn version(&self) -> Result<i64, KeyError> {
        let sql = Sql::new("SELECT number FROM api_key_changes");
        let read = async {
            let rows = self.read(&sql).await?;
            let row = rows.first().ok_or("the row of api_key_changes is missing")?;
            Ok(row.try_get(0)?)
        };
        read.await.map_err(|error: BoxError| failed("look for changed keys")(error).into())
    }

    async fn note_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<(), KeyError> {
        // The last use of each: an update takes any one of several.
        let uses: BTreeMap<String, i64> =
            uses.iter().map(|(id, at)| (id.to_string(), at.as_micros())).collect();
        let (ids, times): (Vec<String>, Vec<i64>) = uses.into_iter().unzip();
        let mut sql = Sql::new("UPDATE api_keys SET last_used_at = used.at FROM unnest(");
        sql.push_bind(ids).push(", ").push_bind(times);
        sql.push(") AS used (id, at) WHERE api_keys.id = used.id");
        self.change(&sql).await.map_err(|error| failed("note the use of keys")(error).into())
    }

    async fn address_key(&self, otherwise: &AddressKey) -> Result<AddressKey, KeyError> {
        let read = async {
            if let Some(key) = self.read_address_key().await? {
                return Ok(key);
            }
            self.change(&keep_address_key(otherwise, "NOTHING")).await?;
            let key = self.read_address_key().await?;
            key.ok_or_else(|| "the key of addresses is missing".into())
        };
        read.await.map_err(|error: BoxError| failed("read the key of addresses")(error).into())
    }

    async fn replace_address_key(&self, key: &AddressKey) -> Result<(), KeyError> {
        let sql = keep_address_key(key, "UPDATE SET value = excluded.value");
        self.change(&sql)
            .await
            .map_err(|error| failed("replace the key of addresses")(error).into())
    }

    async fn close(self: Box<Self>) {
        self.pool.close().await;
    }
}

/// Keeps a key of addresses; what happens if there is one already.
fn keep_address_key(key: &AddressKey, otherwise: &str) -> Sql {
    let mut sql = Sql::new("INSERT INTO secrets (name, value) VALUES ('address_key', decode(");
    sql.push_bind(Hex(*key.as_bytes()).to_string()).push(", 'hex')) ON CONFLICT (name) DO ");
    sql.push(otherwise);
    sql
}

/// Whether the unique index on names is violated.
fn is_name_taken(error: &BoxError) -> bool {
    let reported = error.downcast_ref().and_then(sqlx::Error::as_database_error);
    reported.is_some_and(|error| error.constraint() == Some("api_keys_name"))
}

fn read_key(row: &PgRow) -> Result<ApiKey, BoxError> {
    let text = |column: usize| row.try_get::<&str, _>(column);
    let time = |column: usize| -> Result<Option<Timestamp>, BoxError> {
        let micros: Option<i64> = row.try_get(column)?;
        Ok(micros.map(Timestamp::from_micros).transpose()?)
    };
    Ok(ApiKey {
        id: text(0)?.parse()?,
        name: text(1)?.parse()?,
        role: Role::from_name(text(2)?).ok_or("a key has an unknown role")?,
        digest: row.try_get::<&[u8], _>(3)?.try_into()?,
        created_at: read_time(row, 4)?,
        expires_at: time(5)?,
        last_used_at: time(6)?,
        revoked_at: time(7)?,
    })
}
