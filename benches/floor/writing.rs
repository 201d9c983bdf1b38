//! What the floor writes: updates, each with its entry in the history, as many in one transaction as
//! wait for one. It keeps the statistics, the sums of requests, checkpoints and the search index as the
//! server does.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use reelgraph::domain::search::VideoWords;
use reelgraph::domain::{Clock, IdSource, RandomIds, SystemClock, Timestamp, natural};
use rusqlite::{Connection, Params, Result, TransactionBehavior};
use serde_json::json;
use tokio::sync::oneshot;

/// How often the writer lets others run before it takes what waits: whoever was just answered then
/// shares the next transaction.
const TURNS_FOR_OTHERS: usize = 4;

/// What stands for fields in the sets of those that a request has changed.
const FILENAME_BIT: i64 = 2;
const WIDTH_BIT: i64 = 16;

/// The number of changes from one checkpoint of a video to the next.
const CHECKPOINT_INTERVAL: i32 = 32;

/// How many updates share a transaction at most.
const MAX_UPDATES: usize = 512;

/// A change of one video.
pub struct Update {
    pub id: [u8; 16],
    pub width: Option<i32>,
    pub filename: Option<String>,
}

/// An update, and who waits for the version after it.
type Command = (Update, oneshot::Sender<i32>);

/// The way to the one who writes.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Command>);

impl Writer {
    /// Starts the writer of the library in this file, in a thread of its own.
    pub fn start(file: &Path) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.pragma_update(None, "cache_size", -32768)?;
        connection.pragma_update(None, "wal_autocheckpoint", 8000)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.set_prepared_statement_cache_capacity(32);
        let (sender, commands) = mpsc::channel();
        thread::spawn(move || run(connection, &commands));
        Ok(Self(sender))
    }

    /// The version of the video after this update, once that is on the disk.
    pub async fn update(&self, update: Update) -> i32 {
        let (answer, answered) = oneshot::channel();
        self.0.send((update, answer)).expect("the writer runs");
        answered.await.expect("the writer answers")
    }
}

fn run(mut connection: Connection, commands: &mpsc::Receiver<Command>) {
    while let Ok(first) = commands.recv() {
        for _ in 0..TURNS_FOR_OTHERS {
            thread::yield_now();
        }
        let mut batch = vec![first];
        batch.extend(commands.try_iter().take(MAX_UPDATES - 1));
        let versions = commit(&mut connection, &batch).expect("the library can be written");
        for ((_, answer), version) in batch.into_iter().zip(versions) {
            // Whoever does not wait any more need not be told.
            let _ = answer.send(version);
        }
    }
}

fn commit(connection: &mut Connection, batch: &[Command]) -> Result<Vec<i32>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let versions = batch.iter().map(|(update, _)| apply(&transaction, update)).collect();
    execute(&transaction, "DELETE FROM video_kinds WHERE videos = 0", ())?;
    transaction.commit()?;
    versions
}

fn execute(connection: &Connection, sql: &str, values: impl Params) -> Result<()> {
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// A video, as far as an update needs it.
struct Video {
    position: i64,
    path: String,
    filename: String,
    width: i32,
    kind: i64,
    frames: i64,
    file_size: i64,
    version: i32,
}

fn apply(connection: &Connection, update: &Update) -> Result<i32> {
    let mut video = load(connection, &update.id)?;
    let (mut old, mut new) = (json!({}), json!({}));
    let now = SystemClock.now().as_micros();
    video.version += 1;
    if let Some(filename) = &update.filename {
        (old["filename"], new["filename"]) = (video.filename.into(), filename.as_str().into());
        video.filename = filename.clone();
        rename(connection, &video, now)?;
    }
    if let Some(width) = update.width {
        (old["width"], new["width"]) = (video.width.into(), width.into());
        video.width = width;
        resize(connection, &video, now)?;
    }
    let fields = FILENAME_BIT * i64::from(update.filename.is_some())
        + WIDTH_BIT * i64::from(update.width.is_some());
    let request_id = RandomIds.next_id().to_string();
    execute(
        connection,
        "INSERT INTO audit_log
            (entity_id, version, operation, timestamp, old_values, new_values, request_id)
        VALUES (?, ?, 'UPDATE', ?, ?, ?, ?)",
        (update.id, video.version, now, old.to_string(), new.to_string(), &request_id),
    )?;
    add_request(connection, now, &request_id, fields)?;
    if video.version % CHECKPOINT_INTERVAL == 0 {
        keep_checkpoint(connection, &video)?;
    }
    Ok(video.version)
}

/// Keeps a whole video beside the changes that led to it.
fn keep_checkpoint(connection: &Connection, video: &Video) -> Result<()> {
    let sql = "SELECT created_at, updated_at FROM videos WHERE position = ?";
    let times: [i64; 2] = connection
        .prepare_cached(sql)?
        .query_row([video.position], |row| Ok([row.get(0)?, row.get(1)?]))?;
    let [created_at, updated_at] =
        times.map(|time| Timestamp::from_micros(time).expect("a stored time").to_string());
    // The patch leaves out what is NULL.
    execute(
        connection,
        "INSERT INTO video_checkpoints (entity_id, version, field_values)
        SELECT id, version, json_patch('{}', json_object(
            'path', path,
            'filename', filename,
            'durationFrames', duration_frames,
            'frameRate', json_object(
                'numerator', frame_rate_numerator,
                'denominator', frame_rate_denominator
            ),
            'width', width,
            'height', height,
            'videoCodec', video_codec,
            'audioCodec', audio_codec,
            'fileSize', file_size,
            'thumbnailPath', thumbnail_path,
            'createdAt', ?,
            'updatedAt', ?
        ))
        FROM videos
        WHERE position = ?",
        (created_at, updated_at, video.position),
    )
}

/// Keeps the sums of the request that made the newest change, and no other one.
fn add_request(connection: &Connection, now: i64, request_id: &str, fields: i64) -> Result<()> {
    let sequence = connection.last_insert_rowid();
    execute(
        connection,
        "INSERT INTO audit_requests (
            first_sequence, last_sequence, started_at, ended_at, inserted, updated, deleted,
            request_id, inserted_fields, updated_fields, deleted_fields
        )
        VALUES (?, ?, ?, ?, 0, 1, 0, ?, 0, ?, 0)",
        (sequence, sequence, now, now, request_id, fields),
    )
}

