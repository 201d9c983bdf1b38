//! The kinds of videos, and statistics that are read from them or not.

use sqlx::Row;

use super::Library;
use crate::repository::postgres::connection::rows;
use crate::repository::sql::Sql;
use crate::repository::sql::promises::statistics;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn statistics_are_those_of_the_definition_after_every_change() {
    let library = Library::new().await;
    statistics::assert_kept(&library.store, &statistics::filters()).await;
    // A kind goes with its last video.
    let count = Sql::new("SELECT count(*) FROM video_kinds");
    let found = rows(&mut library.connection().await, &count).await.unwrap();
    assert_eq!(found[0].get::<i64, _>(0), 0);
}
