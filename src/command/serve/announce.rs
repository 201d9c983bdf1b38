//! What the server reports at startup.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::thread;

use crate::command::authentication::is_loopback;
use crate::command::health::reachable;
use crate::config::{AnonymousAccess, DatabaseUrl, LogFormat, ServeSettings};
use crate::http;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Reports what is being started. Opening the library can take long.
pub(super) fn starting(address: SocketAddr, settings: &ServeSettings) {
    tracing::info!(version = VERSION, library = library(settings), %address, "opening the library");
}

/// Reports that the server accepts requests.
pub(super) fn listening(address: SocketAddr, settings: &ServeSettings, log_format: LogFormat) {
    let url = format!("http://{}/graphql", reachable(address));
    let library = library(settings);
    if log_format == LogFormat::Text {
        let source = match http::EXPLORER_IS_EMBEDDED {
            true => "",
            false => ", which loads it from cdn.jsdelivr.net",
        };
        print(format!(
            "GraphQL API  {url}\nGraphiQL     {url} in a browser{source}\nLibrary      {library}"
        ));
    }
    tracing::info!(version = VERSION, library, %address, url, "listening");
    if !http::EXPLORER_IS_EMBEDDED {
        tracing::info!("GraphiQL is not built in: browsers load it from cdn.jsdelivr.net");
    }
    if let Some(access) = settings.access.allow_anonymous
        && !is_loopback(address)
    {
        let what = match access {
            AnonymousAccess::Read => "read",
            AnonymousAccess::Write => "read and change",
        };
        tracing::warn!(%address, "everyone who can reach this address can {what} the library");
    }
}

/// Reports that there is nothing to be found yet, and how that changes.
pub(super) fn empty(settings: &ServeSettings) {
    if !settings.roots.roots.is_empty() {
        // They are being scanned.
        return;
    }
    let advice = match settings.database.database_url {
        DatabaseUrl::Memory => {
            "scan folders of videos with --root NAME=DIR, add videos with the mutation addVideo, or start \
             with --sample"
        }
        DatabaseUrl::Sqlite(_) | DatabaseUrl::Postgres(_) => {
            "scan folders of videos with `reelgraph scan DIR` or --root NAME=DIR, or add records with \
             `reelgraph import FILE`; --sample serves 1,000 sample records"
        }
    };
    tracing::info!(library = library(settings), advice, "the library is empty");
}

fn library(settings: &ServeSettings) -> String {
    match settings.sample {
        true => "the sample, in memory".to_owned(),
        false => settings.database.database_url.to_string(),
    }
}

/// Prints this on a separate thread: a server must serve and stop even if its standard output is a
/// pipe that nobody reads.
fn print(text: String) {
    let printing = thread::Builder::new().name("announce".to_owned());
    // Where there is neither a thread nor a reader, the log has the same.
    let _ = printing.spawn(move || writeln!(io::stdout(), "{text}"));
}