fn load(connection: &Connection, id: &[u8; 16]) -> Result<Video> {
    let sql = "SELECT position, path, filename, width, kind, duration_frames, file_size, version
        FROM videos WHERE id = ?";
    connection.prepare_cached(sql)?.query_row([id], |row| {
        Ok(Video {
            position: row.get(0)?,
            path: row.get(1)?,
            filename: row.get(2)?,
            width: row.get(3)?,
            kind: row.get(4)?,
            frames: row.get(5)?,
            file_size: row.get(6)?,
            version: row.get(7)?,
        })
    })
}

/// Stores the name that a video has now, which is not the last part of its path any more.
fn rename(connection: &Connection, video: &Video, now: i64) -> Result<()> {
    execute(
        connection,
        "UPDATE videos SET filename = ?, filename_key = ?, updated_at = ?, version = ?
        WHERE position = ?",
        (&video.filename, natural::key_of(&video.filename), now, video.version, video.position),
    )?;
    let sql = "INSERT OR REPLACE INTO video_search (rowid, words) VALUES (?, ?)";
    execute(connection, sql, (-video.position, index_text(video)))
}

/// The words of a video as the search index has them.
fn index_text(video: &Video) -> String {
    let VideoWords { filename, path } = VideoWords::of_names(&video.filename, &video.path);
    let words = path.tokens().map(|word| format!("p{word}"));
    let words = words.chain(["x".to_owned()]);
    let words = words.chain(filename.tokens().map(|word| format!("f{word}")));
    let compounds = path.compounds().map(|word| format!("x p{word}"));
    let compounds = compounds.chain(filename.compounds().map(|word| format!("x f{word}")));
    words.chain(compounds).collect::<Vec<_>>().join(" ")
}

/// Stores the width that a video has now.
fn resize(connection: &Connection, video: &Video, now: i64) -> Result<()> {
    let kind = move_to_kind(connection, video)?;
    execute(
        connection,
        "UPDATE videos SET width = ?, kind = ?, updated_at = ?, version = ? WHERE position = ?",
        (video.width, kind, now, video.version, video.position),
    )
}

/// Counts a video under the kind that goes with its new width, which is the answer.
fn move_to_kind(connection: &Connection, video: &Video) -> Result<i64> {
    let (frames, size) = (video.frames, video.file_size);
    let parts = (frames >> 32, frames & 0xFFFF_FFFF, size >> 32, size & 0xFFFF_FFFF);
    execute(
        connection,
        "UPDATE video_kinds SET videos = videos - 1,
            frames_high = frames_high - ?, frames_low = frames_low - ?,
            file_size_high = file_size_high - ?, file_size_low = file_size_low - ?
        WHERE kind = ?",
        (parts.0, parts.1, parts.2, parts.3, video.kind),
    )?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO video_kinds (
            video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
            videos, frames_high, frames_low, file_size_high, file_size_low
        )
        SELECT video_codec, audio_codec, ?, height, frame_rate_numerator, frame_rate_denominator,
            1, ?, ?, ?, ?
        FROM video_kinds
        WHERE kind = ?
        ON CONFLICT (
            video_codec, coalesce(audio_codec, ''), width, height, frame_rate_numerator,
            frame_rate_denominator
        ) DO UPDATE SET
            videos = videos + 1,
            frames_high = frames_high + excluded.frames_high,
            frames_low = frames_low + excluded.frames_low,
            file_size_high = file_size_high + excluded.file_size_high,
            file_size_low = file_size_low + excluded.file_size_low
        RETURNING kind",
    )?;
    let values = (video.width, parts.0, parts.1, parts.2, parts.3, video.kind);
    statement.query_row(values, |row| row.get(0))
}
