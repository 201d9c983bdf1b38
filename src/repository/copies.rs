//! Copies of a library on other servers, for operators.

use std::time::Duration;

/// The state of a copy at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyActivity {
    /// The server, without credentials.
    pub server: String,
    /// Whether queries are read from it.
    pub is_used: bool,
    /// Why it is not; none if it is, or if it has not been looked at yet.
    pub reason: Option<String>,
    /// The number of changes that it is behind; none if that is not known.
    pub changes_behind: Option<u64>,
    /// How long ago the library was as the copy is; none if that is not known.
    pub behind: Option<Duration>,
    /// The number of queries that were read from it.
    pub queries: u64,
}
