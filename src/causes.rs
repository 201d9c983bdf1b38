//! Errors with their causes, for people who read logs and terminals. Never for a client.

use std::error::Error;
use std::iter;

/// An error and what caused it, in one line: `could not list videos: disk I/O error`.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
