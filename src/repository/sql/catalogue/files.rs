//! The files that a library knows.

use super::changes::root_id;
use super::database::{Dialect, SqlConnection, all};
use super::row::{BoxError, Query, SqlRow, given, parsed, time};
use crate::domain::catalogue::{FileMark, FileNumber, FileRow, KnownFile, ProbedValues, RootId};
use crate::domain::file::Fingerprint;
use crate::domain::{Timestamp, VideoId};
use crate::repository::MAX_FAULTS;
use crate::repository::catalogue::FileCounts;
use crate::repository::file_change::FileChanges;
use crate::repository::sql::Sql;

/// Reads files, with what is asked of their roots and their videos.
const FILES: &str = "SELECT files.number, library_roots.id, files.path, files.video, files.size,
        files.modified, files.changed, files.device, files.inode, files.fingerprint, files.probed,
        files.is_unreachable, videos.missing_since
    FROM files
    JOIN library_roots ON library_roots.root = files.root
    LEFT JOIN videos ON videos.id = files.video
    WHERE ";

fn read(row: &dyn SqlRow) -> Result<FileRow, BoxError> {
    let number = FileNumber(given(row.integer(0)?)?);
    let file = KnownFile {
        root: RootId::from_bytes(given(row.uuid(1)?)?),
        path: given(row.bytes(2)?)?.to_vec(),
        video: row.uuid(3)?.map(VideoId::from_bytes),
        mark: read_mark(row, 4)?,
        fingerprint: parsed(row, 9)?,
        probed: ProbedValues::from_json(given(row.text(10)?)?)?,
        is_unreachable: row.flag(11)?,
    };
    Ok(FileRow { number, file, missing_since: time(row, 12)? })
}

/// Reads what the disk said about a file, from a column on.
pub(super) fn read_mark(row: &dyn SqlRow, first: usize) -> Result<FileMark, BoxError> {
    let number = |column| given(row.integer(first + column)?);
    Ok(FileMark {
        size: number(0)?.cast_unsigned(),
        modified: number(1)?,
        changed: number(2)?,
        device: number(3)?.cast_unsigned(),
        inode: number(4)?.cast_unsigned(),
    })
}

/// The same to be bound.
pub(super) fn mark_values(mark: &FileMark) -> [i64; 5] {
    let FileMark { size, modified, changed, device, inode } = *mark;
    [size.cast_signed(), modified, changed, device.cast_signed(), inode.cast_signed()]
}

/// The files at these paths below a root.
pub(super) fn at<'p>(
    dialect: Dialect,
    root: RootId,
    paths: impl Iterator<Item = &'p [u8]>,
) -> Query<FileRow> {
    let mut sql = Sql::new(FILES);
    sql.push("library_roots.id = ").push_bind(root_id(root)).push(" AND ");
    dialect.push_in_paths(&mut sql, "files.path", paths);
    Query { sql, read }
}

/// The files with one of these contents.
pub(super) fn like(dialect: Dialect, fingerprints: &[Fingerprint]) -> Query<FileRow> {
    let mut sql = Sql::new(FILES);
    let fingerprints = fingerprints.iter().map(Fingerprint::to_string).collect();
    dialect.push_in_texts(&mut sql, "files.fingerprint", fingerprints);
    Query { sql, read }
}

