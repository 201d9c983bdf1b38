//! Promises of this store only: its tables, its plans, and what its check finds.

mod catalogue;
mod columns;
mod cursors;
mod damage;
mod duplicates;
mod kinds;
mod plans;
mod requests;

/// The server of the tests of the whole program.
#[expect(dead_code, reason = "the tests of the whole need more of it")]
#[path = "../../../tests/integration/support/postgres.rs"]
mod server;

/// What the server's file needs of its neighbours.
mod process {
    pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
}

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::{PostgresRepository, PostgresSettings};
use crate::domain::{NewVideo, Text, samples};
use crate::repository::sql::promises::{by, id};

/// A separate library for one test.
struct Library {
    url: String,
    store: PostgresRepository,
}

impl Library {
    async fn new() -> Self {
        let url = server::empty_library().await;
        let settings =
            PostgresSettings { read_limit: process::PATIENCE, ..PostgresSettings::default() };
        let store = PostgresRepository::open(&url, settings).await.unwrap();
        Self { url, store }
    }

    /// A connection that does to the library whatever a test likes.
    async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Does something to the library.
    async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut self.connection().await).await.unwrap();
    }
}

fn video(number: u8) -> NewVideo {
    samples::new_video(number, &format!("/media/{number}.mkv"))
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}
