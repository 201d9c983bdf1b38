//! Where a library is, and how one in PostgreSQL is reached.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::declaration::{Declaration as _, any_seconds, defaults};
use super::postgres_url::{PostgresUrl, some_url};
use super::values::DatabaseUrl;

/// The heading of settings for PostgreSQL. Each names it: a heading of the whole group would stand above
/// what follows the group as well.
pub const POSTGRESQL: &str = "PostgreSQL";

/// The library that a command works on.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// URL of the library: sqlite:FILE, created if it does not exist,
    /// postgres://USER@HOST/DATABASE, or memory:
    #[arg(long, setting(), value_name = "URL", default_value = "sqlite:reelgraph.db")]
    pub database_url: DatabaseUrl,

    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub postgres: ConnectSettings,
}

/// The settings of `copy`.
#[derive(Args, Clone, Debug)]
pub struct CopySettings {
    /// URL of the library to copy: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(value_name = "FROM")]
    pub from: DatabaseUrl,

    /// URL of the new library, which must be empty or an unfinished copy of FROM
    #[arg(value_name = "TO")]
    pub to: DatabaseUrl,

    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub connect: ConnectSettings,
}

/// How PostgreSQL is reached, besides its URL.
#[derive(Args, Clone, Debug)]
pub struct ConnectSettings {
    /// File with the password, for a URL without one; the variable PGPASSWORD and the file
    /// ~/.pgpass are used as well
    #[arg(long, setting(), help_heading = POSTGRESQL, value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,

    /// URL of the database itself, if --database-url leads to a connection pooler in transaction
    /// mode, such as PgBouncer; migrations, changes, keys and notifications use it
    #[arg(long, setting(), help_heading = POSTGRESQL, value_name = "URL", value_parser = some_url)]
    pub database_direct_url: Option<PostgresUrl>,

    /// Maximum number of connections for queries; a server has up to three more
    #[arg(long, setting(), help_heading = POSTGRESQL, value_name = "COUNT")]
    #[arg(default_value_t = 8, within = 1..=1000_u32)]
    pub database_pool_size: u32,

    /// Time-out for connecting, and for waiting for a free connection, in seconds
    #[arg(long = "database-connect-timeout-seconds", setting(), help_heading = POSTGRESQL)]
    #[arg(default_value = "10", value_parser = any_seconds, seconds = 1..=3600)]
    pub database_connect_timeout: Duration,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        defaults()
    }
}
