//! The facts of a file that a table has in columns of their own, for filters and statistics.

use crate::domain::{Timestamp, Video};

/// What these columns have.
#[derive(PartialEq, Eq)]
pub(in crate::repository) struct FactCopies {
    pub(in crate::repository) missing_since: Option<i64>,
    pub(in crate::repository) file_modified_at: Option<i64>,
    pub(in crate::repository) fingerprint: Option<String>,
}

impl FactCopies {
    /// The columns, in this order, and the condition that one of them or the facts themselves are there.
    pub(in crate::repository) const COLUMNS: &str = "missing_since, file_modified_at, fingerprint";
    pub(in crate::repository) const ARE_THERE: &str =
        "file IS NOT NULL OR missing_since IS NOT NULL
        OR file_modified_at IS NOT NULL OR fingerprint IS NOT NULL";

    /// What is wrong with them.
    pub(in crate::repository) fn fault(&self, video: &Video) -> Option<String> {
        let facts = video.values.facts();
        let expected = Self {
            missing_since: facts.missing_since.map(Timestamp::as_micros),
            file_modified_at: facts.file_modified_at.map(Timestamp::as_micros),
            fingerprint: facts.fingerprint.map(|it| it.to_string()),
        };
        let id = video.id;
        (*self != expected).then(|| {
            format!("video {id}: what filters compare does not match the facts of its file")
        })
    }
}
