//! Every setting of the program, with its default, unit and range.
//!
//! A setting is a flag or an environment variable. clap reads both, checks each value once, and
//! refuses to start on a bad one with its name; the doc comments below are what `--help` prints.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{BoolishValueParser, RangedU64ValueParser};
use clap::{Args, ValueEnum};

/// The settings of `serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeSettings {
    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Serve the 1,016 sample records from memory; the database is not touched
    #[arg(long, env = "REELGRAPH_SAMPLE", hide_env_values = true)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub sample: bool,

    /// The IP address and port to listen on; port 0 takes a free one
    #[arg(long, env = "REELGRAPH_LISTEN", hide_env_values = true, value_name = "ADDRESS:PORT")]
    #[arg(default_value = "127.0.0.1:4000", value_parser = listen_address)]
    pub listen: SocketAddr,

    /// The longest request body, in bytes: 1024 to 104857600
    #[arg(long, env = "REELGRAPH_MAX_BODY_BYTES", hide_env_values = true, value_name = "BYTES")]
    #[arg(default_value = "1048576")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=104_857_600))]
    pub max_body_bytes: usize,

    /// How long one look into an SQLite library may take, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_READ_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub read_timeout_seconds: u64,

    /// The origins (scheme, host and port) of other sites whose pages may open streams, separated
    /// by commas; pages of the server's own origin always may
    #[arg(long, env = "REELGRAPH_ALLOWED_ORIGINS", hide_env_values = true, value_name = "ORIGINS")]
    #[arg(value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<String>,

    /// How many subscriptions there may be at once: 0 to 1000000
    #[arg(long, env = "REELGRAPH_MAX_SUBSCRIPTIONS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "10000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub max_subscriptions: usize,

    /// How many operations may run on one WebSocket at once: 1 to 10000
    #[arg(long, env = "REELGRAPH_MAX_SUBSCRIPTIONS_PER_CONNECTION", hide_env_values = true)]
    #[arg(value_name = "COUNT", default_value = "100")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    pub max_subscriptions_per_connection: usize,

    /// How long a client may take to initialise its WebSocket, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_INIT_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub init_timeout_seconds: u64,

    /// How often an idle stream gives a sign of life, in seconds: 1 to 3600; a client that gives
    /// none, or takes nothing, for three times as long is cut off
    #[arg(long, env = "REELGRAPH_KEEP_ALIVE_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "15")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub keep_alive_seconds: u64,

    /// How many changes a subscriber may fall behind before it is cut off: 1 to 1000000000
    #[arg(long, env = "REELGRAPH_MAX_SUBSCRIBER_LAG", hide_env_values = true)]
    #[arg(value_name = "CHANGES", default_value = "100000")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub max_subscriber_lag: u64,

    /// How long a stop waits for requests in flight, in seconds: 0 to 3600
    #[arg(long, env = "REELGRAPH_STOP_SECONDS", hide_env_values = true, value_name = "SECONDS")]
    #[arg(default_value = "10", value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub stop_seconds: u64,
}

impl ServeSettings {
    /// How long one look into an SQLite library may take.
    pub fn read_limit(&self) -> Duration {
        Duration::from_secs(self.read_timeout_seconds)
    }

    /// How long a client may take to initialise its WebSocket.
    pub fn init_timeout(&self) -> Duration {
        Duration::from_secs(self.init_timeout_seconds)
    }

    /// How often an idle stream gives a sign of life.
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds)
    }

    /// How long a stop waits for requests in flight.
    pub fn stop_deadline(&self) -> Duration {
        Duration::from_secs(self.stop_seconds)
    }
}

/// The settings of `import`.
#[derive(Args, Clone, Debug)]
pub struct ImportSettings {
    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// The file to read, one JSON object a line; standard input where it is left out or -
    pub file: Option<PathBuf>,

    /// What to do with a record whose ID or path is taken: fail writes nothing of its batch, skip
    /// leaves the video that is there, update gives it the record's values
    #[arg(long, env = "REELGRAPH_ON_CONFLICT", hide_env_values = true, value_name = "WHAT")]
    #[arg(default_value = "fail", hide_possible_values = true)]
    pub on_conflict: OnConflict,
}

