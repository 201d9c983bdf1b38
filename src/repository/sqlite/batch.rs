//! Batches of writes: what they touch comes onto a stage, and what they change goes into the file,
//! each in a few statements however many writes there are.

use std::collections::{HashMap, HashSet};

use serde::Serializer;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::rows::{BoxError, VIDEO, json_array, read_id, read_video};
use super::values::{MAX_ROWS, Values, columns_of};
use super::{kinds, positions, search_index};
use crate::domain::{
    AuditEntry, AuditOperation, FieldChange, FieldValue, Text, Timestamp, Video, VideoField,
    VideoId,
};
use crate::repository::Write;
use crate::repository::stage::{Change, LogEnd, Stage};

/// The stage for these writes.
pub(super) async fn load<'a>(
    connection: &mut SqliteConnection,
    writes: impl Iterator<Item = &'a Write> + Clone,
) -> Result<Stage, BoxError> {
    let mut ids: HashSet<VideoId> = writes.clone().flat_map(Write::touched_ids).collect();
    let paths: HashSet<Text> = writes.flat_map(Write::touched_paths).collect();
    let mut stage = Stage::new(load_end(connection).await?);
    for video in load_videos(connection, &ids, &paths).await? {
        ids.remove(&video.id);
        stage.load(video);
    }
    for (id, last_version) in load_last_versions(connection, &ids).await? {
        stage.load_deleted(id, last_version);
    }
    Ok(stage)
}

async fn load_end(connection: &mut SqliteConnection) -> Result<LogEnd, BoxError> {
    let query = sqlx::query(
        "SELECT sequence, timestamp
        FROM audit_log
        ORDER BY sequence DESC
        LIMIT 1",
    );
    let newest = query.fetch_optional(connection).await?;
    let Some(newest) = newest else { return Ok(LogEnd::EMPTY) };
    let timestamp = Timestamp::from_micros(newest.try_get(1)?)?;
    Ok(LogEnd { sequence: newest.try_get(0)?, timestamp })
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
    if ids.is_empty() {
        return Ok(Vec::new());
    }
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
    let kinds = kinds::Deltas::of(changes);
    kinds.add(connection).await?;
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
    update_videos(connection, &net.changed).await?;
    add_videos(connection, &net.added).await?;
    let texts = net.texts();
    if !texts.is_empty() {
        search_index::store(connection, &texts).await?;
    }
    add_entries(connection, changes).await?;
    kinds.remove_empty(connection).await
}

/// Gives videos the values they have now.
///
/// What no video has otherwise than before is left out: writing a column rewrites its indexes, be the
/// value the same or not, and that is most of what an update costs.
async fn update_videos(
    connection: &mut SqliteConnection,
    changed: &[(&Video, &Video)],
) -> Result<(), BoxError> {
    let differs =
        |field: &VideoField| changed.iter().any(|(old, new)| old.get(*field) != new.get(*field));
    let fields: Vec<VideoField> = VideoField::ALL.into_iter().filter(differs).collect();
    let mut columns = vec!["id", "version"];
    columns.extend(fields.iter().copied().flat_map(columns_of));
    for changed in changed.chunks(MAX_ROWS) {
        let mut rows = Values::new("changed", &columns);
        for (_, video) in changed {
            rows.add(video.id.as_bytes().as_slice())?;
            rows.add(video.version)?;
            for field in &fields {
                rows.add_field(video, *field)?;
            }
        }
        let sql = update(&rows, &columns, &fields);
        rows.execute(connection, sql).await?;
    }
    Ok(())
}

/// The statement that gives videos what `changed` has, in which they have these fields.
fn update(changed: &Values<'_>, columns: &[&str], fields: &[VideoField]) -> String {
    let set = |column: &&str| format!("{column} = changed.{column}");
    let mut sets: Vec<String> = columns[1..].iter().map(set).collect();
    if fields.iter().any(|field| OF_KIND.contains(field)) {
        let holder = |field| if fields.contains(&field) { "changed" } else { "videos" };
        sets.push(format!("kind = ({})", kind(holder)));
    }
    let sets = sets.join(", ");
    format!("WITH {changed} UPDATE videos SET {sets} FROM changed WHERE videos.id = changed.id")
}

