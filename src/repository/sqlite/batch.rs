//! Batches of writes: what they touch comes onto a stage, and what they change goes into the file,
//! each in a few statements however many writes there are.

use std::collections::{HashMap, HashSet};

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::counters;
use super::rows::{BoxError, VIDEO_COLUMNS, entry_row, json_array, read_id, read_video, video_row};
use crate::domain::{Text, Video, VideoId};
use crate::repository::Write;
use crate::repository::stage::{Change, Stage};

/// The stage for these writes.
pub(super) async fn load<'a>(
    connection: &mut SqliteConnection,
    writes: impl Iterator<Item = &'a Write> + Clone,
) -> Result<Stage, BoxError> {
    let mut ids: HashSet<VideoId> = writes.clone().flat_map(Write::touched_ids).collect();
    let paths: HashSet<Text> = writes.flat_map(Write::touched_paths).collect();
    let last_sequence: Option<i64> = sqlx::query_scalar("SELECT max(sequence) FROM audit_log")
        .fetch_one(&mut *connection)
        .await?;
    let mut stage = Stage::new(last_sequence.unwrap_or(0));
    for video in load_videos(connection, &ids, &paths).await? {
        ids.remove(&video.id);
        stage.load(video);
    }
    for (id, last_version) in load_last_versions(connection, &ids).await? {
        stage.load_deleted(id, last_version);
    }
    Ok(stage)
}

async fn load_videos(
    connection: &mut SqliteConnection,
    ids: &HashSet<VideoId>,
    paths: &HashSet<Text>,
) -> Result<Vec<Video>, BoxError> {
    let sql = format!(
        "SELECT {VIDEO_COLUMNS}
        FROM videos
        WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))
            OR path IN (SELECT value FROM json_each(?))"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(json_array(ids))
        .bind(json_array(paths.iter().map(Text::as_str)));
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| read_video(row, 0)).collect()
}

async fn load_last_versions(
    connection: &mut SqliteConnection,
    ids: &HashSet<VideoId>,
) -> Result<Vec<(VideoId, i32)>, BoxError> {
    let query = sqlx::query(
        "SELECT entity_id, max(version)
        FROM audit_log
        WHERE entity_id IN (SELECT unhex(value, '-') FROM json_each(?))
        GROUP BY entity_id",
    );
    let rows = query.bind(json_array(ids)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((read_id(row, 0)?, row.try_get(1)?))).collect()
}

/// Stores what has changed on a stage.
pub(super) async fn flush(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<(), BoxError> {
    let net = NetChange::of(changes);
    if !net.removed.is_empty() {
        let sql = "DELETE FROM videos WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))";
        sqlx::query(sql).bind(json_array(&net.removed)).execute(&mut *connection).await?;
    }
    if !net.in_the_way.is_empty() {
        let sql = "UPDATE videos SET path = 'moving ' || hex(randomblob(16))
            WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))";
        sqlx::query(sql).bind(json_array(&net.in_the_way)).execute(&mut *connection).await?;
    }
    if !net.stored.is_empty() {
        let rows = json_array(net.stored.iter().map(|video| video_row(video)));
        sqlx::query(STORE_VIDEOS).bind(rows).execute(&mut *connection).await?;
    }
    let rows = json_array(changes.iter().map(|change| entry_row(&change.entry)));
    sqlx::query(STORE_ENTRIES).bind(rows).execute(&mut *connection).await?;
    counters::flush(connection, changes).await
}

// `WHERE TRUE` keeps SQLite from taking `ON CONFLICT` for the condition of a join.
const STORE_VIDEOS: &str = "
    INSERT INTO videos (
        id, path, filename, duration_frames, frame_rate_numerator, frame_rate_denominator, width,
        height, video_codec, audio_codec, file_size, thumbnail_path, created_at, updated_at, version
    )
    SELECT
        unhex(value ->> 0, '-'), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11,
        value ->> 12, value ->> 13, value ->> 14
    FROM json_each(?)
    WHERE TRUE
    ON CONFLICT (id) DO UPDATE SET
        path = excluded.path,
        filename = excluded.filename,
        duration_frames = excluded.duration_frames,
        frame_rate_numerator = excluded.frame_rate_numerator,
        frame_rate_denominator = excluded.frame_rate_denominator,
        width = excluded.width,
        height = excluded.height,
        video_codec = excluded.video_codec,
        audio_codec = excluded.audio_codec,
        file_size = excluded.file_size,
        thumbnail_path = excluded.thumbnail_path,
        created_at = excluded.created_at,
        updated_at = excluded.updated_at,
        version = excluded.version";

const STORE_ENTRIES: &str = "
    INSERT INTO audit_log (
        sequence, entity_id, version, operation, timestamp, old_values, new_values, actor, request_id
    )
    SELECT
        value ->> 0, unhex(value ->> 1, '-'), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, value ->> 8
    FROM json_each(?)";

/// What many changes come to in the end.
struct NetChange<'a> {
    /// Videos that were there and are not any more.
    removed: Vec<VideoId>,
    /// Videos that stay, but whose path another one takes: only once they have let go of it can
    /// the new holder be stored.
    in_the_way: Vec<VideoId>,
    /// Videos that are new or different, in the order in which they became so.
    stored: Vec<&'a Video>,
}

impl<'a> NetChange<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut first: HashMap<VideoId, &Change> = HashMap::new();
        let mut last: HashMap<VideoId, &Change> = HashMap::new();
        for change in changes {
            first.entry(change.entry.entity_id).or_insert(change);
            last.insert(change.entry.entity_id, change);
        }
        let is_last =
            |change: &Change| last[&change.entry.entity_id].entry.id() == change.entry.id();
        let stored: Vec<&Video> = changes
            .iter()
            .filter(|change| is_last(change))
            .filter_map(|change| change.after.as_ref())
            .collect();
        let holders: HashMap<&Text, VideoId> =
            stored.iter().map(|video| (&video.values.path, video.id)).collect();
        let mut net = Self { removed: Vec::new(), in_the_way: Vec::new(), stored };
        for before in first.values().filter_map(|change| change.before.as_ref()) {
            if last[&before.id].after.is_none() {
                net.removed.push(before.id);
            } else if holders.get(&before.values.path).is_some_and(|id| *id != before.id) {
                net.in_the_way.push(before.id);
            }
        }
        net
    }
}
