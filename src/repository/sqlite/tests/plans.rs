//! SQLite's plans for the statements of pages.

use std::collections::BTreeSet;

use super::{Library, by, id, video};
use crate::domain::filter::{IdTest, IntegerField, IntegerTest, TextField, TextTest};
use crate::domain::search::Tier;
use crate::domain::{
    AuditFilter, Direction, NaturalName, OrderField, OrderKey, PageRequest, SearchPosition,
    SearchQuery, SortPosition, SortValue, Timestamp, VideoFilter, VideoId, VideoOrder,
};
use crate::repository::sql::{Sql, Value, Walk, keys_of};
use crate::repository::sqlite::columns::VideoColumn;
use crate::repository::sqlite::found_positions::Exact;
use crate::repository::sqlite::reader::Reader;
use crate::repository::sqlite::{batch, entries, exact, few_hits, keyset, numbering, search};
use crate::repository::{OnConflict, VideoReader, VideoRepository};

/// The steps of a statement's plan, without those that only put others together.
pub(super) async fn plan(library: &Library, sql: Sql) -> Vec<String> {
    let mut explain = Sql::new("EXPLAIN QUERY PLAN ");
    explain.push(sql.text());
    let explain = sql.values().iter().cloned().fold(explain, Sql::bind);
    let details = move |reader: &Reader| reader.all(&explain, |row| Ok(row.get("detail")?));
    let details: Vec<String> = library.store.readers.read("explain", details).await.unwrap();
    let is_frame = |detail: &String| {
        ["CO-ROUTINE", "COMPOUND QUERY", "LEFT-MOST SUBQUERY", "UNION ALL", "SCAN (subquery-"]
            .iter()
            .any(|frame| detail.starts_with(frame))
    };
    details.into_iter().filter(|detail| !is_frame(detail)).collect()
}

/// The steps of several statements, one after the other.
async fn plan_of_all(library: &Library, statements: Vec<Sql>) -> Vec<String> {
    let mut steps = Vec::new();
    for sql in statements {
        steps.extend(plan(library, sql).await);
    }
    steps
}

/// The index that each order walks but the one by time of addition, and how it finds a place in it.
const INDEXES: [(OrderField, &str, &str); 10] = [
    (OrderField::UpdatedAt, "videos_updated_at", "(updated_at,id)~(?,?)"),
    (OrderField::Filename, "videos_filename", "(filename,id)~(?,?)"),
    (OrderField::Path, "sqlite_autoindex_videos_2", "path~?"),
    (OrderField::Duration, "videos_duration_seconds", "(duration_seconds,id)~(?,?)"),
    (OrderField::FileSize, "videos_file_size", "(file_size,id)~(?,?)"),
    (OrderField::FilenameNatural, "videos_filename_key", "(filename_key,filename,id)~(?,?,?)"),
    (OrderField::VideoCodec, "videos_video_codec", "(video_codec,id)~(?,?)"),
    (OrderField::AudioCodec, "videos_audio_codec", "(audio_codec_key,id)~(?,?)"),
    (OrderField::Resolution, "videos_resolution", "(pixels,width,id)~(?,?,?)"),
    (OrderField::FrameRate, "videos_frame_rate", "(frames_per_second,id)~(?,?)"),
];

fn some_value(field: OrderField) -> SortValue {
    match field {
        OrderField::CreatedAt | OrderField::UpdatedAt | OrderField::FileSize => {
            SortValue::Integer(1)
        }
        OrderField::Filename
        | OrderField::Path
        | OrderField::VideoCodec
        | OrderField::AudioCodec => SortValue::Text("a".into()),
        OrderField::Duration | OrderField::FrameRate => SortValue::Real(1.5),
        OrderField::Resolution => SortValue::Resolution { pixels: 6, width: 3 },
        OrderField::FilenameNatural => SortValue::Natural(NaturalName::of("a")),
    }
}

#[tokio::test]
async fn a_page_in_an_order_by_one_key_walks_its_index() {
    let library = Library::new().await;
    for (field, index, place_in_it) in INDEXES {
        for direction in [Direction::Asc, Direction::Desc] {
            let order = VideoOrder::by(vec![OrderKey { field, direction }]);
            let plan = async |page: PageRequest<SortPosition>| {
                let everything = VideoFilter::everything();
                plan_of_all(&library, keyset::page_of_videos(&everything, &order, &page)).await
            };
            let whole = [format!("SCAN videos USING INDEX {index}")];
            assert_eq!(plan(PageRequest::first(50)).await, whole, "{field:?} {direction:?}");
            assert_eq!(plan(PageRequest::last(50)).await, whole, "{field:?} {direction:?}");

            let place = SortPosition { keys: vec![some_value(field)], id: id(1) };
            for page in [
                PageRequest::Forward { limit: 50, after: Some(place.clone()) },
                PageRequest::Backward { limit: 50, before: Some(place) },
            ] {
                let search = |is| {
                    let place = place_in_it.replace('~', is);
                    format!("SEARCH videos USING INDEX {index} ({place})")
                };
                // What only shows that there is a row needs no more than the index.
                let steps = plan(page).await.into_iter().map(|step| step.replace("COVERING ", ""));
                let steps: BTreeSet<String> = steps.collect();
                assert_eq!(steps, [search("<"), search(">")].into(), "{field:?} {direction:?}");
            }
        }
    }
}

