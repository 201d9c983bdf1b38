//! The stores that the suite runs against, each opened empty.

use std::sync::Arc;

use reelgraph::repository::VideoRepository;
use reelgraph::repository::memory::MemoryRepository;
use reelgraph::repository::postgres::PostgresRepository;
use reelgraph::repository::sqlite::{SqliteRepository, SqliteSettings};
use tempfile::TempDir;

use crate::support::binary::PATIENCE;
use crate::support::postgres::{empty_english_library, empty_library, unhurried};

/// A store, and what must last as long as it does.
pub struct Opened {
    pub store: Arc<dyn VideoRepository>,
    _directory: Option<TempDir>,
}

pub async fn memory() -> Opened {
    Opened { store: Arc::new(MemoryRepository::new()), _directory: None }
}

pub async fn sqlite() -> Opened {
    let directory = tempfile::tempdir().unwrap();
    // The suite is about what is answered: how soon depends on what else the machine does.
    let settings = SqliteSettings { read_limit: PATIENCE, ..SqliteSettings::default() };
    let file = directory.path().join("library.db");
    let store = SqliteRepository::open_with(&file, settings).await.unwrap();
    Opened { store: Arc::new(store), _directory: Some(directory) }
}

pub async fn postgres() -> Opened {
    postgres_at(empty_library().await).await
}

/// PostgreSQL in a database that compares text as English dictionaries do.
pub async fn english() -> Opened {
    postgres_at(empty_english_library().await).await
}

async fn postgres_at(url: String) -> Opened {
    let store = PostgresRepository::open(&url, unhurried()).await.unwrap();
    Opened { store: Arc::new(store), _directory: None }
}
