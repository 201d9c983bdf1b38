//! The stores that the suite runs against, each opened empty.

use std::sync::Arc;

use reelgraph::repository::VideoRepository;
use reelgraph::repository::memory::MemoryRepository;
use tempfile::TempDir;

/// A store, and what must last as long as it does.
pub struct Opened {
    pub store: Arc<dyn VideoRepository>,
    _directory: Option<TempDir>,
}

pub async fn memory() -> Opened {
    Opened { store: Arc::new(MemoryRepository::new()), _directory: None }
}
