//! Every setting of the program, with its default, unit and range.
//!
//! A setting is a flag, an environment variable or a key of the settings file. clap reads and checks
//! them all, and refuses to start on a bad one with its name. Settings that belong together are a
//! group with a file of its own. A setting is declared once, by a field: its name, default, range and
//! help follow from there into `--help`, the settings file, the output of `reelgraph config` and
//! `docs/settings.md`. The layers take whole groups, so that none of them has a copy or a default of
//! its own.

mod access;
mod connections;
mod database;
mod declaration;
mod documents;
mod environment;
mod file;
mod history;
mod keys;
mod limits;
mod media;
mod postgres_url;
mod reading;
mod reference;
mod replicas;
mod requests;
mod scans;
mod setting;
mod streams;
mod telemetry;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

pub use access::AccessSettings;
pub use connections::ConnectionSettings;
pub use database::{ConnectSettings, CopySettings, DatabaseSettings, POSTGRESQL};
pub use documents::DocumentLimits;
pub use environment::UnknownVariable;
pub use file::FileSettings;
pub use history::{DiffSettings, HistorySettings, MomentLimits};
pub use keys::{CreateKeySettings, KeyCommand, KeySettings, RevokeKeySettings};
pub use limits::LimitSettings;
pub use media::{MediaSettings, ServedFiles};
pub use postgres_url::PostgresUrl;
pub use reading::{InForce, Reading, Source, read};
pub use reference::reference;
pub use replicas::ReplicaSettings;
pub use requests::RequestSettings;
pub use scans::{RootSetting, RootSettings, ScanCommandSettings, ScanSettings};
pub use setting::Setting;
pub use streams::StreamSettings;
pub use telemetry::{MetricsListen, OtlpEndpoint, TelemetrySettings};
pub use values::{AnonymousAccess, DatabaseUrl, ForwardedHeader, LogFormat, LogLevel};

use declaration::{Declaration as _, any_seconds};

use crate::domain::OnConflict;

/// The settings of `serve`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct ServeSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    #[command(flatten)]
    pub replicas: ReplicaSettings,

    /// Serve the 1,000 sample records from memory; the database is not touched
    #[arg(long, setting())]
    pub sample: bool,

    /// IP address and port to listen on; port 0 picks a free one
    #[arg(long, setting(), value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4000")]
    #[arg(value_parser = values::listen_address)]
    pub listen: SocketAddr,

    /// Folder of a built web app to serve under /app/; its files need no credential
    #[arg(long, setting(), value_name = "DIR")]
    pub app_dir: Option<PathBuf>,

    /// Time limit for shutting down: finishing requests in flight and closing the library, in
    /// seconds
    #[arg(long = "stop-seconds", setting(), default_value = "10")]
    #[arg(value_parser = any_seconds, seconds = 0..=3600)]
    pub stop_limit: Duration,

    /// Time to keep serving at shutdown while readiness checks already fail, so that load balancers
    /// send requests elsewhere, in seconds
    #[arg(long = "drain-seconds", setting(), default_value = "0")]
    #[arg(value_parser = any_seconds, seconds = 0..=3600)]
    pub drain: Duration,

    #[command(flatten)]
    pub roots: RootSettings,

    #[command(flatten)]
    pub scans: ScanSettings,

    #[command(flatten)]
    pub media: MediaSettings,

    #[command(flatten)]
    pub access: AccessSettings,

    #[command(flatten)]
    pub connections: ConnectionSettings,

    #[command(flatten)]
    pub limits: LimitSettings,

    #[command(flatten)]
    pub documents: DocumentLimits,

    #[command(flatten)]
    pub requests: RequestSettings,

    #[command(flatten)]
    pub streams: StreamSettings,

    #[command(flatten)]
    pub telemetry: TelemetrySettings,
}

impl ServeSettings {
    /// The URL of the library to serve; none if nothing of it outlives the server.
    pub fn lasting_library(&self) -> Option<&DatabaseUrl> {
        let url = &self.database.database_url;
        (!self.sample && *url != DatabaseUrl::Memory).then_some(url)
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
    #[arg(long, setting(), value_name = "WHAT", default_value = "fail")]
    #[arg(hide_possible_values = true)]
    pub on_conflict: OnConflict,

    /// Report what would be added, updated and left as it is, and write nothing
    #[arg(long)]
    pub dry_run: bool,
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

    /// Write the library as it was at a moment: at a time such as 2026-11-28T12:00:00Z, with
    /// everything that had been written by then, or right after the change of a cursor of
    /// videoChanges or libraryAt, or of a changesCursor
    #[arg(long, value_name = "TIME|CURSOR")]
    pub at: Option<String>,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,

    #[command(flatten)]
    pub limits: MomentLimits,
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

/// The settings of the log, which is written to standard error.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogSettings {
    /// Log format: text for people, json for machines
    #[arg(long, setting(), global = true, value_name = "FORMAT", default_value = "text")]
    #[arg(hide_possible_values = true)]
    pub log_format: LogFormat,

    /// Minimum level of log lines: off, error, warn, info, debug or trace
    #[arg(long, setting(), global = true, value_name = "LEVEL", default_value = "info")]
    #[arg(hide_possible_values = true)]
    pub log_level: LogLevel,
}
