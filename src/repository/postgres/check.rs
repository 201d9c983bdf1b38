//! Verifying a library: the log as such, the log against the videos and the requests, and the videos
//! against their kinds, checkpoints, words and files.
//!
//! It is read in a snapshot, by cursors: whatever the size of the library, only some rows are in memory at a
//! time.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::checkpoint_check::checkpoint_faults;
use super::columns::{EntryColumn, KindKey, KindSum, VideoColumn};
use super::cursor::Cursor;
use super::failure::BoxError;
use super::faults::{CHECK, limited};
use super::request_check::request_faults;
use super::rows::{read_entry, read_id, read_video};
use super::search_check::search_faults;
use super::source::Source;
use super::values::Id;
use crate::domain::natural;
use crate::repository::history_check::Histories;
use crate::repository::sql::catalogue::{Dialect, Query, file_faults};
use crate::repository::sql::{Columns, FactCopies, Sql, join};
use crate::repository::stage::unfinished;
use crate::repository::{MAX_FAULTS, RepositoryError};

/// The faults of a library.
pub(super) async fn faults_of(source: &Source) -> Result<Vec<String>, RepositoryError> {
    let snapshot = source.unhurried_snapshot().await?;
    let mut faults = Vec::new();
    if let Err(error) = find_faults(&snapshot, &mut faults).await {
        match error.downcast::<RepositoryError>() {
            Ok(error) => return Err(*error),
            Err(error) => faults.push(format!("the rest cannot be read: {error}")),
        }
    }
    faults.truncate(MAX_FAULTS);
    Ok(faults)
}

async fn find_faults(snapshot: &Source, faults: &mut Vec<String>) -> Result<(), BoxError> {
    faults.extend(log_fault(snapshot).await?);
    faults.extend(history_faults(snapshot).await?);
    faults.extend(videos_without_history(snapshot).await?);
    // What is made from videos that are wrong themselves would only be wrong as well.
    if faults.is_empty() {
        faults.extend(write_faults(snapshot).await?);
        if faults.is_empty() {
            faults.extend(request_faults(snapshot).await?);
        }
        faults.extend(key_faults(snapshot).await?);
        faults.extend(kind_faults(snapshot).await?);
        faults.extend(fact_faults(snapshot).await?);
        faults.extend(checkpoint_faults(snapshot).await?);
        faults.extend(search_faults(snapshot).await?);
        faults.extend(misplaced_files(snapshot).await?);
    }
    Ok(())
}

/// Whether entries are missing from the log: its sequence has no gaps.
async fn log_fault(snapshot: &Source) -> Result<Option<String>, BoxError> {
    let sql = Sql::new("SELECT coalesce(max(sequence), 0), count(*) FROM audit_log");
    let found = snapshot.rows(CHECK, &sql).await?;
    let row = found.first().ok_or("the log is not counted")?;
    let (written, kept): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok((written != kept).then(|| format!("the log has {kept} entries, but {written} were written")))
}

/// The entries that are not followed by the rest of their write: what
/// [`may_precede`](crate::domain::AuditEntry::may_precede) refuses.
async fn write_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT entry.sequence, entry.write_end
        FROM audit_log AS entry
        LEFT JOIN audit_log AS next ON next.sequence = entry.sequence + 1
        WHERE entry.write_end <> entry.sequence
            AND (
                entry.write_end < entry.sequence
                OR coalesce(next.write_end, next.sequence) IS DISTINCT FROM entry.write_end
                OR next.timestamp <> entry.timestamp
                OR next.actor IS DISTINCT FROM entry.actor
                OR next.request_id IS DISTINCT FROM entry.request_id
            )
        ORDER BY entry.sequence",
    );
    limited(snapshot, sql, |row| Ok(unfinished(row.try_get(0)?, row.try_get(1)?))).await
}

/// Replays every history.
async fn history_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(format!(
        "SELECT {}, {}
        FROM audit_log
        LEFT JOIN videos ON videos.id = audit_log.entity_id
        ORDER BY audit_log.entity_id, audit_log.version",
        EntryColumn::SELECTED,
        VideoColumn::SELECTED
    ));
    let mut histories = Histories::default();
    let follow = |row: &PgRow| {
        let id = read_id(row, EntryColumn::EntityId as usize)?;
        histories.follow(id, || {
            let entry = read_entry(row, 0)?;
            let is_there = row.try_get::<Option<Id>, _>(EntryColumn::READ)?.is_some();
            Ok((entry, is_there.then(|| read_video(row, EntryColumn::READ)).transpose()?))
        });
        Ok(true)
    };
    Cursor::open(snapshot, CHECK, "histories", &sql).await?.for_each_while(follow).await?;
    Ok(histories.into_faults())
}

