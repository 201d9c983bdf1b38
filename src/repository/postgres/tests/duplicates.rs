//! How PostgreSQL finds videos with equal fingerprints.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::Library;
use super::plans::{FEW, FILL, assert_few, number_behind, plan};
use crate::domain::file::Fingerprint;
use crate::domain::filter::{Comparison, IntegerField, IntegerTest};
use crate::domain::{DuplicatePlace, PageRequest, Quantity, VideoFilter};
use crate::repository::postgres::duplicates;
use crate::repository::sql::Sql;

/// Gives each video a fingerprint, which a few have in common.
const FINGERPRINTS: &str = "
    UPDATE videos SET fingerprint = 'x3p1:' || replace(id::text, '-', '');
    UPDATE videos SET fingerprint = 'x3p1:' || repeat('f', 32) WHERE file_size < 5000;";

fn is_large() -> VideoFilter {
    VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Is(Comparison::Gt, 1000))
}

/// Asserts that nothing but the index on fingerprints is read as a whole.
async fn assert_by_index(connection: &mut PgConnection, sql: &Sql, about: &str) {
    let steps = plan(connection, sql).await;
    let shown = || format!("{about}\n{}", steps.join("\n"));
    let by_index = "Index Only Scan using videos_fingerprint";
    assert_eq!(steps.iter().filter(|line| line.contains(by_index)).count(), 1, "{}", shown());
    let is_done = |line: &&String| !line.contains(by_index) && !line.contains("never executed");
    for line in steps.iter().filter(is_done) {
        let rows = number_behind(line, "actual rows=").unwrap_or(0);
        let loops = number_behind(line, "loops=").unwrap_or(1);
        assert!(rows * loops <= FEW, "{line}\n{}", shown());
        assert!(!line.contains("Seq Scan on videos"), "{}", shown());
        assert!(!line.contains("Seq Scan on files"), "{}", shown());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn only_videos_with_a_repeated_fingerprint_are_read() {
    let library = Library::new().await;
    library.run(FILL).await;
    library.run(FINGERPRINTS).await;
    library.run("VACUUM ANALYZE").await;
    let connection = &mut PgConnection::connect(&library.url).await.unwrap();
    let fingerprint = Fingerprint::from_hash(u128::MAX);
    let place = DuplicatePlace { redundant_bytes: Quantity::new(7).unwrap(), fingerprint };
    for filter in [VideoFilter::everything(), is_large()] {
        for page in [
            PageRequest::first(20),
            PageRequest::last(20),
            PageRequest::Forward { limit: 20, after: Some(place) },
        ] {
            let sql = duplicates::page_of_groups(&filter, &page);
            assert_by_index(connection, &sql, &format!("{filter:?} {page:?}")).await;
        }
        assert_by_index(connection, &duplicates::count(&filter), &format!("{filter:?}")).await;
        let others = (1..20).map(Fingerprint::from_hash);
        let wanted: Vec<Fingerprint> = others.chain([fingerprint]).collect();
        let sql = duplicates::with_fingerprints(&wanted, &filter, 20);
        assert_few(connection, &sql, FEW, &format!("{filter:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn many_repeated_fingerprints_are_not_looked_up_one_by_one() {
    let library = Library::new().await;
    library.run(FILL).await;
    library.run("UPDATE videos SET fingerprint = 'x3p1:' || md5((file_size / 2000)::text)").await;
    library.run("VACUUM ANALYZE").await;
    let connection = &mut PgConnection::connect(&library.url).await.unwrap();
    for filter in [VideoFilter::everything(), is_large()] {
        let page = duplicates::page_of_groups(&filter, &PageRequest::first(20));
        for sql in [page, duplicates::count(&filter)] {
            let steps = plan(connection, &sql).await;
            for line in steps.iter().filter(|line| line.contains("videos_fingerprint")) {
                let loops = number_behind(line, "loops=").unwrap_or(0);
                assert!(loops <= 1, "{line}\n{filter:?}\n{}", steps.join("\n"));
            }
        }
    }
}
