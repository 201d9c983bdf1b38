//! Batches of writes: what they touch comes onto a stage, and what they change goes into the file,
//! each in a few statements however many writes there are.

use std::collections::{HashMap, HashSet};

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::rows::{BoxError, VIDEO, entry_row, json_array, read_id, read_video, video_row};
use super::{kinds, positions, search_index};
use crate::domain::{Text, Video, VideoField, VideoId};
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
    let query = sqlx::query(AssertSqlSafe(touched_videos()))
        .bind(json_array(ids))
        .bind(json_array(paths.iter().map(Text::as_str)));
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| read_video(row, 0)).collect()
}

/// The statement for the videos with these IDs and those at these paths.
pub(super) fn touched_videos() -> String {
    format!(
        "SELECT {VIDEO}
        FROM videos
        WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))
            OR path IN (SELECT value FROM json_each(?))"
    )
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
pub(super) async fn flush<'a>(
    connection: &mut SqliteConnection,
    changes: &'a [Change],
) -> Result<(), BoxError> {
    let net = NetChange::of(changes);
    kinds::add_changes(connection, changes).await?;
    if !net.removed.is_empty() {
        search_index::remove_videos(connection, &net.removed).await?;
        let sql = "DELETE FROM videos WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))";
        sqlx::query(sql).bind(json_array(&net.removed)).execute(&mut *connection).await?;
    }
    if !net.in_the_way.is_empty() {
        let sql = "UPDATE videos SET path = 'moving ' || hex(randomblob(16))
            WHERE id IN (SELECT unhex(value, '-') FROM json_each(?))";
        sqlx::query(sql).bind(json_array(&net.in_the_way)).execute(&mut *connection).await?;
    }
    if !net.changed.is_empty() {
        let rows = json_array(net.changed.iter().map(|(_, after)| video_row(after, None)));
        let sql = AssertSqlSafe(update_videos(&net.changed));
        sqlx::query(sql).bind(rows).execute(&mut *connection).await?;
    }
    if !net.added.is_empty() {
        let positions = positions::assign(connection, &net.added).await?;
        let row = |video: &&'a Video| video_row(video, positions.get(&video.id).copied());
        let rows = json_array(net.added.iter().map(row));
        sqlx::query(AssertSqlSafe(add_videos())).bind(rows).execute(&mut *connection).await?;
    }
    let texts = net.texts();
    if !texts.is_empty() {
        search_index::store(connection, &texts).await?;
    }
    let rows = json_array(changes.iter().map(|change| entry_row(&change.entry)));
    sqlx::query(ADD_ENTRIES).bind(rows).execute(&mut *connection).await?;
    kinds::remove_empty(connection).await
}

/// The statement that gives videos the values they have now.
///
/// It leaves out the columns of an index where no video has another value in them: writing a column
/// rewrites its indexes, be the value the same or not, and that is most of what an update costs.
fn update_videos(changed: &[(&Video, &Video)]) -> String {
    const INDEXED: [(VideoField, &str); 5] = [
        (VideoField::Path, "path = value ->> 1, "),
        (VideoField::Filename, "filename = value ->> 2, "),
        (VideoField::DurationFrames, "duration_frames = value ->> 3, "),
        (
            VideoField::FrameRate,
            "frame_rate_numerator = value ->> 4, frame_rate_denominator = value ->> 5, ",
        ),
        (VideoField::FileSize, "file_size = value ->> 10, "),
    ];
    const OF_KIND: [VideoField; 5] = [
        VideoField::VideoCodec,
        VideoField::AudioCodec,
        VideoField::Width,
        VideoField::Height,
        VideoField::FrameRate,
    ];
    let differs =
        |field: &VideoField| changed.iter().any(|(old, new)| old.get(*field) != new.get(*field));
    let indexed: String =
        INDEXED.iter().filter(|(field, _)| differs(field)).map(|(_, column)| *column).collect();
    let kind =
        if OF_KIND.iter().any(differs) { format!("kind = ({KIND}), ") } else { String::new() };
    format!(
        "UPDATE videos SET
            {indexed} {kind} width = value ->> 6, height = value ->> 7, video_codec = value ->> 8,
            audio_codec = value ->> 9, thumbnail_path = value ->> 11, updated_at = value ->> 13,
            version = value ->> 14
        FROM jsonb_each(?)
        WHERE videos.id = unhex(value ->> 0, '-')"
    )
}

