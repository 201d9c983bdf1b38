//! The tables are those that the program declares, and each says what it has.

use sqlx::Row;

use super::Library;
use crate::repository::postgres::columns::{
    EntryColumn, KindKey, KindSum, RequestColumn, VideoColumn,
};
use crate::repository::postgres::connection::rows;
use crate::repository::sql::{Columns, Sql};

/// Columns with their types.
type Declared = Vec<(String, String)>;

/// The columns that a table has, in the order of their names.
async fn columns_of(library: &Library, table: &str) -> Declared {
    let sql = Sql::new(
        "SELECT attname::text, format_type(atttypid, atttypmod)
        FROM pg_attribute
        WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped
        ORDER BY attname",
    );
    let sql = sql.bind(table.to_owned());
    let found = rows(&mut library.connection().await, &sql).await.unwrap();
    found.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Those of them that are columns, by their names.
fn columns(declared: &[&[(&str, &str)]]) -> Declared {
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let columns = declared.concat().into_iter().filter(|(name, _)| is_name(name));
    let full = |kind: &str| if kind == "int" { "integer".to_owned() } else { kind.to_owned() };
    let mut columns: Declared = columns.map(|(name, kind)| (name.to_owned(), full(kind))).collect();
    columns.sort_unstable();
    columns
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn the_columns_are_those_of_the_tables() {
    let library = Library::new().await;
    let number: &[(&str, &str)] = &[("kind", "bigint")];
    for (table, declared) in [
        ("videos", columns(&[VideoColumn::DECLARED])),
        ("audit_log", columns(&[EntryColumn::DECLARED])),
        ("audit_requests", columns(&[RequestColumn::DECLARED])),
        ("video_kinds", columns(&[KindKey::DECLARED, KindSum::DECLARED, number])),
    ] {
        assert_eq!(columns_of(&library, table).await, declared, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn what_is_computed_has_the_declared_type() {
    let library = Library::new().await;
    for (expression, kind) in VideoColumn::DECLARED {
        let sql = Sql::new(format!(
            "SELECT pg_typeof({expression}) = pg_typeof(NULL::{kind})
            FROM (SELECT videos.* FROM (VALUES (1)) AS one LEFT JOIN videos ON TRUE) AS videos"
        ));
        let found = rows(&mut library.connection().await, &sql).await.unwrap();
        assert!(found[0].get::<bool, _>(0), "{expression} is not {kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn each_table_and_each_column_has_a_comment() {
    let library = Library::new().await;
    let sql = Sql::new(
        "SELECT relname || coalesce('.' || attname, '')
        FROM pg_class
        LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
            AND (col_description(attrelid, attnum) IS NULL OR obj_description(pg_class.oid) IS NULL)
        ORDER BY 1",
    );
    let found = rows(&mut library.connection().await, &sql).await.unwrap();
    let without: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    assert_eq!(without, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn every_text_compares_byte_by_byte() {
    let library = Library::new().await;
    let sql = Sql::new(
        "SELECT relname || '.' || attname
        FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'i', 'I')
            AND attcollation NOT IN (0, '\"C\"'::regcollation)
        ORDER BY 1",
    );
    let found = rows(&mut library.connection().await, &sql).await.unwrap();
    let others: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    assert_eq!(others, [""; 0]);
}
