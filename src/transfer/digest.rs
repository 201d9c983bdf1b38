//! The digest of a library: equal for two libraries with the same videos and the same history.

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::record::Record;
use crate::domain::{AuditEntry, AuditFilter, FieldChange, FieldValue, Video};
use crate::repository::{RepositoryError, VideoReader};

/// The number of entries that are read together.
const BATCH: usize = 1000;

/// What a digest covers, and the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryDigest {
    /// The number of videos.
    pub videos: u64,
    /// The number of audit entries.
    pub entries: u64,
    /// The SHA-256 of all of them in order, in hexadecimal digits.
    pub sha256: String,
}

/// The digest of a library: of its log in order, and of its videos, which are a snapshot in the order of
/// addition.
///
/// # Errors
/// When the library cannot be read.
pub async fn digest(
    log: &dyn VideoReader,
    mut videos: BoxStream<'_, Result<Video, RepositoryError>>,
) -> Result<LibraryDigest, RepositoryError> {
    let mut hash = Sha256::new();
    let mut entries = 0;
    let mut sequence = 0;
    loop {
        let batch = log.entries_after(sequence, &AuditFilter::default(), BATCH).await?;
        let Some(last) = batch.last() else { break };
        sequence = last.sequence;
        entries += batch.len() as u64;
        batch.iter().for_each(|entry| add(&mut hash, &Entry::from(entry)));
    }
    let mut count = 0;
    while let Some(video) = videos.try_next().await? {
        count += 1;
        add(&mut hash, &(video.version, Record::from(&video)));
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(LibraryDigest { videos: count, entries, sha256 })
}

/// Adds a line of JSON.
fn add(hash: &mut Sha256, line: &impl Serialize) {
    let mut text = serde_json::to_vec(line).expect("texts and numbers can be JSON");
    text.push(b'\n');
    hash.update(text);
}

/// An entry of the log as a line.
#[derive(Serialize)]
struct Entry<'a> {
    sequence: i64,
    entity: String,
    version: i32,
    operation: &'static str,
    micros: i64,
    changes: Vec<(&'static str, Option<Value>, Option<Value>)>,
    actor: Option<&'a str>,
    request: Option<&'a str>,
    write_end: i64,
}

impl<'a> From<&'a AuditEntry> for Entry<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        let change = |change: &FieldChange| {
            let [old, new] =
                [&change.old, &change.new].map(|it| it.as_ref().map(FieldValue::to_json));
            (change.field.name(), old, new)
        };
        Self {
            sequence: entry.sequence,
            entity: entry.entity_id.to_string(),
            version: entry.version,
            operation: entry.operation.name(),
            micros: entry.timestamp.as_micros(),
            changes: entry.changes.iter().map(change).collect(),
            actor: entry.actor.as_deref(),
            request: entry.request_id.as_deref(),
            write_end: entry.write_end,
        }
    }
}