/// The kind of the video that `value` is.
const KIND: &str = "
    SELECT video_kinds.kind
    FROM video_kinds
    WHERE video_kinds.video_codec = value ->> 8
        AND coalesce(video_kinds.audio_codec, '') = coalesce(value ->> 9, '')
        AND video_kinds.width = value ->> 6
        AND video_kinds.height = value ->> 7
        AND video_kinds.frame_rate_numerator = value ->> 4
        AND video_kinds.frame_rate_denominator = value ->> 5";

/// The statement that adds videos.
fn add_videos() -> String {
    format!(
        "INSERT INTO videos (
            id, path, filename, duration_frames, frame_rate_numerator, frame_rate_denominator,
            width, height, video_codec, audio_codec, file_size, thumbnail_path, created_at,
            updated_at, version, position, kind
        )
        SELECT
            unhex(value ->> 0, '-'), value ->> 1, value ->> 2, value ->> 3, value ->> 4,
            value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10,
            value ->> 11, value ->> 12, value ->> 13, value ->> 14, value ->> 15, ({KIND})
        FROM jsonb_each(?)"
    )
}

const ADD_ENTRIES: &str = "
    INSERT INTO audit_log (
        sequence, entity_id, version, operation, timestamp, old_values, new_values, actor,
        request_id
    )
    SELECT
        value ->> 0, unhex(value ->> 1, '-'), value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, value ->> 8
    FROM jsonb_each(?)";

/// What many changes come to in the end.
#[derive(Default)]
struct NetChange<'a> {
    /// Videos that were there and are not any more, or are there again but at another time: their
    /// positions go with them.
    removed: Vec<VideoId>,
    /// Videos that stay, but whose path another one takes: only once they have let go of it can
    /// the new holder be stored.
    in_the_way: Vec<VideoId>,
    /// Videos before and after.
    changed: Vec<(&'a Video, &'a Video)>,
    /// Videos that were not there, and those that are there again at another time.
    added: Vec<&'a Video>,
}

impl<'a> NetChange<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut first: HashMap<VideoId, &Change> = HashMap::new();
        let mut last: HashMap<VideoId, i32> = HashMap::new();
        for change in changes {
            first.entry(change.entry.entity_id).or_insert(change);
            last.insert(change.entry.entity_id, change.entry.version);
        }
        let mut net = Self::default();
        for change in changes {
            let id = change.entry.entity_id;
            if change.entry.version != last[&id] {
                continue;
            }
            match (&first[&id].before, &change.after) {
                (Some(before), Some(after)) if before.created_at == after.created_at => {
                    net.changed.push((before, after));
                }
                (Some(_), Some(after)) => {
                    net.removed.push(id);
                    net.added.push(after);
                }
                (Some(_), None) => net.removed.push(id),
                (None, Some(after)) => net.added.push(after),
                (None, None) => {}
            }
        }
        net.find_what_is_in_the_way();
        net
    }

    fn find_what_is_in_the_way(&mut self) {
        let stored = self.changed.iter().map(|(_, after)| after).chain(&self.added);
        let holders: HashMap<&Text, VideoId> =
            stored.map(|video| (&video.values.path, video.id)).collect();
        let is_taken = |before: &Video| {
            holders.get(&before.values.path).is_some_and(|holder| *holder != before.id)
        };
        let befores = self.changed.iter().map(|(before, _)| before);
        self.in_the_way = befores.filter(|before| is_taken(before)).map(|video| video.id).collect();
    }

    /// What the search index has to take up: the texts of the videos whose names are new.
    fn texts(&self) -> Vec<(VideoId, String)> {
        let names = |video: &'a Video| (&video.values.filename, &video.values.path);
        let renamed = self.changed.iter().filter(|(old, new)| names(old) != names(new));
        let videos = renamed.map(|(_, new)| new).chain(&self.added);
        videos.map(|video| (video.id, search_index::text_of(&video.values))).collect()
    }
}
