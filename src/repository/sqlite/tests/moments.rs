//! The moments that snapshots see.

use super::{Library, by, video};
use crate::repository::sql::Sql;
use crate::repository::sqlite::reader::Reader;
use crate::repository::{RepositoryError, SnapshotReads, VideoRepository};

#[tokio::test]
async fn a_snapshot_that_lost_its_moment_shows_no_other() {
    let Library { store, .. } = &Library::new().await;
    let count = |reader: &Reader| reader.number(&Sql::new("SELECT count(*) FROM videos"));
    let snapshot = store.readers.snapshot(SnapshotReads::All).await.unwrap();
    assert_eq!(snapshot.read("count", count).await.unwrap(), 0);

    store.insert(video(1), by()).await.unwrap();
    assert_eq!(snapshot.read("count", count).await.unwrap(), 0);
    snapshot.read("lose the moment", Reader::let_go).await.unwrap();
    for _ in 0..2 {
        let outcome = snapshot.read("count", count).await;
        assert!(matches!(outcome, Err(RepositoryError::Store { .. })), "{outcome:?}");
    }
    drop(snapshot);
    assert_eq!(store.readers.read("count", count).await.unwrap(), 1);
}