#[tokio::test]
async fn rows_are_numbered_along_an_index() {
    let library = Library::new().await;
    let of_time = (OrderField::CreatedAt, "videos_created_at", "(created_at,id)~(?,?)");
    for (field, index, place_in_it) in INDEXES.into_iter().chain([of_time]) {
        let order = VideoOrder::by(vec![OrderKey { field, direction: Direction::Desc }]);
        let place = SortPosition { keys: vec![some_value(field)], id: id(1) };
        let place_in_it = place_in_it.replace('~', "<");
        for (place, step) in [
            (None, format!("SCAN videos USING INDEX {index}")),
            (Some(&place), format!("SEARCH videos USING INDEX {index} ({place_in_it})")),
        ] {
            let keys = keys_of(&order);
            let walk = keyset::Walk { near_side: false, keys, place, limit: 1, offset: 9 };
            let steps = plan(&library, numbering::positions(&walk)).await;
            let steps: Vec<String> =
                steps.iter().map(|step| step.replace("COVERING ", "")).collect();
            assert_eq!(steps, [step], "{field:?}");
        }
    }
}

#[tokio::test]
async fn a_page_of_the_newest_or_oldest_walks_the_table() {
    let library = Library::new().await;
    for direction in [Direction::Asc, Direction::Desc] {
        let order = VideoOrder::by(vec![OrderKey { field: OrderField::CreatedAt, direction }]);
        let plan = async |page: PageRequest<SortPosition>| {
            let everything = VideoFilter::everything();
            plan_of_all(&library, keyset::page_of_videos(&everything, &order, &page)).await
        };
        assert_eq!(plan(PageRequest::first(50)).await, ["SCAN videos"], "{direction:?}");
        assert_eq!(plan(PageRequest::last(50)).await, ["SCAN videos"], "{direction:?}");

        let place = SortPosition { keys: vec![some_value(OrderField::CreatedAt)], id: id(1) };
        for page in [
            PageRequest::Forward { limit: 50, after: Some(place.clone()) },
            PageRequest::Backward { limit: 50, before: Some(place) },
        ] {
            let steps = plan(page).await;
            let walks = |is| format!("SEARCH videos USING INTEGER PRIMARY KEY (rowid{is}?)");
            let finds = |is| {
                let index = "SEARCH videos USING COVERING INDEX videos_created_at";
                format!("{index} ((created_at,id){is}(?,?))")
            };
            assert!(["<", ">"].iter().all(|is| steps.contains(&walks(is))), "{steps:#?}");
            assert!(["<", ">"].iter().all(|is| steps.contains(&finds(is))), "{steps:#?}");
        }
    }
}

#[tokio::test]
async fn a_filter_is_tried_close_to_the_place_and_then_on_the_way_that_suits_it() {
    let library = Library::new().await;
    let size = |number| VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Eq(number));
    let codec = || VideoFilter::Text(TextField::VideoCodec, TextTest::Eq("av1".into()));
    let both = || VideoFilter::All(vec![size(7), codec()]);
    for (filter, field, close, among_all) in [
        (
            codec(),
            OrderField::CreatedAt,
            "SCAN videos",
            "SEARCH videos USING COVERING INDEX videos_kind (kind=?)",
        ),
        (
            size(7),
            OrderField::CreatedAt,
            "SCAN videos",
            "SEARCH videos USING COVERING INDEX videos_file_size (file_size=?)",
        ),
        (both(), OrderField::CreatedAt, "SCAN videos", "SCAN videos"),
        (codec(), OrderField::FileSize, "SCAN videos USING INDEX videos_file_size", "SCAN videos"),
    ] {
        let order = VideoOrder::by(vec![OrderKey { field, direction: Direction::Desc }]);
        let page = keyset::page_of_videos(&filter, &order, &PageRequest::first(20));
        let steps = plan_of_all(&library, page).await;
        let of_table: Vec<&String> = steps.iter().filter(|step| step.contains(" videos")).collect();
        let by_position = "SEARCH videos USING INTEGER PRIMARY KEY (rowid=?)";
        assert_eq!(of_table, [by_position, close, among_all], "{field:?} {filter:?}");
    }
}

