//! Verifying a library: SQLite's own structures, the log as such, the log against the videos, and
//! the videos against the search index and their kinds.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::kinds;
use super::open::primary_code;
use super::readers::Readers;
use super::rows::{BoxError, ENTRY, VIDEO, read_entry, read_id, read_video};
use super::search_check::search_faults;
use crate::domain::{Replay, Video, VideoField, VideoId};
use crate::repository::MAX_FAULTS;

impl Readers {
    pub(super) async fn check(&self) -> Result<Vec<String>, BoxError> {
        let mut faults = Vec::new();
        let mut snapshot = self.long_snapshot().await?;
        let outcome = find_faults(&mut snapshot, &mut faults).await;
        // Before the library is closed: who closes it last takes its log into its file.
        snapshot.close().await?;
        match outcome {
            Err(error) if is_damage(&error) => {
                faults.push(format!("{DAMAGED}: the rest cannot be read: {error}"));
            }
            other => other?,
        }
        faults.truncate(MAX_FAULTS);
        Ok(faults)
    }
}

const DAMAGED: &str = "SQLite finds the file damaged";

async fn find_faults(
    snapshot: &mut SqliteConnection,
    faults: &mut Vec<String>,
) -> Result<(), BoxError> {
    faults.extend(structural_faults(snapshot).await?);
    faults.extend(log_fault(snapshot).await?);
    faults.extend(history_faults(snapshot).await?);
    faults.extend(videos_without_history(snapshot).await?);
    // What is made from videos that are wrong themselves would only be wrong as well.
    if faults.is_empty() {
        faults.extend(search_faults(snapshot).await?);
        faults.extend(kinds::faults(snapshot).await?);
    }
    Ok(())
}

/// Whether something could not be read for what it is, and not because reading failed.
fn is_damage(error: &BoxError) -> bool {
    // https://sqlite.org/rescode.html
    const CORRUPT: i32 = 11;
    error.downcast_ref::<sqlx::Error>().is_none_or(|error| primary_code(error) == Some(CORRUPT))
}

/// What SQLite finds in tables and indexes, broken constraints included.
async fn structural_faults(snapshot: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    let sql = format!("PRAGMA integrity_check({MAX_FAULTS})");
    let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(snapshot).await?;
    let faults = found.into_iter().filter(|message| message != "ok");
    Ok(faults.map(|message| format!("{DAMAGED}: {message}")).collect())
}

/// Whether entries were taken out of the log: its sequence has no holes.
async fn log_fault(snapshot: &mut SqliteConnection) -> Result<Option<String>, BoxError> {
    let (written, kept): (i64, i64) = sqlx::query_as(
        "SELECT
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'), 0),
            (SELECT count(*) FROM audit_log)",
    )
    .fetch_one(snapshot)
    .await?;
    Ok((written != kept).then(|| format!("the log has {kept} entries, but {written} were written")))
}

/// What replaying each history does not bear out. Nothing is kept but one video at a time.
async fn history_faults(snapshot: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    let sql = format!(
        "SELECT audit_log.entity_id, {ENTRY}, CASE WHEN videos.id IS NOT NULL THEN {VIDEO} END
        FROM audit_log
        LEFT JOIN videos ON videos.id = audit_log.entity_id
        ORDER BY audit_log.entity_id, audit_log.version"
    );
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(snapshot);
    let mut faults = Vec::new();
    let mut history: Option<History> = None;
    while let Some(row) = rows.try_next().await?
        && faults.len() < MAX_FAULTS
    {
        let id = read_id(&row, 0)?;
        if history.as_ref().is_none_or(|history| history.id != id) {
            faults.extend(history.replace(History::new(id)).and_then(History::fault));
        }
        let history = history.as_mut().expect("it was put there just now");
        if history.fault.is_none() {
            history.fault = history.follow(&row).err().map(|error| error.to_string());
        }
    }
    faults.extend(history.and_then(History::fault));
    Ok(faults)
}

async fn videos_without_history(snapshot: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    let query = sqlx::query(
        "SELECT id
        FROM videos
        WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE entity_id = videos.id)
        LIMIT ?",
    );
    let rows = query.bind(i64::try_from(MAX_FAULTS)?).fetch_all(snapshot).await?;
    let fault = |row: &SqliteRow| Ok(format!("video {}: it has no history", read_id(row, 0)?));
    rows.iter().map(fault).collect()
}

/// The history of a video as far as it was followed.
struct History {
    id: VideoId,
    replay: Replay,
    last_sequence: i64,
    /// The video itself, as its row has it.
    video: Option<Video>,
    /// The first thing that was wrong; what comes after it would only be its consequences.
    fault: Option<String>,
}

impl History {
    fn new(id: VideoId) -> Self {
        Self { id, replay: Replay::default(), last_sequence: 0, video: None, fault: None }
    }

    fn follow(&mut self, row: &SqliteRow) -> Result<(), BoxError> {
        let entry = read_entry(row, 1)?;
        if entry.sequence <= self.last_sequence {
            return Err(format!("version {} comes before the one it follows", entry.version).into());
        }
        self.last_sequence = entry.sequence;
        self.replay.apply(&entry)?;
        let is_there = row.try_get::<Option<&str>, _>(2)?.is_some();
        self.video = is_there.then(|| read_video(row, 2)).transpose()?;
        Ok(())
    }

    /// The fault in words, after the last entry was followed.
    fn fault(self) -> Option<String> {
        let fault = self.fault.or_else(|| match (self.replay.video(), &self.video) {
            (None, None) => None,
            (Some(_), None) => {
                Some("it is missing, but its history does not end with DELETE".into())
            }
            (None, Some(_)) => Some("it is there, but its history ends with DELETE".into()),
            (Some(replayed), Some(video)) => difference(replayed, video),
        });
        fault.map(|fault| format!("video {}: {fault}", self.id))
    }
}

fn difference(replayed: &Video, video: &Video) -> Option<String> {
    if replayed.version != video.version {
        return Some(format!(
            "it is at version {}, but its history ends at version {}",
            video.version, replayed.version
        ));
    }
    let differs = |field: &VideoField| replayed.get(*field) != video.get(*field);
    let field = VideoField::ALL.into_iter().find(differs)?;
    Some(format!("its {} is not what its history says", field.name()))
}
