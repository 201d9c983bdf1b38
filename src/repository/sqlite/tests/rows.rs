//! What the file has in its rows, which every later version has to read.

use rusqlite::Row;
use rusqlite::types::ValueRef;
use tempfile::TempDir;

use super::{Library, by, damage, id, path, video};
use crate::domain::{Dimension, VideoPatch};
use crate::repository::{ChangeContext, OnConflict, VideoRepository};

/// The rows of a table, their values as SQL writes them.
fn rows(directory: &TempDir, table: &str, order: &str) -> Vec<String> {
    let raw = damage::raw(directory);
    let mut rows = raw.prepare(&format!("SELECT * FROM {table} ORDER BY {order}")).unwrap();
    let columns = rows.column_count();
    let row = |row: &Row<'_>| {
        let values = (0..columns).map(|column| shown(row.get_ref(column).unwrap()));
        Ok(values.collect::<Vec<_>>().join(" "))
    };
    let rows = rows.query_map((), row).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => format!("'{}'", str::from_utf8(text).unwrap()),
        ValueRef::Blob(bytes) => {
            format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    }
}

#[tokio::test]
async fn rows_stay_as_libraries_have_them() {
    let Library { store, directory } = &Library::new().await;
    store.insert_many(vec![video(1), video(2)], OnConflict::Fail, by()).await.unwrap();
    let patch = VideoPatch {
        width: Some(Dimension::new(1280).unwrap()),
        audio_codec: Some(Some(path("aac"))),
        ..VideoPatch::default()
    };
    let ana = ChangeContext { actor: Some("ana".into()), request_id: None, ..by() };
    store.update(id(1), patch, None, ana).await.unwrap();
    store.delete(id(2), None, by()).await.unwrap();

    let all = |number| {
        format!(
            r#"{{"path":"/media/{number}.mkv","filename":"{number}.mkv","durationFrames":1000,"frameRate":{{"numerator":25,"denominator":1}},"width":1920,"height":1080,"videoCodec":"h264","fileSize":5000,"createdAt":"2023-11-14T22:13:20.000000Z","updatedAt":"2023-11-14T22:13:20.000000Z"}}"#
        )
    };
    let one = "x'01010101010101010101010101010101'";
    let two = "x'02020202020202020202020202020202'";
    let time = 1_700_000_000_000_000_i64;
    let (first, second) = (all(1), all(2));
    let old = r#"{"width":1920}"#;
    let new = r#"{"width":1280,"audioCodec":"aac"}"#;
    assert_eq!(
        rows(directory, "audit_log", "sequence"),
        [
            format!("1 {one} 1 'INSERT' {time} NULL '{first}' NULL 'request-1' 2"),
            format!("2 {two} 1 'INSERT' {time} NULL '{second}' NULL 'request-1' NULL"),
            format!("3 {one} 2 'UPDATE' {time} '{old}' '{new}' 'ana' NULL NULL"),
            format!("4 {two} 2 'DELETE' {time} '{second}' NULL NULL 'request-1' NULL"),
        ]
    );
    assert_eq!(
        rows(directory, "audit_requests", "first_sequence"),
        [
            format!("1 4 {time} {time} 2 0 1 'request-1' NULL 3455 0 3455"),
            format!("3 3 {time} {time} 0 1 0 NULL 'ana' 0 144 0"),
        ]
    );
}
