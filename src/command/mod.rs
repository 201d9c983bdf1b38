//! The program's commands, one a file, and how a command line becomes one.

mod authentication;
mod backup;
#[cfg(unix)]
mod cache_dir;
mod check;
mod config;
mod copy;
mod diff;
mod export;
mod failure;
mod field_changes;
mod health;
mod history;
mod import;
mod key;
mod library;
mod library_database;
mod library_file;
mod library_file_to_read;
mod library_to_read;
mod migrate;
mod moments;
mod named;
mod output;
#[cfg(unix)]
mod overlap;
mod progress;
mod restore;
#[cfg(unix)]
mod scan;
#[cfg(unix)]
mod scan_inputs;
#[cfg(unix)]
mod scanning;
mod schema;
mod serve;
mod signals;
mod unused;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use self::failure::Failure;
use crate::config::{
    BackupSettings, ConfigSettings, CopySettings, DatabaseSettings, DatabaseUrl, DiffSettings,
    ExportSettings, FileSettings, HistorySettings, ImportSettings, InForce, KeyCommand,
    KeySettings, LogSettings, RestoreSettings, ScanCommandSettings, ServeSettings, Setting,
    TelemetrySettings, UnknownVariable, reference,
};
use crate::telemetry::Log;

/// The GraphQL server for video libraries.
///
/// Without a command, it serves. Every option can also be set by the environment variable shown
/// with it, or in the settings file (--config).
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
    /// The settings file to read; its values have already been merged into the other fields.
    #[command(flatten)]
    pub file: FileSettings,
    /// Every setting of the command, and the source of its value.
    #[arg(skip)]
    in_force: Vec<InForce>,
    /// Variables that are named like settings but are not settings.
    #[arg(skip)]
    unknown: Vec<UnknownVariable>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the GraphQL API and its explorer GraphiQL (the default)
    Serve(Box<ServeSettings>),
    /// Add videos to the library from a file of records
    ///
    /// Import reads metadata records, not video files: one JSON object per line, with the fields of
    /// AddVideoInput in the schema plus createdAt and updatedAt. The file can be compressed with
    /// gzip.
    Import(ImportSettings),
    /// Catalogue the video files in folders: add new ones, follow moved ones, mark missing ones
    ///
    /// A folder becomes a library root that is named after it, unless it is in one already: then that
    /// part of the root is scanned. Scan again whenever files have changed; what is as it was is not read
    /// again. Nothing in the folders is ever changed. Needs ffprobe, which is part of FFmpeg.
    Scan(ScanCommandSettings),
    /// Write the library to a file that import can read, oldest video first
    ///
    /// With --at, the library as it was, e.g. reelgraph export --at 2026-11-28T12:00:00Z old.ndjson: exactly
    /// what an export wrote at that moment.
    Export(ExportSettings),
    /// List what differs between two moments of the library, or between a moment and now
    ///
    /// E.g. reelgraph diff 2026-11-28T12:00:00Z. The videos are listed by ID, net of what happened in between:
    /// each with ADDED, UPDATED or DELETED, its ID, its path and, if it was updated, each field that differs
    /// as `old -> new`. The last line counts them.
    Diff(DiffSettings),
    /// List the versions of a video, even of a deleted one: when it changed, who did it, and what
    ///
    /// The first version comes first. Each has its number, its time, INSERT, UPDATE or DELETE, who made it
    /// and with which request, and then each field that it changed: its value, or `old -> new`.
    History(HistorySettings),
    /// Copy a consistent snapshot of the library to a file, even while a server is using it
    Backup(BackupSettings),
    /// Verify a backup and replace the library with it; no server may be using the library
    Restore(RestoreSettings),
    /// Copy a library with its history and its keys into an empty one, e.g. in another store
    ///
    /// The copy has the same audit entries with the same sequences, times and request IDs, so cursors
    /// of subscriptions stay valid. If it is interrupted, run it again: it continues. At the end, both
    /// libraries are compared. FROM is only read; stop the servers that change it.
    Copy(CopySettings),
    /// Verify the integrity of the library and that replaying its history yields its current state
    Check(DatabaseSettings),
    /// Check whether the server on this machine is ready
    Health(ServeSettings),
    /// Print the effective settings and where each value comes from, and check the files, folders
    /// and addresses that they name
    Config(ConfigSettings),
    /// Print the GraphQL schema
    Schema,
    /// Create, list and revoke the API keys of the library
    Key(KeySettings),
    /// Create the database if it does not exist and migrate it to this version
    Migrate(DatabaseSettings),
}

