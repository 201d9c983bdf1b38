//! Errors with their causes, for people who read logs and terminals. Never for a client.

use std::error::Error;
use std::iter;

/// An error and what caused it, in one line: `could not list videos: disk I/O error`.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in iter::successors(error.source(), |&cause| cause.source()) {
        let cause = cause.to_string();
        // Some errors repeat what their causes say.
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
