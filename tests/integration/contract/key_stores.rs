//! The stores of keys that the suite runs against, each opened empty.

use reelgraph::repository::KeyStore;
use reelgraph::repository::memory::MemoryKeys;
use reelgraph::repository::postgres::PostgresKeys;
use reelgraph::repository::sqlite::SqliteKeys;
use tempfile::TempDir;

use crate::support::postgres::{empty_library, unhurried};

/// The keys of a library, and what must last as long as they do.
pub struct Opened {
    pub keys: Box<dyn KeyStore>,
    /// The same keys, opened again.
    pub elsewhere: Box<dyn KeyStore>,
    _directory: Option<TempDir>,
}

pub async fn memory() -> Opened {
    let keys = MemoryKeys::new();
    Opened { keys: Box::new(keys.clone()), elsewhere: Box::new(keys), _directory: None }
}

pub async fn sqlite() -> Opened {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    Opened {
        keys: Box::new(SqliteKeys::open_beside_work(&file).await.unwrap()),
        elsewhere: Box::new(SqliteKeys::open(&file).await.unwrap()),
        _directory: Some(directory),
    }
}

pub async fn postgres() -> Opened {
    let url = empty_library().await;
    let settings = unhurried();
    Opened {
        keys: Box::new(PostgresKeys::open(&url, &settings).await.unwrap()),
        elsewhere: Box::new(PostgresKeys::open_existing(&url, &settings).await.unwrap()),
        _directory: None,
    }
}
