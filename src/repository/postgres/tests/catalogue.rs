//! The catalogue in tables: what a check finds.

use super::Library;
use crate::repository::VideoRepository;
use crate::repository::sql::promises::catalogue::{fill, named};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_file_without_its_video_is_found() {
    for (sql, faults) in [
        ("UPDATE files SET path = '1' WHERE number = 1", vec![named(1, 1, "has another path")]),
        (
            "UPDATE files SET video = '00000000-0000-0000-0000-000000000000' WHERE number = 2",
            vec![named(2, 0, "is not there")],
        ),
        (
            "UPDATE library_roots SET path_prefix = '/'",
            (1..=3).map(|number| named(number, number, "has another path")).collect(),
        ),
        (
            "ALTER TABLE files DROP CONSTRAINT files_root_fkey;
            UPDATE files SET root = 9, video = NULL WHERE number = 3",
            vec!["file 3: its library root is not there".to_owned()],
        ),
        ("UPDATE files SET video = NULL", vec![]),
    ] {
        let library = Library::new().await;
        fill(&library.store).await;
        library.run(sql).await;
        assert_eq!(library.store.check().await.unwrap(), faults, "{sql}");
    }
}
