//! Every setting of the program, with its default, unit and range.
//!
//! A setting is a flag, an environment variable or a key of the settings file. clap reads and
//! validates them all, and names an invalid one when it refuses to start; the doc comments are the
//! text of `--help` and `docs/settings.md`. Related settings form a group with its own file. Every
//! flag with a variable is a setting and appears automatically in the file, in the output of
//! `reelgraph config` and in the documentation.

mod access;
mod connections;
mod documents;
mod environment;
mod file;
mod keys;
mod limits;
mod reading;
mod reference;
mod requests;
mod setting;
mod streams;
mod telemetry;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

pub use access::AccessSettings;
pub use connections::ConnectionSettings;
pub use documents::DocumentSettings;
pub use environment::UnknownVariable;
pub use file::FileSettings;
pub use keys::{CreateKeySettings, KeyCommand, KeySettings, RevokeKeySettings};
pub use limits::LimitSettings;
pub use reading::{InForce, Reading, Source, read};
pub use reference::reference;
pub use requests::RequestSettings;
pub use setting::Setting;
pub use streams::StreamSettings;
pub use telemetry::{MetricsPlace, OtlpEndpoint, TelemetrySettings};
pub use values::{
    AnonymousAccess, DatabaseUrl, ForwardedHeader, LogFormat, LogLevel, OnConflict, Role,
};

/// The settings of `serve`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct ServeSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Serve the 1,000 sample records from memory; the database is not touched
    #[arg(long, env = "REELGRAPH_SAMPLE", hide_env_values = true)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub sample: bool,

    /// IP address and port to listen on; port 0 picks a free one
    #[arg(long, env = "REELGRAPH_LISTEN", hide_env_values = true, value_name = "ADDRESS:PORT")]
    #[arg(default_value = "127.0.0.1:4000", value_parser = values::listen_address)]
    pub listen: SocketAddr,

    /// Time limit for shutting down: finishing requests in flight and closing the library, in
    /// seconds: 0 to 3600
    #[arg(long, env = "REELGRAPH_STOP_SECONDS", hide_env_values = true, value_name = "SECONDS")]
    #[arg(default_value = "10", value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub stop_seconds: u64,

    /// Time to keep serving at shutdown while readiness checks already fail, so that load balancers
    /// send requests elsewhere, in seconds: 0 to 3600
    #[arg(long, env = "REELGRAPH_DRAIN_SECONDS", hide_env_values = true, value_name = "SECONDS")]
    #[arg(default_value = "0", value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub drain_seconds: u64,

    #[command(flatten)]
    pub access: AccessSettings,

    #[command(flatten)]
    pub connections: ConnectionSettings,

    #[command(flatten)]
    pub limits: LimitSettings,

    #[command(flatten)]
    pub documents: DocumentSettings,

    #[command(flatten)]
    pub requests: RequestSettings,

    #[command(flatten)]
    pub streams: StreamSettings,

    #[command(flatten)]
    pub telemetry: TelemetrySettings,
}

impl ServeSettings {
    /// How long the server keeps serving at shutdown.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }

    /// How long a shutdown can take after that.
    pub fn stop_deadline(&self) -> Duration {
        Duration::from_secs(self.stop_seconds)
    }
}

/// The settings of `config`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct ConfigSettings {
    /// Print a reference of all settings instead, as Markdown
    #[arg(long)]
    pub reference: bool,

    #[command(flatten)]
    pub serve: ServeSettings,
}

/// The settings of `import`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct ImportSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// File of records to read, one JSON object per line; standard input if omitted or -
    pub file: Option<PathBuf>,

    /// What to do with a record whose ID or path is taken: fail stops and writes nothing of its
    /// batch, skip keeps the existing video, update overwrites it with the record's values
    #[arg(long, env = "REELGRAPH_ON_CONFLICT", hide_env_values = true, value_name = "WHAT")]
    #[arg(default_value = "fail", hide_possible_values = true)]
    pub on_conflict: OnConflict,
}

/// The settings of `export`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct ExportSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// File to write; standard output if omitted or -
    pub file: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

/// The settings of `backup`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct BackupSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// File to write, in an existing folder; - for standard output
    pub file: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,

    /// Skip the verification of the copy, for a library that is known to be damaged
    #[arg(long)]
    pub unverified: bool,
}

/// The settings of `restore`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct RestoreSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Backup file to restore
    pub file: PathBuf,

    /// Replace the library if it exists; the old one is kept next to it, with .replaced-1 appended
    /// to its name
    #[arg(long)]
    pub force: bool,
}

/// The library that a command works on.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// URL of the library: sqlite:FILE, created if it does not exist, or memory:
    #[arg(long, env = "REELGRAPH_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "sqlite:reelgraph.db")]
    pub database_url: DatabaseUrl,
}

/// The settings of the log, which is written to standard error.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// Log format: text for people, json for machines
    #[arg(long, env = "REELGRAPH_LOG_FORMAT", hide_env_values = true, global = true)]
    #[arg(value_name = "FORMAT", default_value = "text", hide_possible_values = true)]
    pub log_format: LogFormat,

    /// Minimum level of log lines: off, error, warn, info, debug or trace
    #[arg(long, env = "REELGRAPH_LOG_LEVEL", hide_env_values = true, global = true)]
    #[arg(value_name = "LEVEL", default_value = "info", hide_possible_values = true)]
    pub log_level: LogLevel,
}
