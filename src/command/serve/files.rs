//! The limit on open files: each connection is one.

use crate::config::ServeSettings;

/// How many files are open besides connections: those of the library, the log and the runtime.
const OTHERS: u64 = 200;

/// Lets the process have as many files open as the system permits, and reports where these are too few
/// for as many connections.
pub(super) fn raise_limit(settings: &ServeSettings) {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => compare(limit, settings),
        Err(error) => tracing::warn!(%error, "could not raise the limit on open files"),
    }
}

fn compare(limit: u64, settings: &ServeSettings) {
    // A file that is sent is one more.
    let media = &settings.media;
    let sent = media.serve_files.map_or(0, |_| media.max_file_downloads);
    let clients = settings.connections.max_connections.saturating_add(sent);
    let needed = (clients as u64).saturating_add(OTHERS);
    if limit < needed {
        tracing::warn!(
            limit,
            needed,
            "the limit on open files is too low for --max-connections: raise the hard limit \
             (ulimit -Hn, or LimitNOFILE= in a systemd unit), or lower --max-connections"
        );
    }
}
