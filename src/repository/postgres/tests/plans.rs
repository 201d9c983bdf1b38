//! How many rows PostgreSQL reads for the statements of the store, whatever the size of the library.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use tokio::sync::OnceCell;

use super::Library;
use crate::domain::filter::{
    Comparison, IdTest, IntegerField, IntegerTest, RealField, TextField, TextTest,
};
use crate::domain::stats::TimeField;
use crate::domain::{
    AuditEntryId, AuditFilter, Direction, OrderField, OrderKey, PageRequest, SearchQuery,
    VideoFilter, VideoId, VideoOrder,
};
use crate::repository::postgres::connection::rows;
use crate::repository::postgres::rows::read_video;
use crate::repository::postgres::{
    breakdowns, entries, found, matching, past, request_pages, statistics, videos,
};
use crate::repository::sql::Sql;
use crate::repository::sql::catalogue::{Dialect, look_ups};

/// What a statement for 50 rows may read at most of a table: batches of sorts among rows of one key, and
/// rows that only show that there are some, come in addition.
pub(super) const FEW: u64 = 150;

/// The tables that are large.
const WHOLE: [&str; 4] = ["videos", "audit", "files", "scans"];

/// The URL of a library with 20,000 videos of 12 kinds, each changed once. No test writes to it.
static LIBRARY: OnceCell<String> = OnceCell::const_new();

async fn connection() -> PgConnection {
    let fill = || async {
        let library = Library::new().await;
        library.run(FILL).await;
        library.run("VACUUM ANALYZE").await;
        library.url
    };
    PgConnection::connect(LIBRARY.get_or_init(fill).await).await.unwrap()
}

/// Makes a library of 20,000 videos and their files out of an empty one.
pub(super) const FILL: &str = "
    INSERT INTO videos (
        id, path, filename, filename_key, duration_frames, frame_rate_numerator,
        frame_rate_denominator, width, height, video_codec, audio_codec, file_size, created_at,
        updated_at, version
    )
    SELECT
        lpad(to_hex(n), 32, '0')::uuid, '/media/' || n % 200 || '/' || md5('path' || n), md5('name' || n),
        md5('name' || n), n % 7919 * 25, (ARRAY[24, 25, 30])[1 + n % 3], 1,
        (ARRAY[1920, 1280, 3840, 640])[1 + n % 4], (ARRAY[1080, 720, 2160, 480])[1 + n % 4],
        (ARRAY['h264', 'hevc', 'av1'])[1 + n % 3], (ARRAY['aac', 'ac3', NULL])[1 + n % 3],
        n % 7907 * 1000, n * 1000000::bigint, n * 1000000::bigint, 2
    FROM generate_series(1, 20000) AS n;
    UPDATE videos SET path = repeat('/long', 800) || id WHERE file_size = 7000;
    INSERT INTO audit_log (
        sequence, entity_id, version, operation, timestamp, old_values, new_values, actor, request_id
    )
    SELECT
        n, lpad(to_hex((n + 1) / 2), 32, '0')::uuid, 2 - n % 2, (ARRAY['UPDATE', 'INSERT'])[1 + n % 2], n,
        CASE n % 2 WHEN 0 THEN '{}' END, '{}', 'ana', 'request-' || (n + 1) / 2
    FROM generate_series(1, 40000) AS n;
    INSERT INTO audit_requests
    SELECT 2 * n - 1, 2 * n, 2 * n - 1, 2 * n, 1, 1, 0, 'request-' || n, 'ana', 1, 1, 0
    FROM generate_series(1, 20000) AS n;
    INSERT INTO video_kinds (
        video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
        videos, frames, file_size
    )
    SELECT
        video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
        count(*), sum(duration_frames), sum(file_size)
    FROM videos
    GROUP BY 1, 2, 3, 4, 5, 6;
    INSERT INTO library_roots (id, name, directory, path_prefix)
    VALUES ('01010101-0101-0101-0101-010101010101', 'films', '/mnt', '/media');
    INSERT INTO files (
        root, path, video, size, modified, changed, device, inode, fingerprint, probed, is_unreachable
    )
    SELECT
        1, convert_to(n || '.mkv', 'UTF8'), lpad(to_hex(n), 32, '0')::uuid, n, n, n, 1, n,
        'x3p1:' || lpad(to_hex(n), 32, '0'), '{}', FALSE
    FROM generate_series(1, 20000) AS n;
    INSERT INTO scans (id, root, paths, rescan, state, counts, is_cancelled, created_at)
    SELECT gen_random_uuid(), 1, '[]', FALSE, 'SUCCEEDED', '{}', FALSE, n * 1000000::bigint
    FROM generate_series(1, 20000) AS n;";