#[tokio::test]
async fn a_filter_that_an_index_can_follow_is_followed_at_once() {
    let library = Library::new().await;
    let size = VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Eq(7));
    let name = VideoFilter::Text(TextField::Filename, TextTest::Eq("a".into()));
    for (filter, field, step) in [
        (
            size.clone(),
            OrderField::FileSize,
            "SEARCH videos USING INDEX videos_file_size (file_size=?)",
        ),
        (
            VideoFilter::All(vec![size, name]),
            OrderField::CreatedAt,
            "SEARCH videos USING INDEX videos_filename (filename=?)",
        ),
        (
            VideoFilter::Id(IdTest::In(vec![id(1), id(2)])),
            OrderField::CreatedAt,
            "SEARCH videos USING INDEX sqlite_autoindex_videos_1 (id=?)",
        ),
    ] {
        let order = VideoOrder::by(vec![OrderKey { field, direction: Direction::Desc }]);
        let page = keyset::page_of_videos(&filter, &order, &PageRequest::first(20));
        assert_eq!(plan_of_all(&library, page).await[0], step, "{field:?} {filter:?}");
    }
}

#[tokio::test]
async fn a_page_in_an_order_that_goes_both_ways_starts_at_its_place() {
    let library = Library::new().await;
    let order = VideoOrder::by(vec![
        OrderKey { field: OrderField::FileSize, direction: Direction::Asc },
        OrderKey { field: OrderField::Path, direction: Direction::Desc },
    ]);
    let keys = vec![SortValue::Integer(1), SortValue::Text("a".into())];
    let page = PageRequest::Forward { limit: 50, after: Some(SortPosition { keys, id: id(1) }) };
    let steps =
        plan_of_all(&library, keyset::page_of_videos(&VideoFilter::everything(), &order, &page))
            .await;
    let of_table: Vec<&String> = steps.iter().filter(|step| step.contains("videos")).collect();
    assert_eq!(of_table.len(), 2, "{steps:?}");
    for step in of_table {
        assert!(step.starts_with("SEARCH videos USING INDEX videos_file_size "), "{steps:?}");
    }
}

#[tokio::test]
async fn a_history_is_found_by_id_and_version() {
    let library = Library::new().await;
    let found = "SEARCH audit_log USING INDEX sqlite_autoindex_audit_log_1";
    for (page, keys) in [
        (PageRequest::first(5), &["(entity_id=?)"][..]),
        (
            PageRequest::Forward { limit: 5, after: Some(7) },
            &["(entity_id=? AND version<?)", "(entity_id=? AND version>?)"],
        ),
        (
            PageRequest::Backward { limit: 5, before: Some(7) },
            &["(entity_id=? AND version>?)", "(entity_id=? AND version<?)"],
        ),
    ] {
        let walks: Vec<_> = Walk::of_page(&page, &entries::HISTORY).collect();
        assert_eq!(walks.len(), keys.len());
        for (walk, key) in walks.iter().zip(keys) {
            let history = Sql::new(entries::history(walk)).bind(id(1)).bind(walk.limit);
            let history = walk.place.copied().into_iter().fold(history, Sql::bind);
            // Sorting would be a step of its own.
            assert_eq!(plan(&library, history).await, [format!("{found} {key}")]);
        }
    }
}

#[tokio::test]
async fn the_log_is_walked_by_sequence_and_searched_by_request_and_video() {
    let library = Library::new().await;
    let everything = AuditFilter::default();
    let of_request = AuditFilter { request_id: Some("request-1".into()), ..AuditFilter::default() };
    let of_video = AuditFilter { entity_id: Some(id(1)), ..AuditFilter::default() };
    for (filter, expected) in [
        (everything, "SEARCH audit_log USING INTEGER PRIMARY KEY (rowid"),
        (of_request, "SEARCH audit_log USING INDEX audit_log_request_id (request_id=? AND rowid"),
        (of_video, "SEARCH audit_log USING INDEX sqlite_autoindex_audit_log_1 (entity_id=?"),
    ] {
        let page = PageRequest::Forward { limit: 50, after: Some(1000) };
        let steps = plan_of_all(&library, entries::page_of_log(&filter, &page)).await;
        let steps = steps.iter().map(|step| step.replace("COVERING ", ""));
        assert_eq!(steps.filter(|step| step.starts_with(expected)).count(), 2, "{filter:?}");
    }
}

