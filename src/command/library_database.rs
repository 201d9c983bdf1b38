//! A library in a PostgreSQL database.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::failure::Failure;
use crate::config::{ConnectSettings, PostgresUrl, ReplicaSettings};
use crate::repository::postgres::{Password, PostgresKeys, PostgresRepository, PostgresSettings};
use crate::repository::{KeyStore, VideoRepository};

/// How long a server waits at its start for a database that is not there yet: as long as one takes to
/// recover.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A library in a database.
#[derive(Clone, Copy)]
pub(super) struct LibraryDatabase<'s> {
    url: &'s PostgresUrl,
    connect: &'s ConnectSettings,
}

impl<'s> LibraryDatabase<'s> {
    /// The library in the database at this URL, whether or not there is one yet.
    pub fn at(url: &'s PostgresUrl, connect: &'s ConnectSettings) -> Self {
        Self { url, connect }
    }

    /// Its URL.
    pub fn url(self) -> &'s PostgresUrl {
        self.url
    }

    /// Opens it; creates or migrates it if necessary.
    pub async fn open(self, read_limit: Duration) -> Result<Arc<dyn VideoRepository>, Failure> {
        let settings = self.settings(read_limit)?;
        Ok(Arc::new(PostgresRepository::open(self.url.reveal(), settings).await?))
    }

    /// Opens it for a server, which reads from replicas and waits for the database.
    pub async fn open_to_serve(
        self,
        read_limit: Duration,
        replicas: &ReplicaSettings,
    ) -> Result<Arc<dyn VideoRepository>, Failure> {
        let settings = PostgresSettings {
            start_limit: START_LIMIT,
            replicas: replicas.read_database_url.clone(),
            max_replica_lag: replicas.max_replica_lag,
            ..self.settings(read_limit)?
        };
        self.verify_replicas(replicas)?;
        Ok(Arc::new(PostgresRepository::open(self.url.reveal(), settings).await?))
    }

    /// Opens it, if it exists and is of this version.
    pub async fn open_existing(self, read_limit: Duration) -> Result<PostgresRepository, Failure> {
        let settings = self.settings(read_limit)?;
        Ok(PostgresRepository::open_existing(self.url.reveal(), settings).await?)
    }

    /// Opens its API keys; creates or migrates it if necessary.
    pub async fn open_keys(self) -> Result<Box<dyn KeyStore>, Failure> {
        let settings = self.settings_of_keys()?;
        Ok(Box::new(PostgresKeys::open(self.url.reveal(), &settings).await?))
    }

    /// Opens its API keys, if it exists and is of this version.
    pub async fn open_existing_keys(self) -> Result<Box<dyn KeyStore>, Failure> {
        let settings = self.settings_of_keys()?;
        Ok(Box::new(PostgresKeys::open_existing(self.url.reveal(), &settings).await?))
    }

    /// Verifies its URLs and the files that settings name for it. Nothing is connected to.
    pub fn verify(self) -> Result<(), Failure> {
        Ok(PostgresRepository::verify(self.url.reveal(), &self.settings_of_keys()?)?)
    }

    /// The same for the URLs of its replicas.
    pub fn verify_replicas(self, replicas: &ReplicaSettings) -> Result<(), Failure> {
        for url in &replicas.read_database_url {
            let verified = LibraryDatabase::at(url, self.connect).verify();
            verified.map_err(|fault| format!("--read-database-url: {fault}"))?;
        }
        Ok(())
    }

    fn settings_of_keys(self) -> Result<PostgresSettings, Failure> {
        self.settings(PostgresSettings::default().read_limit)
    }

    fn settings(self, read_limit: Duration) -> Result<PostgresSettings, Failure> {
        let password = match &self.connect.database_password_file {
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    let path = path.display();
                    format!("--database-password-file: cannot read {path}: {error}")
                })?;
                Some(Password::new(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            None => None,
        };
        Ok(PostgresSettings {
            direct_url: self.connect.database_direct_url.clone(),
            password,
            connections: self.connect.database_pool_size,
            read_limit,
            connect_limit: self.connect.database_connect_timeout,
            ..PostgresSettings::default()
        })
    }
}
