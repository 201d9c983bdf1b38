//! Cursors, by which `check` needs as much memory for a large library as for a small one.

use super::Library;
use crate::repository::postgres::cursor::Cursor;
use crate::repository::sql::Sql;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn only_some_rows_are_in_memory_at_a_time() {
    let library = Library::new().await;
    let snapshot = library.store.source.unhurried_snapshot().await.unwrap();
    let sql = Sql::new("SELECT FROM generate_series(1, ?)").bind(4500_i64);
    let cursor = Cursor::open(&snapshot, "count", "numbers", &sql).await.unwrap();
    let mut counts = Vec::new();
    while counts.last() != Some(&0) {
        counts.push(cursor.next().await.unwrap().len());
    }
    assert_eq!(counts, [2000, 2000, 500, 0]);
}
