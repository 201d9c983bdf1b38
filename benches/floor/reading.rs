//! What the floor reads: the fewest statements for an answer, and each row written as it is read.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Result, Row};

use super::json::{CursorPosition, Json};

const VIDEO: &str = "
    id, path, filename, duration_frames, frame_rate_numerator, frame_rate_denominator, width,
    height, video_codec, audio_codec, file_size, thumbnail_path, created_at, updated_at, version";

/// How many videos a page has, and how many entries the history of each.
const LIMIT: usize = 50;
const ENTRIES: usize = 5;

/// A connection that reads, with as much memory as each of the server's.
pub fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -4096)?;
    Ok(connection)
}

/// A page of complete videos with their cursors.
pub fn page(connection: &Connection, after: Option<&CursorPosition>) -> Result<Vec<u8>> {
    let mut json = Json::beginning(r#"{"data":{"videos":{"edges":["#);
    let mut places = Vec::with_capacity(LIMIT + 1);
    let mut write = |row: &Row<'_>| -> Result<()> {
        let place = CursorPosition { created_at: row.get(12)?, id: row.get(0)? };
        if places.len() < LIMIT {
            json.raw(if places.is_empty() { r#"{"cursor":"# } else { r#",{"cursor":"# });
            json.cursor(&place);
            json.raw(r#","node":{"#);
            video(&mut json, row)?;
            json.raw("}}");
        }
        places.push(place);
        Ok(())
    };
    let sql = |condition: &str| {
        format!("SELECT {VIDEO} FROM videos {condition} ORDER BY position DESC LIMIT {}", LIMIT + 1)
    };
    let mut has_previous = false;
    if let Some(CursorPosition { created_at, id }) = after {
        let sql = sql("WHERE position <= (
            SELECT position FROM videos
            WHERE (created_at, id) < (?, ?)
            ORDER BY created_at DESC, id DESC LIMIT 1
        )");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query((created_at, id))?;
        while let Some(row) = rows.next()? {
            write(row)?;
        }
        let sql = "SELECT 1 FROM videos WHERE (created_at, id) >= (?, ?) LIMIT 1";
        has_previous = connection.prepare_cached(sql)?.exists((created_at, id))?;
    } else {
        let sql = sql("");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            write(row)?;
        }
    }
    json.raw(r#"],"pageInfo":{"hasNextPage":"#);
    json.value(places.len() > LIMIT);
    json.raw(r#","hasPreviousPage":"#);
    json.value(has_previous);
    places.truncate(LIMIT);
    for (name, place) in [("start", places.first()), ("end", places.last())] {
        json.raw(r#",""#);
        json.raw(name);
        json.raw(r#"Cursor":"#);
        match place {
            Some(place) => json.cursor(place),
            None => json.raw("null"),
        }
    }
    Ok(json.ending("}}}}"))
}

fn video(json: &mut Json, row: &Row<'_>) -> Result<()> {
    let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str_or_null()?);
    let (frames, numerator, denominator) = (row.get::<_, i64>(3)?, row.get(4)?, row.get(5)?);
    json.raw(r#""id":""#);
    json.id(row.get_ref(0)?.as_blob()?);
    json.raw(r#"","path":"#);
    json.value(text(1)?);
    json.raw(r#","filename":"#);
    json.value(text(2)?);
    json.raw(r#","durationFrames":"#);
    json.value(frames);
    json.raw(r#","durationSeconds":"#);
    json.value(seconds(frames, numerator, denominator));
    json.raw(r#","frameRate":{"numerator":"#);
    json.value(numerator);
    json.raw(r#","denominator":"#);
    json.value(denominator);
    json.raw(r#","fps":"#);
    json.value(f64::from(numerator) / f64::from(denominator));
    json.raw(r#"},"width":"#);
    json.value(row.get::<_, i32>(6)?);
    json.raw(r#","height":"#);
    json.value(row.get::<_, i32>(7)?);
    json.raw(r#","videoCodec":"#);
    json.value(text(8)?);
    json.raw(r#","audioCodec":"#);
    json.value(text(9)?);
    json.raw(r#","fileSize":"#);
    json.value(row.get::<_, i64>(10)?);
    json.raw(r#","thumbnailPath":"#);
    json.value(text(11)?);
    json.raw(r#","createdAt":"#);
    json.time(row.get(12)?);
    json.raw(r#","updatedAt":"#);
    json.time(row.get(13)?);
    json.raw(r#","version":"#);
    json.value(row.get::<_, i32>(14)?);
    Ok(())
}

fn seconds(frames: i64, numerator: i32, denominator: i32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of frames has 53 bits at most")]
    let frames = frames as f64;
    frames * f64::from(denominator) / f64::from(numerator)
}

/// One video, in eight fields.
pub fn by_id(connection: &Connection, id: &[u8; 16]) -> Result<Vec<u8>> {
    let sql =
        "SELECT path, filename, duration_frames, frame_rate_numerator, frame_rate_denominator,
        width, height, video_codec, file_size FROM videos WHERE id = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else {
        return Ok(Json::beginning(r#"{"data":{"video":null"#).ending("}}"));
    };
    let mut json = Json::beginning(r#"{"data":{"video":{"id":""#);
    json.id(id);
    json.raw(r#"","path":"#);
    json.value(row.get_ref(0)?.as_str()?);
    json.raw(r#","filename":"#);
    json.value(row.get_ref(1)?.as_str()?);
    json.raw(r#","durationSeconds":"#);
    json.value(seconds(row.get(2)?, row.get(3)?, row.get(4)?));
    json.raw(r#","width":"#);
    json.value(row.get::<_, i32>(5)?);
    json.raw(r#","height":"#);
    json.value(row.get::<_, i32>(6)?);
    json.raw(r#","videoCodec":"#);
    json.value(row.get_ref(7)?.as_str()?);
    json.raw(r#","fileSize":"#);
    json.value(row.get::<_, i64>(8)?);
    Ok(json.ending("}}}"))
}

/// A page of videos, each with its newest changes.
pub fn nested(connection: &Connection) -> Result<Vec<u8>> {
    let mut json = Json::beginning(r#"{"data":{"videos":{"nodes":["#);
    let sql = format!("SELECT id, filename FROM videos ORDER BY position DESC LIMIT {LIMIT}");
    let mut videos = connection.prepare_cached(&sql)?;
    let sql = format!(
        "SELECT version, operation, timestamp, old_values, new_values FROM audit_log
        WHERE entity_id = ? ORDER BY version DESC LIMIT {ENTRIES}"
    );
    let mut entries = connection.prepare_cached(&sql)?;
    let mut rows = videos.query(())?;
    let mut separator = "";
    while let Some(row) = rows.next()? {
        let id = row.get_ref(0)?.as_blob()?;
        json.raw(separator);
        json.raw(r#"{"id":""#);
        json.id(id);
        json.raw(r#"","filename":"#);
        json.value(row.get_ref(1)?.as_str()?);
        json.raw(r#","auditEntries":{"nodes":["#);
        let mut rows = entries.query([id])?;
        let mut separator_of_entries = "";
        while let Some(row) = rows.next()? {
            json.raw(separator_of_entries);
            entry(&mut json, id, row)?;
            separator_of_entries = ",";
        }
        json.raw("]}}");
        separator = ",";
    }
    Ok(json.ending("]}}}"))
}

fn entry(json: &mut Json, id: &[u8], row: &Row<'_>) -> Result<()> {
    let version: i32 = row.get(0)?;
    json.raw(r#"{"id":""#);
    json.id(id);
    json.raw(":");
    json.value(version);
    json.raw(r#"","operation":""#);
    json.raw(row.get_ref(1)?.as_str()?);
    json.raw(r#"","timestamp":"#);
    json.time(row.get(2)?);
    json.raw(r#","version":"#);
    json.value(version);
    json.raw(r#","changes":"#);
    json.changes(row.get_ref(3)?.as_str_or_null()?, row.get_ref(4)?.as_str_or_null()?);
    json.raw("}");
    Ok(())
}