/// What decides of which kind a video is.
const OF_KIND: [VideoField; 5] = [
    VideoField::VideoCodec,
    VideoField::AudioCodec,
    VideoField::Width,
    VideoField::Height,
    VideoField::FrameRate,
];

/// The query for the kind of a video that has its fields in the tables which `holder` names.
fn kind(holder: impl Fn(VideoField) -> &'static str) -> String {
    let [video_codec, audio_codec, width, height, frame_rate] = OF_KIND.map(holder);
    format!(
        "SELECT video_kinds.kind
        FROM video_kinds
        WHERE video_kinds.video_codec = {video_codec}.video_codec
            AND coalesce(video_kinds.audio_codec, '') = coalesce({audio_codec}.audio_codec, '')
            AND video_kinds.width = {width}.width
            AND video_kinds.height = {height}.height
            AND video_kinds.frame_rate_numerator = {frame_rate}.frame_rate_numerator
            AND video_kinds.frame_rate_denominator = {frame_rate}.frame_rate_denominator"
    )
}

async fn add_videos(connection: &mut SqliteConnection, added: &[&Video]) -> Result<(), BoxError> {
    if added.is_empty() {
        return Ok(());
    }
    let positions = positions::assign(connection, added).await?;
    let mut columns = vec!["id", "version", "position"];
    columns.extend(VideoField::ALL.into_iter().flat_map(columns_of));
    for added in added.chunks(MAX_ROWS) {
        let mut rows = Values::new("added", &columns);
        for video in added {
            rows.add(video.id.as_bytes().as_slice())?;
            rows.add(video.version)?;
            rows.add(positions[&video.id])?;
            for field in VideoField::ALL {
                rows.add_field(video, field)?;
            }
        }
        let sql = format!(
            "WITH {rows}
            INSERT INTO videos ({}, kind)
            SELECT added.*, ({})
            FROM added
            WHERE added.id IS NOT NULL",
            columns.join(", "),
            kind(|_| "added")
        );
        rows.execute(connection, sql).await?;
    }
    Ok(())
}

async fn add_entries(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<(), BoxError> {
    const COLUMNS: &[&str] = &[
        "sequence",
        "entity_id",
        "version",
        "operation",
        "timestamp",
        "old_values",
        "new_values",
        "actor",
        "request_id",
    ];
    for changes in changes.chunks(MAX_ROWS) {
        let mut rows = Values::new("entry", COLUMNS);
        for Change { entry, .. } in changes {
            add_entry(&mut rows, entry)?;
        }
        let columns = COLUMNS.join(", ");
        let sql = format!(
            "WITH {rows}
            INSERT INTO audit_log ({columns})
            SELECT * FROM entry WHERE sequence IS NOT NULL"
        );
        rows.execute(connection, sql).await?;
    }
    Ok(())
}

fn add_entry(rows: &mut Values<'_>, entry: &AuditEntry) -> Result<(), BoxError> {
    let old = (entry.operation != AuditOperation::Insert)
        .then(|| side(&entry.changes, |change| change.old.as_ref()));
    let new = (entry.operation != AuditOperation::Delete)
        .then(|| side(&entry.changes, |change| change.new.as_ref()));
    rows.add(entry.sequence)?;
    rows.add(entry.entity_id.as_bytes().as_slice())?;
    rows.add(entry.version)?;
    rows.add(entry.operation.name())?;
    rows.add(entry.timestamp.as_micros())?;
    rows.add(old)?;
    rows.add(new)?;
    rows.add(entry.actor.as_deref())?;
    rows.add(entry.request_id.as_deref())
}

/// One side of the changes of fields, as a JSON object.
fn side(changes: &[FieldChange], value: impl Fn(&FieldChange) -> Option<&FieldValue>) -> String {
    let member = |change: &FieldChange| Some((change.field.name(), value(change)?.to_json()));
    let mut json = Vec::new();
    serde_json::Serializer::new(&mut json)
        .collect_map(changes.iter().filter_map(member))
        .expect("texts, numbers and objects of them can be JSON");
    String::from_utf8(json).expect("JSON is UTF-8")
}

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