impl Command {
    /// The URLs of the libraries that it is about.
    fn libraries(&self) -> Vec<&DatabaseUrl> {
        let database = match self {
            Self::Serve(settings) if !settings.sample => &settings.database,
            Self::Health(settings) if !settings.sample => &settings.database,
            Self::Import(settings) => &settings.database,
            Self::Scan(settings) => &settings.database,
            Self::Export(settings) => &settings.database,
            Self::Diff(settings) => &settings.database,
            Self::History(settings) => &settings.database,
            Self::Backup(settings) => &settings.database,
            Self::Restore(settings) => &settings.database,
            Self::Check(settings) | Self::Migrate(settings) => settings,
            Self::Copy(settings) => return vec![&settings.from, &settings.to],
            Self::Key(settings) => match &settings.command {
                KeyCommand::Create(settings) => &settings.database,
                KeyCommand::List(settings) | KeyCommand::RotateAddressKey(settings) => settings,
                KeyCommand::Revoke(settings) => &settings.database,
            },
            // It reports all faults together.
            Self::Config(_) => return Vec::new(),
            Self::Serve(_) | Self::Health(_) | Self::Schema => return Vec::new(),
        };
        vec![&database.database_url]
    }
}

impl CommandLine {
    /// Reads a command line, the environment, and the settings file that either of them names.
    ///
    /// # Errors
    /// Errors, or requests for other output, such as help.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = command_line();
        let reading = crate::config::read(command.clone(), arguments.into_iter().collect())?;
        let line = Self::from_arg_matches(&reading.matches);
        let line = line.map_err(|error| error.format(&mut command))?;
        Ok(Self { in_force: reading.in_force, unknown: reading.unknown, ..line })
    }

    /// Prints the error of [`read`](Self::read), and returns the program's exit code.
    pub fn report(message: &clap::Error) -> ExitCode {
        output::report(message)
    }

    /// Prints why the program failed.
    pub fn report_failure(why: &str) {
        output::say(format_args!("error: {why}"));
    }

    /// The settings of metrics and traces, which only the server has.
    pub fn telemetry(&self) -> Option<&TelemetrySettings> {
        match &self.command {
            None => Some(&self.serve.telemetry),
            Some(Command::Serve(settings)) => Some(&settings.telemetry),
            Some(_) => None,
        }
    }

    /// Runs the command, and logs to `log`.
    ///
    /// # Errors
    /// When it fails, with a message for the user.
    pub async fn run(self, log: &Log) -> Result<(), Failure> {
        for variable in &self.unknown {
            report_unknown(variable);
        }
        let log_format = self.log.log_format;
        let command = self.command.unwrap_or_else(|| Command::Serve(Box::new(self.serve)));
        unused::expect_none(&self.in_force, command.libraries())?;
        match command {
            Command::Serve(settings) => serve::run(&settings, log_format, log).await,
            Command::Import(settings) => import::run(&settings).await,
            Command::Scan(settings) => scan::run(&settings).await,
            Command::Export(settings) => export::run(&settings).await,
            Command::Diff(settings) => diff::run(&settings).await,
            Command::History(settings) => history::run(&settings).await,
            Command::Backup(settings) => backup::run(&settings).await,
            Command::Restore(settings) => restore::run(&settings).await,
            Command::Copy(settings) => copy::run(&settings).await,
            Command::Check(settings) => check::run(&settings).await,
            Command::Health(settings) => health::run(&settings),
            Command::Config(asked) if asked.reference => {
                config::print_reference(&settings_reference())
            }
            Command::Config(settings) => config::run(&settings, &self.in_force),
            Command::Schema => schema::run(),
            Command::Key(settings) => key::run(settings).await,
            Command::Migrate(settings) => migrate::run(&settings).await,
        }
    }
}

/// Warns of a variable that does nothing.
fn report_unknown(UnknownVariable { name, nearest }: &UnknownVariable) {
    let instead = match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "reelgraph config lists all settings".to_owned(),
    };
    tracing::warn!(variable = name.as_str(), "{name} is not a setting and is ignored: {instead}");
}

/// Every setting of the program.
pub fn settings() -> Vec<Setting> {
    Setting::all(&CommandLine::command())
}

/// The documentation of every setting, in Markdown: `docs/settings.md`.
pub fn settings_reference() -> String {
    reference(&settings())
}

/// The program's command line, in which `config` has the settings of all commands.
pub fn command_line() -> clap::Command {
    let command = CommandLine::command();
    let others = Setting::all(&command).into_iter().filter(|setting| {
        let commands = &setting.commands;
        !commands.is_empty() && !commands.iter().any(|name| name == "config")
    });
    let others: Vec<clap::Arg> = others.map(|setting| setting.argument().hide(true)).collect();
    command.mut_subcommand("config", |config| config.args(others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command_line().debug_assert();
    }
}