/// The settings of `export`.
#[derive(Args, Clone, Debug)]
pub struct ExportSettings {
    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// The file to write; standard output where it is left out or -
    pub file: Option<PathBuf>,
}

/// Which library a command works on.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// Where the library is: sqlite:FILE, created where it is missing, or memory:
    #[arg(long, env = "REELGRAPH_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "sqlite:reelgraph.db")]
    pub database_url: DatabaseUrl,
}

/// The settings of the log, which goes to standard error.
#[derive(Args, Clone, Debug)]
pub struct LogSettings {
    /// How log lines look: text for people, json for machines
    #[arg(long, env = "REELGRAPH_LOG_FORMAT", hide_env_values = true, global = true)]
    #[arg(value_name = "FORMAT", default_value = "text", hide_possible_values = true)]
    pub log_format: LogFormat,

    /// The least important lines to log: off, error, warn, info, debug or trace
    #[arg(long, env = "REELGRAPH_LOG_LEVEL", hide_env_values = true, global = true)]
    #[arg(value_name = "LEVEL", default_value = "info", hide_possible_values = true)]
    pub log_level: LogLevel,
}

/// Where a library is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// In memory, for as long as the process lives.
    Memory,
    /// In this SQLite file.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        let path = text
            .strip_prefix("sqlite:")
            .ok_or("write sqlite:FILE, e.g. sqlite:reelgraph.db, or memory:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        match path {
            "" => Err("the file is missing: write e.g. sqlite:reelgraph.db".to_owned()),
            ":memory:" => Err("for a library in memory write memory:".to_owned()),
            _ if path.contains('?') => Err("leave out the parameters after the ?".to_owned()),
            _ => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// What an import does with a record whose ID or path is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnConflict {
    /// Write nothing of its batch, and stop.
    Fail,
    /// Leave the video that is there as it is.
    Skip,
    /// Give the video that is there the record's values.
    Update,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: a JSON object a line.
    Json,
}

/// The least important lines that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// No line at all.
    Off,
    /// What failed inside the server.
    Error,
    /// And what may need attention.
    Warn,
    /// And every request.
    Info,
    /// And what helps to find a fault.
    Debug,
    /// And everything, that of the libraries included.
    Trace,
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "write an IP address and a port, e.g. 127.0.0.1:4000, or [::]:4000 for every network"
            .to_owned()
    })
}

/// An origin as browsers write it, so that it can be compared as text.
fn origin(text: &str) -> Result<String, String> {
    let is_http = |scheme| ["http", "https"].contains(&scheme);
    let host = text.split_once("://").filter(|(scheme, _)| is_http(*scheme)).map(|(_, host)| host);
    let is_host = |host: &str| {
        let is_allowed = |byte: u8| b".-_:[]".contains(&byte) || byte.is_ascii_alphanumeric();
        !host.is_empty() && host.bytes().all(|byte| is_allowed(byte) && !byte.is_ascii_uppercase())
    };
    match host.is_some_and(is_host) {
        true => Ok(text.to_owned()),
        false => Err("write scheme, host and port as browsers do, in lower case and without a \
                      path, e.g. https://films.example or http://localhost:3000"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn database(text: &str, expected: Result<&str, &str>) {
        let url = DatabaseUrl::from_str(text).map(|url| url.to_string());
        assert_eq!(url.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn a_database_url_names_a_file_or_memory() {
        database("memory:", Ok("memory:"));
        database("sqlite:reelgraph.db", Ok("sqlite:reelgraph.db"));
        database("sqlite://reelgraph.db", Ok("sqlite:reelgraph.db"));
        database("sqlite:///var/lib/r.db", Ok("sqlite:/var/lib/r.db"));
        database("sqlite:", Err("the file is missing: write e.g. sqlite:reelgraph.db"));
        database("sqlite::memory:", Err("for a library in memory write memory:"));
        database("sqlite:r.db?mode=ro", Err("leave out the parameters after the ?"));
        let hint = "write sqlite:FILE, e.g. sqlite:reelgraph.db, or memory:";
        database("reelgraph.db", Err(hint));
        database("mysql://localhost", Err(hint));
    }
}
