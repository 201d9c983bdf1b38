//! The limit on open files: each connection is one.

/// How many files are open besides connections: those of the library, the log and the runtime.
const OTHERS: u64 = 200;

/// Lets the process have as many files open as the system permits, and reports where these are too few
/// for as many connections.
pub(super) fn raise_limit(max_connections: usize) {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => compare(limit, max_connections),
        Err(error) => tracing::warn!(%error, "could not raise the limit on open files"),
    }
}

fn compare(limit: u64, max_connections: usize) {
    let needed = (max_connections as u64).saturating_add(OTHERS);
    if limit < needed {
        tracing::warn!(
            limit,
            needed,
            "the limit on open files is too low for --max-connections: raise the hard limit \
             (ulimit -Hn, or LimitNOFILE= in a systemd unit), or lower --max-connections"
        );
    }
}