#[tokio::test]
async fn a_search_walks_the_index_in_its_own_order_and_stops() {
    let library = Library::new().await;
    let query = SearchQuery::parse("two towers -cam").unwrap();
    let found = "SCAN video_search VIRTUAL TABLE INDEX";
    let place = SearchPosition {
        tier: Tier::FilenameStart,
        created_at: Timestamp::from_micros(1).unwrap(),
        id: id(1),
    };
    for (page, tiers) in [
        (PageRequest::first(20), 4),
        (PageRequest::last(20), 4),
        // Those of the page from the place's on, and those on the near side up to it.
        (PageRequest::Forward { limit: 20, after: Some(place) }, 3 + 2),
        (PageRequest::Backward { limit: 20, before: Some(place) }, 2 + 3),
    ] {
        let steps =
            plan(&library, search::page_of_hits(&query, &some_filter(), &page, Exact::None)).await;
        let count = |start: &str| steps.iter().filter(|step| step.starts_with(start)).count();
        assert_eq!(count(found), tiers, "{steps:#?}");
        assert_eq!(count("SEARCH videos USING INTEGER PRIMARY KEY (rowid=?)"), tiers, "{steps:#?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:#?}");
    }
}

#[tokio::test]
async fn what_a_search_finds_is_looked_for_once_and_read_by_position() {
    let library = Library::new().await;
    let query = SearchQuery::parse("two towers -cam").unwrap();
    let steps = plan(&library, few_hits::statement(&query, &some_filter(), Exact::None)).await;
    let count = |start: &str| steps.iter().filter(|step| step.starts_with(start)).count();
    assert_eq!(count("SCAN video_search VIRTUAL TABLE INDEX"), 1, "{steps:#?}");
    assert_eq!(count("SEARCH videos USING INTEGER PRIMARY KEY (rowid=?)"), 1, "{steps:#?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:#?}");
}

#[tokio::test]
async fn exact_matches_are_looked_up_by_name() {
    let library = Library::new().await;
    let query = SearchQuery::parse("two towers").unwrap();
    let mut sql = Sql::new("");
    exact::push_positions(&mut sql, &query);
    let steps = plan(&library, sql).await;
    for index in ["sqlite_autoindex_videos_2 (path=?)", "videos_filename (filename=?)"] {
        let step = format!("SEARCH videos USING COVERING INDEX {index}");
        assert!(steps.contains(&step), "{steps:#?}");
    }
}

fn some_filter() -> VideoFilter {
    VideoFilter::Text(TextField::VideoCodec, TextTest::Eq("h264".to_owned()))
}

#[tokio::test]
async fn a_write_searches_what_it_touches() {
    let library = Library::new().await;
    for (column, place) in [(VideoColumn::Id, "1 (id=?)"), (VideoColumn::Path, "2 (path=?)")] {
        let steps = plan(&library, Sql::new(batch::video_by(column)).bind(Value::Null)).await;
        assert_eq!(steps, [format!("SEARCH videos USING INDEX sqlite_autoindex_videos_{place}")]);
    }
}

#[tokio::test]
async fn a_page_its_neighbour_and_all_its_histories_are_a_statement_each() {
    let Library { store, .. } = &Library::new().await;
    let videos = (0..100).map(video).collect();
    store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();

    let order = VideoOrder::default();
    let place = SortPosition { keys: vec![some_value(OrderField::CreatedAt)], id: id(1) };
    let page = PageRequest::Backward { limit: 100, before: Some(place) };
    let before = store.activity().unwrap().statements;
    store.list(&VideoFilter::everything(), &order, &page).await.unwrap();
    let ids: Vec<VideoId> = (0..100).map(id).collect();
    let histories = store.entries_of(&ids, &PageRequest::first(5)).await.unwrap();
    assert_eq!(histories.iter().map(|page| page.items.len()).sum::<usize>(), 100);
    assert_eq!(store.activity().unwrap().statements - before, 3);
}

#[tokio::test]
async fn the_end_of_the_log_is_its_last_row() {
    let library = Library::new().await;
    let steps = plan(&library, Sql::new(entries::END_OF_LOG)).await;
    // Backwards, and for one row; sorting would be a step of its own.
    assert_eq!(steps, ["SCAN audit_log"]);
}

#[tokio::test]
async fn the_log_is_read_on_from_its_place() {
    let library = Library::new().await;
    let of_one = AuditFilter { entity_id: Some(id(1)), ..AuditFilter::default() };
    for (filter, steps) in [
        (AuditFilter::default(), &["SEARCH audit_log USING INTEGER PRIMARY KEY (rowid>?)"][..]),
        // A video's entries are few, however long the log is.
        (
            of_one,
            &[
                "SEARCH audit_log USING INDEX sqlite_autoindex_audit_log_1 (entity_id=?)",
                "USE TEMP B-TREE FOR ORDER BY",
            ],
        ),
    ] {
        let stretch = entries::stretch_of_log(7, &filter, 100);
        assert_eq!(plan(&library, stretch).await, steps, "{filter:?}");
    }
}
