//! The program's commands, one a file, and how a command line becomes one.

mod check;
mod export;
mod gate;
mod import;
mod key;
mod migrate;
mod schema;
mod serve;

use std::error::Error;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::config::{
    DatabaseSettings, DatabaseUrl, ExportSettings, ImportSettings, KeySettings, LogSettings,
    ServeSettings, TelemetrySettings,
};
use crate::repository::VideoRepository;
use crate::repository::memory::MemoryRepository;
use crate::repository::sqlite::{SqliteRepository, SqliteSettings};

/// Why a command failed: its text is for the one who ran it.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The GraphQL server for video libraries.
///
/// Without a command it serves. Every option can also be set by the environment variable that
/// stands beside it.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeSettings,
    /// The settings of the log, which every command has.
    #[command(flatten)]
    pub log: LogSettings,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the GraphQL API and its explorer GraphiQL (the default)
    Serve(Box<ServeSettings>),
    /// Add the videos of a file to the library
    Import(ImportSettings),
    /// Write the library to a file, oldest video first, in the form that import reads
    Export(ExportSettings),
    /// Verify that the library is sound and that its history leads to what is there
    Check(DatabaseSettings),
    /// Print the GraphQL schema
    Schema,
    /// Create, list and revoke the API keys of the library
    Key(KeySettings),
    /// Create the database where it is missing and bring it to this version
    Migrate(DatabaseSettings),
}

impl CommandLine {
    /// The settings of metrics and traces, which the server alone has.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        match &self.command {
            None => Some(&self.serve.telemetry),
            Some(Command::Serve(settings)) => Some(&settings.telemetry),
            Some(_) => None,
        }
    }

    /// Does what was asked for.
    ///
    /// # Errors
    /// When it cannot be done, in words for the one who asked.
    pub async fn run(self) -> Result<(), Failure> {
        let log_format = self.log.log_format;
        match self.command.unwrap_or_else(|| Command::Serve(Box::new(self.serve))) {
            Command::Serve(settings) => serve::run(&settings, log_format).await,
            Command::Import(settings) => import::run(&settings).await,
            Command::Export(settings) => export::run(&settings).await,
            Command::Check(settings) => check::run(&settings).await,
            Command::Schema => schema::run(),
            Command::Key(settings) => key::run(settings).await,
            Command::Migrate(settings) => migrate::run(&settings).await,
        }
    }
}

/// Opens a library, which is created or brought to this version where that is due.
async fn open(url: &DatabaseUrl) -> Result<Arc<dyn VideoRepository>, Failure> {
    open_with(url, SqliteSettings::default()).await
}

/// Opens a library as [`open`] does, to be used as `settings` say where it is in an SQLite file.
async fn open_with(
    url: &DatabaseUrl,
    settings: SqliteSettings,
) -> Result<Arc<dyn VideoRepository>, Failure> {
    Ok(match url {
        DatabaseUrl::Memory => Arc::new(MemoryRepository::new()),
        DatabaseUrl::Sqlite(path) => Arc::new(SqliteRepository::open_with(path, settings).await?),
    })
}

/// Opens a library that outlives the command, to be used as `settings` say.
async fn open_kept(
    url: &DatabaseUrl,
    settings: SqliteSettings,
) -> Result<Arc<dyn VideoRepository>, Failure> {
    match url {
        DatabaseUrl::Memory => Err("a library in memory ends with this command: \
             name a file, e.g. --database-url sqlite:reelgraph.db"
            .into()),
        DatabaseUrl::Sqlite(_) => open_with(url, settings).await,
    }
}

/// Opens a library that is there already.
async fn open_existing(url: &DatabaseUrl) -> Result<Arc<dyn VideoRepository>, Failure> {
    expect_existing(url)?;
    open_kept(url, SqliteSettings::default()).await
}

/// Fails where this names a file that is not there.
fn expect_existing(url: &DatabaseUrl) -> Result<(), Failure> {
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => {
            let path = path.display();
            Err(format!("there is no library at {path}: name its file with --database-url").into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }
}
