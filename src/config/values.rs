//! The types of settings that are more than a number, and how their text is parsed.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use ipnet::IpNet;

use super::postgres_url::PostgresUrl;
use crate::domain::{OnConflict, Role};

/// The location of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// In memory, while the process runs.
    Memory,
    /// In this SQLite file.
    Sqlite(PathBuf),
    /// In this PostgreSQL database.
    Postgres(PostgresUrl),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        if PostgresUrl::is_meant_by(text) {
            let Ok(url) = text.parse();
            return Ok(Self::Postgres(url));
        }
        let path = text.strip_prefix("sqlite:").ok_or(
            "write sqlite:FILE, e.g. sqlite:reelgraph.db, postgres://USER@HOST/DATABASE, or memory:",
        )?;
        let path = path.strip_prefix("//").unwrap_or(path);
        match path {
            "" => Err("the file is missing: write e.g. sqlite:reelgraph.db".to_owned()),
            ":memory:" => Err("write memory: for a library in memory".to_owned()),
            _ if path.contains('?') => Err("omit the parameters after the ?".to_owned()),
            _ => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl ValueEnum for OnConflict {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl ValueEnum for Role {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// The permissions of anonymous callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnonymousAccess {
    /// Read, search and follow the library.
    Read,
    /// And change it.
    Write,
}

/// The header in which proxies report the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most of them write.
    #[default]
    XForwardedFor,
    /// `Forwarded`, the header of RFC 7239.
    Forwarded,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object per line.
    Json,
}

/// The least important lines that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// No line at all.
    Off,
    /// Internal failures.
    Error,
    /// Also what may need attention.
    Warn,
    /// And every request.
    Info,
    /// And what helps to find a fault.
    Debug,
    /// And everything, that of the libraries included.
    Trace,
}

/// The name of a header, in lower case.
///
/// Source: [RFC 9110, section 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
pub(super) fn header(text: &str) -> Result<String, String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_allowed) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("write the name of a header, e.g. x-tenant".to_owned()),
    }
}

/// An address to listen on.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "write an IP address and a port, e.g. 127.0.0.1:4000, or [::]:4000 for every network"
            .to_owned()
    })
}

/// The name or the IP address of a host, without a port.
pub(super) fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<Ipv6Addr>().is_ok() {
        return Ok(format!("[{bare}]"));
    }
    let is_allowed = |byte: u8| b".-_".contains(&byte) || byte.is_ascii_alphanumeric();
    match !text.is_empty() && text.bytes().all(is_allowed) {
        true => Ok(text.to_owned()),
        false => Err("write a host name or an IP address without scheme, port or path, e.g. \
                      films.example"
            .to_owned()),
    }
}

/// A network of IP addresses, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network
        .map_err(|_| "write IP addresses and networks, e.g. 127.0.0.1,10.0.0.0/8".to_owned())?;
    let is_mapped = |address| address != IpAddr::to_canonical(&address);
    match network {
        _ if network != network.trunc() => {
            Err(format!("the address has bits outside the network: write {}", network.trunc()))
        }
        _ if is_mapped(network.addr()) => {
            Err("write an IPv4 address without the prefix ::ffff:".to_owned())
        }
        network => Ok(network),
    }
}

/// An origin in the form that browsers send, so that it can be compared as text.
pub(super) fn origin(text: &str) -> Result<String, String> {
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

    #[test]
    fn a_network_is_an_address_or_a_range_of_them() {
        for (text, expected) in [
            ("127.0.0.1", "127.0.0.1/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), expected);
        }
        for (text, hint) in [
            ("10.0.0.1/8", "write 10.0.0.0/8"),
            ("::ffff:127.0.0.1", "without the prefix ::ffff:"),
            ("::ffff:10.0.0.0/104", "without the prefix ::ffff:"),
            ("", "e.g. 127.0.0.1"),
            ("localhost", "e.g. 127.0.0.1"),
            ("10.0.0.0/33", "e.g. 127.0.0.1"),
            ("10.0.0.1:80", "e.g. 127.0.0.1"),
            ("10.0.0.0 10.0.0.1", "e.g. 127.0.0.1"),
        ] {
            let fault = network(text).unwrap_err();
            assert!(fault.contains(hint), "{text}: {fault}");
        }
    }

    #[track_caller]
    fn database(text: &str, expected: Result<&str, &str>) {
        let url = DatabaseUrl::from_str(text).map(|url| url.to_string());
        assert_eq!(url.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn a_database_url_names_a_file_a_database_or_memory() {
        database("memory:", Ok("memory:"));
        database("sqlite:reelgraph.db", Ok("sqlite:reelgraph.db"));
        database("sqlite://reelgraph.db", Ok("sqlite:reelgraph.db"));
        database("sqlite:///var/lib/r.db", Ok("sqlite:/var/lib/r.db"));
        database("sqlite:", Err("the file is missing: write e.g. sqlite:reelgraph.db"));
        database("sqlite::memory:", Err("write memory: for a library in memory"));
        database("sqlite:r.db?mode=ro", Err("omit the parameters after the ?"));
        database("postgres://me:secret@host/db", Ok("postgres://me@host/db"));
        let hint = "write sqlite:FILE, e.g. sqlite:reelgraph.db, postgres://USER@HOST/DATABASE, or \
                    memory:";
        database("reelgraph.db", Err(hint));
        database("mysql://localhost", Err(hint));
    }
}