/// The files of a root, by number, after this one.
pub(super) fn after(root: RootId, after: Option<FileNumber>, limit: usize) -> Query<FileRow> {
    let mut sql = Sql::new(FILES);
    sql.push("library_roots.id = ").push_bind(root_id(root));
    if let Some(FileNumber(number)) = after {
        sql.push(" AND files.number > ").push_bind(number);
    }
    sql.push(" ORDER BY files.number LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    Query { sql, read }
}

/// The files of these videos.
pub(super) fn of(dialect: Dialect, ids: &[VideoId]) -> Query<FileRow> {
    let mut sql = Sql::new(FILES);
    dialect.push_in_ids(&mut sql, "files.video", ids.to_vec());
    Query { sql, read }
}

fn numbered(dialect: Dialect, numbers: Vec<i64>) -> Query<FileRow> {
    let mut sql = Sql::new(FILES);
    dialect.push_in_numbers(&mut sql, "files.number", numbers);
    Query { sql, read }
}

/// How many videos a root has. SQLite joins tables in this order, so that it begins with the few that are missing.
pub(super) fn counts(root: RootId) -> Query<FileCounts> {
    let sql = Sql::new(
        "SELECT
            (SELECT count(*) FROM files WHERE root = library_roots.root)
                - (SELECT count(*) FROM files WHERE root = library_roots.root AND video IS NULL),
            (SELECT count(*)
                FROM videos
                CROSS JOIN files
                WHERE videos.missing_since IS NOT NULL
                    AND files.video = videos.id
                    AND files.root = library_roots.root)
        FROM library_roots
        WHERE id = ?",
    );
    let read = |row: &dyn SqlRow| {
        let count = |column| Ok::<_, BoxError>(u64::try_from(given(row.integer(column)?)?)?);
        Ok(FileCounts { videos: count(0)?, missing: count(1)? })
    };
    Query { sql: sql.bind(root_id(root)), read }
}

/// The videos of a root that have been missing since before this moment. SQLite joins tables in this order.
pub(super) fn missing(root: RootId, since_before: Timestamp, limit: usize) -> Query<VideoId> {
    let mut sql = Sql::new(
        "SELECT videos.id
        FROM videos
        CROSS JOIN files
        CROSS JOIN library_roots
        WHERE files.video = videos.id
            AND library_roots.root = files.root
            AND videos.missing_since < ",
    );
    sql.push_bind(since_before.as_micros()).push(" AND library_roots.id = ");
    sql.push_bind(root_id(root)).push(" ORDER BY videos.missing_since, videos.id LIMIT ");
    sql.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    Query { sql, read: |row| Ok(VideoId::from_bytes(given(row.uuid(0)?)?)) }
}

/// The files that these writes are about. Some may be there twice.
pub(in crate::repository) async fn load_found(
    connection: &mut (impl SqlConnection + ?Sized),
    writes: impl Iterator<Item = &FileChanges>,
) -> Result<Vec<FileRow>, BoxError> {
    let dialect = connection.dialect();
    let mut rows = Vec::new();
    for found in writes {
        let numbers: Vec<i64> = found.numbers().map(|FileNumber(number)| number).collect();
        if !numbers.is_empty() {
            rows.extend(all(connection, numbered(dialect, numbers)).await?);
        }
        let mut paths = found.new_paths().peekable();
        if paths.peek().is_some() {
            rows.extend(all(connection, at(dialect, found.root, paths)).await?);
        }
    }
    Ok(rows)
}

/// The faults of files that are in no root, or whose video is not there or has another path: a sentence each.
pub(in crate::repository) fn faults(dialect: Dialect) -> Query<String> {
    let is_there = match dialect {
        Dialect::Sqlite => {
            "CAST(videos.path AS BLOB) = CAST(roots.beginning || CAST(files.path AS TEXT) AS BLOB)"
        }
        Dialect::Postgres => {
            "convert_to(videos.path, 'UTF8') = convert_to(roots.beginning, 'UTF8') || files.path"
        }
    };
    let sql = Sql::new(format!(
        "SELECT files.number, files.video, videos.id, roots.root
        FROM files
        LEFT JOIN (
            SELECT root, CASE path_prefix WHEN '/' THEN '/' ELSE path_prefix || '/' END AS beginning
            FROM library_roots
        ) AS roots ON roots.root = files.root
        LEFT JOIN videos ON videos.id = files.video
        WHERE roots.root IS NULL
            OR (files.video IS NOT NULL AND (videos.id IS NULL OR NOT ({is_there})))
        ORDER BY files.number
        LIMIT {MAX_FAULTS}"
    ));
    Query { sql, read: read_fault }
}

fn read_fault(row: &dyn SqlRow) -> Result<String, BoxError> {
    let number = given(row.integer(0)?)?;
    let Some(video) = row.uuid(1)?.map(VideoId::from_bytes) else {
        return Ok(format!("file {number}: its library root is not there"));
    };
    Ok(match (row.integer(3)?, row.uuid(2)?) {
        (None, _) => format!("file {number}: its library root is not there"),
        (_, None) => format!("file {number}: its video {video} is not there"),
        _ => format!("file {number}: its video {video} has another path"),
    })
}