/// The ID of a video of the library.
fn id(number: u128) -> VideoId {
    VideoId::from_bytes(number.to_be_bytes())
}

/// The plan of a statement, which it was carried out by.
pub(super) async fn plan(connection: &mut PgConnection, sql: &Sql) -> Vec<String> {
    let mut explain = Sql::new("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ");
    explain.push(sql.text());
    let explain = sql.values().iter().cloned().fold(explain, Sql::bind);
    let found = rows(connection, &explain).await.unwrap();
    found.iter().map(|row| row.get(0)).collect()
}

/// The numbers behind a label in a line of a plan.
pub(super) fn number_behind(line: &str, label: &str) -> Option<u64> {
    let (_, behind) = line.split_once(label)?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The most rows that a step of a plan has read or passed over.
fn most_rows(plan: &[String]) -> u64 {
    let mut most = 0;
    let mut loops = 1;
    for line in plan {
        if let Some(rows) = number_behind(line, "actual rows=") {
            loops = number_behind(line, "loops=").unwrap_or(1);
            most = most.max(rows * loops);
        }
        if line.contains("Rows Removed by") {
            let (label, _) = line.split_once(": ").unwrap();
            most = most.max(number_behind(line, &format!("{label}: ")).unwrap_or(0) * loops);
        }
    }
    most
}

/// Asserts that a statement reads few rows, and none by reading a whole table.
pub(super) async fn assert_few(connection: &mut PgConnection, sql: &Sql, few: u64, about: &str) {
    let steps = plan(connection, sql).await;
    let shown = || format!("{about}\n{}\n{}", sql.numbered(), steps.join("\n"));
    assert!(most_rows(&steps) <= few, "{}", shown());
    let is_whole =
        |line: &String| WHOLE.iter().any(|table| line.contains(&format!("Seq Scan on {table}")));
    assert!(!steps.iter().any(is_whole), "{}", shown());
}

/// The pages at both ends of an order, and on both sides of a place.
fn pages<P: Clone>(place: &P) -> [PageRequest<P>; 4] {
    [
        PageRequest::first(50),
        PageRequest::last(50),
        PageRequest::Forward { limit: 50, after: Some(place.clone()) },
        PageRequest::Backward { limit: 50, before: Some(place.clone()) },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_page_in_any_order_reads_few_videos() {
    let connection = &mut connection().await;
    let found = rows(connection, &videos::with_ids(&[id(10_000)])).await.unwrap();
    let middle = read_video(&found[0], 0).unwrap();
    let by = |field, direction| OrderKey { field, direction };
    let mut orders: Vec<VideoOrder> = Vec::new();
    for field in OrderField::ALL {
        orders.extend(
            [Direction::Asc, Direction::Desc].map(|it| VideoOrder::by(vec![by(field, it)])),
        );
    }
    let both_ways =
        [by(OrderField::FileSize, Direction::Asc), by(OrderField::Path, Direction::Desc)];
    orders.push(VideoOrder::by(both_ways.to_vec()));
    orders.push(VideoOrder::by(both_ways.into_iter().rev().collect()));
    for order in orders {
        for page in pages(&order.place_of(&middle)) {
            let sql = videos::page_of_videos(&VideoFilter::everything(), &order, &page);
            assert_few(connection, &sql, FEW, &format!("{order:?} {page:?}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_search_that_is_a_whole_name_looks_the_name_up() {
    let connection = &mut connection().await;
    for name in ["a.mkv".to_owned(), "x".repeat(200), "/media/7/a.mkv".to_owned()] {
        let sql = found::count_of(&SearchQuery::parse(&name).unwrap());
        // PostgreSQL may choose another plan for a statement that it has planned five times.
        for _ in 0..7 {
            assert_few(connection, &sql, FEW, &name).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_filter_that_an_index_can_follow_is_followed() {
    let connection = &mut connection().await;
    let text = VideoFilter::Text;
    let long = "x".repeat(3000);
    for filter in [
        VideoFilter::Id(IdTest::In((1..=50).map(id).collect())),
        VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Eq(7000)),
        VideoFilter::Real(RealField::DurationSeconds, Comparison::Lt, 1.0),
        text(TextField::Path, TextTest::Eq("/media/7/x".into())),
        text(TextField::Path, TextTest::Eq(long.clone())),
        text(TextField::Path, TextTest::In(vec!["/media/7/x".into(), long])),
        text(TextField::Path, TextTest::StartsWith("/media/17/".into())),
        text(TextField::Filename, TextTest::Eq("a".into())),
        text(TextField::Filename, TextTest::StartsWith("abc".into())),
        text(TextField::VideoCodec, TextTest::Eq("vp9".into())),
        text(TextField::AudioCodec, TextTest::Eq("opus".into())),
        text(TextField::VideoCodec, TextTest::Eq("av1".into())),
    ] {
        let order = VideoOrder::default();
        let sql = videos::page_of_videos(&filter, &order, &PageRequest::first(50));
        assert_few(connection, &sql, FEW, &format!("{filter:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_history_and_a_past_state_are_found_by_id() {
    let connection = &mut connection().await;
    let ids: Vec<VideoId> = (1..=20).map(|number| id(number * 100)).collect();
    for page in pages(&1) {
        let sql = entries::histories(&ids, &page);
        assert_few(connection, &sql, FEW, &format!("{page:?}")).await;
    }
    assert_few(connection, &entries::counts_of_histories(&ids), FEW, "counts").await;
    let entry = |entity_id| AuditEntryId { entity_id, version: 2 };
    let entry_ids: Vec<AuditEntryId> = ids.into_iter().map(entry).collect();
    assert_few(connection, &entries::with_ids(&entry_ids), FEW, "entries").await;
    assert_few(connection, &past::needed_for(&entry_ids), FEW, "past states").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn the_log_is_walked_by_sequence_and_searched_by_request_and_video() {
    let connection = &mut connection().await;
    let of_request = AuditFilter { request_id: Some("request-7".into()), ..AuditFilter::default() };
    let of_video = AuditFilter { entity_id: Some(id(7)), ..AuditFilter::default() };
    for filter in [AuditFilter::default(), of_request, of_video] {
        for page in pages(&20_000) {
            let about = format!("{filter:?} {page:?}");
            assert_few(connection, &entries::page_of_log(&filter, &page), FEW, &about).await;
            let requests = request_pages::page_of_requests(&filter, &page);
            assert_few(connection, &requests, FEW, &about).await;
        }
        let stretch = entries::stretch_of_log(20_000, &filter, 50);
        assert_few(connection, &stretch, FEW, &format!("{filter:?}")).await;
    }
    assert_few(connection, &Sql::new(entries::END_OF_LOG), 1, "the end").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn statistics_read_kinds_and_ends_of_indexes() {
    let connection = &mut connection().await;
    let everything = VideoFilter::everything();
    let wide = VideoFilter::Integer(IntegerField::Width, IntegerTest::Is(Comparison::Gt, 700));
    for filter in [&everything, &wide] {
        assert_few(connection, &statistics::kinds_of(filter), 12, "sums").await;
        assert_few(connection, &matching::count_matching(filter), 12, "a count").await;
    }
    assert_few(connection, &breakdowns::extremes_of(&everything), 1, "extremes").await;
    for (field, index) in
        [(TimeField::CreatedAt, "videos_created_at"), (TimeField::UpdatedAt, "videos_updated_at")]
    {
        let times = breakdowns::times(&everything, field).numbered();
        let sql = Sql::new(format!("EXPLAIN (COSTS OFF) DECLARE newest CURSOR FOR {times}"));
        let found = rows(connection, &sql).await.unwrap();
        let steps: Vec<String> = found.iter().map(|row| row.get(0)).collect();
        assert_eq!(steps, [format!("Index Scan Backward using {index} on videos")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn files_and_scans_are_found_by_their_indexes() {
    let mut connection = connection().await;
    for (what, sql) in look_ups(Dialect::Postgres) {
        assert_few(&mut connection, &sql, FEW, what).await;
    }
}
