//! Libraries in PostgreSQL, and the processes of its servers.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use reelgraph::repository::postgres::{PostgresRepository, PostgresSettings};
use sqlx::{Connection, PgConnection};

use super::machine::{Family, Process};
use super::support::Library;

/// How long a read may take: as long as it takes.
const READ_LIMIT: Duration = Duration::from_secs(600);

/// The URL of the database for a library of as many videos: `REELGRAPH_BENCH_DATABASE_URL`, in which
/// `{videos}` stands for their number. None if SQLite is to be measured.
pub fn url(videos: usize) -> Option<String> {
    let url = env::var("REELGRAPH_BENCH_DATABASE_URL").ok()?;
    Some(url.replace("{videos}", &videos.to_string()))
}

/// The library of as many videos in the database at this URL, which has them or is empty.
pub async fn library(url: &str, videos: usize) -> Library {
    let settings = PostgresSettings { read_limit: READ_LIMIT, ..PostgresSettings::default() };
    let repository = PostgresRepository::open(url, settings).await.expect("an empty database");
    let library = Library::of(Arc::new(repository), videos).await;
    settle(url).await;
    library
}

/// Does what the database does by itself some time after a library was filled.
pub async fn settle(url: &str) {
    let mut connection = connect(url).await;
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(&mut connection).await.expect("its owner asks");
    // Only a superuser may; for anybody else, the database makes it while requests are measured.
    let _ = sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await;
}

/// The size of the database at this URL.
pub async fn megabytes(url: &str) -> i64 {
    let sql = "SELECT pg_database_size(current_database()) / 1000000";
    let size = sqlx::query_scalar(sql).fetch_one(&mut connect(url).await).await;
    size.expect("a database has a size")
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("the database can be reached")
}

/// The processes of the server of the database at this URL. None if it is not on this machine.
pub async fn server(url: &str) -> Option<Family> {
    // Its process ends with the connection.
    let mut connection = connect(url).await;
    let id = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await;
    let id: i32 = id.expect("a connection has a process");
    let process = Process::of(id.try_into().ok()?)?;
    drop(connection);
    (process.name == "postgres").then_some(Family { parent: process.parent })
}