async fn videos_without_history(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let sql = Sql::new(
        "SELECT id
        FROM videos
        WHERE NOT EXISTS (SELECT FROM audit_log WHERE entity_id = videos.id)
        ORDER BY id",
    );
    limited(snapshot, sql, |row| Ok(format!("video {}: it has no history", read_id(row, 0)?))).await
}

/// The videos whose sort keys do not match their filenames.
async fn key_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let mut faults = Vec::new();
    let compare = |row: &PgRow| {
        if natural::key_of(row.try_get(1)?) != row.try_get::<&str, _>(2)? {
            let id = read_id(row, 0)?;
            faults.push(format!("video {id}: its sort key does not match its filename"));
        }
        Ok(faults.len() < MAX_FAULTS)
    };
    let sql = Sql::new("SELECT id, filename, filename_key FROM videos");
    Cursor::open(snapshot, CHECK, "names", &sql).await?.for_each_while(compare).await?;
    Ok(faults)
}

/// The videos whose facts are not those that filters compare.
async fn fact_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let mut faults = Vec::new();
    let compare = |row: &PgRow| {
        let copies = FactCopies {
            missing_since: row.try_get(VideoColumn::READ)?,
            file_modified_at: row.try_get(VideoColumn::READ + 1)?,
            fingerprint: row.try_get(VideoColumn::READ + 2)?,
        };
        faults.extend(copies.fault(&read_video(row, 0)?));
        Ok(faults.len() < MAX_FAULTS)
    };
    let (videos, copies, are_there) =
        (VideoColumn::SELECTED, FactCopies::COLUMNS, FactCopies::ARE_THERE);
    let sql = Sql::new(format!("SELECT {videos}, {copies} FROM videos WHERE {are_there}"));
    Cursor::open(snapshot, CHECK, "facts", &sql).await?.for_each_while(compare).await?;
    Ok(faults)
}

/// The kinds whose sums do not match their videos.
async fn kind_faults(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let keys = join(", ", KindKey::to_string);
    let sums = KindSum::STORED.iter().map(|sum| match sum {
        KindSum::Videos => "count(*)",
        KindSum::Frames => "sum(duration_frames)",
        KindSum::FileSize => "sum(file_size)",
    });
    let sums = sums.collect::<Vec<_>>().join(", ");
    let names = join(", ", KindSum::to_string);
    let is_the_same = join(" AND ", |key: &KindKey| match key {
        KindKey::AudioCodec => {
            "coalesce(of.audio_codec, '') = coalesce(its.audio_codec, '')".into()
        }
        key => format!("of.{key} = its.{key}"),
    });
    let [of, its] = ["of", "its"].map(|table| join(", ", |sum: &KindSum| format!("{table}.{sum}")));
    let sql = Sql::new(format!(
        "SELECT of.kind, its.video_codec, its.width, its.height
        FROM video_kinds AS of
        FULL JOIN (SELECT {keys}, {sums} FROM videos GROUP BY {keys}) AS its ({keys}, {names})
            ON {is_the_same}
        WHERE ({of}) IS DISTINCT FROM ({its})
        ORDER BY of.kind"
    ));
    limited(snapshot, sql, |row| match row.try_get::<Option<i64>, _>(0)? {
        Some(kind) => Ok(format!("the statistics of kind {kind} do not match its videos")),
        None => {
            let (codec, [width, height]) =
                (row.try_get::<&str, _>(1)?, [2, 3].map(|column| row.try_get::<i32, _>(column)));
            let (width, height) = (width?, height?);
            Ok(format!("there are {codec} videos of {width} × {height} pixels without statistics"))
        }
    })
    .await
}

/// The files that are not where their videos are.
async fn misplaced_files(snapshot: &Source) -> Result<Vec<String>, BoxError> {
    let Query { sql, read } = file_faults(Dialect::Postgres);
    snapshot.rows(CHECK, &sql).await?.iter().map(|row| read(row)).collect()
}
