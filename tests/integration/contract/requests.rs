//! The log by requests: which changes belong together, and pages of requests that grow.

use std::ops::Range;

use reelgraph::domain::{
    AuditEntry, AuditFilter, AuditOperation, AuditRequest, Page, PageRequest, RequestChanges,
    Timestamp, VideoPatch,
};
use reelgraph::repository::{ChangeContext, OnConflict, VideoRepository};

use super::contents;
use crate::support::clock::counted_id;
use crate::support::videos::{pixels, second, video};

contract_suite! {
    cases:
        an_empty_log_has_no_requests,
        changes_of_one_request_are_one_row,
        requests_differ_by_their_ids_and_their_actors,
        an_hour_without_a_change_ends_a_request,
        a_clock_that_is_set_back_ends_no_request,
        requests_that_interleave_are_paged_while_one_of_them_grows;
}

pub(super) fn attribution(at: i64, actor: Option<&str>, request_id: Option<&str>) -> ChangeContext {
    ChangeContext {
        at: second(at),
        actor: actor.map(Into::into),
        request_id: request_id.map(Into::into),
    }
}

/// Adds the video of this number at this second by this request.
pub(super) async fn add(store: &dyn VideoRepository, number: u64, at: i64, request_id: &str) {
    store.insert(video(number), attribution(at, None, Some(request_id))).await.unwrap();
}

pub(super) async fn widen(store: &dyn VideoRepository, number: u64, width: i32, by: ChangeContext) {
    let patch = VideoPatch { width: Some(pixels(width)), ..VideoPatch::default() };
    store.update(counted_id(number), patch, None, by).await.unwrap();
}

/// A request as `<ID>@<first sequence>-<last sequence> +<inserted> ~<updated> -<deleted>`.
pub(super) fn shown(request: &AuditRequest) -> String {
    let AuditRequest { summary, latest } = request;
    assert_eq!(summary.last_sequence, latest.sequence);
    format!(
        "{}@{}-{} +{} ~{} -{}",
        latest.request_id.as_deref().unwrap_or("none"),
        summary.first_sequence,
        summary.last_sequence,
        summary.inserted,
        summary.updated,
        summary.deleted,
    )
}

async fn page(
    store: &dyn VideoRepository,
    filter: &AuditFilter,
    page: &PageRequest<i64>,
) -> Page<AuditRequest> {
    store.list_requests(filter, page).await.unwrap()
}

/// The requests that a filter selects, compared with the definition.
pub(super) async fn selected(store: &dyn VideoRepository, filter: &AuditFilter) -> Vec<String> {
    let found = page(store, filter, &PageRequest::first(1000)).await;
    let expected = rows(&log(store).await, filter);
    assert_eq!(found, Page { items: expected, has_previous: false, has_next: false }, "{filter:?}");
    let count = store.count_requests(filter).await.unwrap();
    assert_eq!(count, found.items.len() as u64, "{filter:?}");
    found.items.iter().map(shown).collect()
}

/// The log in its order.
pub(super) async fn log(store: &dyn VideoRepository) -> Vec<AuditEntry> {
    let (_, mut log) = contents(store).await;
    log.reverse();
    log
}

/// The requests of a log that a filter selects, by the definition.
pub(super) fn rows(log: &[AuditEntry], filter: &AuditFilter) -> Vec<AuditRequest> {
    let requests = RequestChanges::of(log).into_iter().rev();
    requests.filter(|it| it.meets(filter)).map(|it| it.to_listed()).collect()
}

async fn an_empty_log_has_no_requests(store: &dyn VideoRepository) {
    assert_eq!(selected(store, &AuditFilter::default()).await, [""; 0]);
}

async fn changes_of_one_request_are_one_row(store: &dyn VideoRepository) {
    let import = |at| attribution(at, Some("ana"), Some("import"));
    let videos = |numbers: Range<u64>| numbers.map(video).collect();
    store.insert_many(videos(1..4), OnConflict::Fail, import(10)).await.unwrap();
    widen(store, 1, 1, attribution(20, Some("ben"), Some("edit"))).await;
    store.insert_many(videos(4..6), OnConflict::Fail, import(30)).await.unwrap();
    widen(store, 2, 1, attribution(40, None, None)).await;
    widen(store, 3, 1, attribution(40, None, None)).await;
    widen(store, 5, 1, import(50)).await;
    store.delete(counted_id(4), None, import(60)).await.unwrap();

    let all = AuditFilter::default();
    let expected =
        ["none@8-8 +0 ~1 -0", "none@7-7 +0 ~1 -0", "edit@4-4 +0 ~1 -0", "import@1-10 +5 ~1 -1"];
    assert_eq!(selected(store, &all).await, expected);
    let found = page(store, &all, &PageRequest::last(1)).await.items;
    let AuditRequest { summary, latest } = &found[0];
    assert_eq!([summary.started_at, summary.ended_at], [10, 60].map(second));
    assert_eq!((latest.operation, latest.entity_id), (AuditOperation::Delete, counted_id(4)));
    assert_eq!(latest.actor.as_deref(), Some("ana"));
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn requests_differ_by_their_ids_and_their_actors(store: &dyn VideoRepository) {
    let ids = [("a", None), ("a", Some("")), ("a", Some("ana")), ("A", None), ("", None)];
    for (number, (id, actor)) in (1..).zip(ids.into_iter().chain(ids)) {
        store.insert(video(number), attribution(1, actor, Some(id))).await.unwrap();
    }
    let expected =
        ["@5-10 +2 ~0 -0", "A@4-9 +2 ~0 -0", "a@3-8 +2 ~0 -0", "a@2-7 +2 ~0 -0", "a@1-6 +2 ~0 -0"];
    assert_eq!(selected(store, &AuditFilter::default()).await, expected);
}

async fn an_hour_without_a_change_ends_a_request(store: &dyn VideoRepository) {
    const HOUR: i64 = 3600;
    add(store, 1, 0, "a").await;
    add(store, 2, HOUR, "a").await;
    add(store, 3, 2 * HOUR, "b").await;
    let late = Timestamp::from_micros(second(2 * HOUR).as_micros() + 1).unwrap();
    let by = ChangeContext { at: late, ..attribution(0, None, Some("a")) };
    store.insert(video(4), by).await.unwrap();
    // At the same time.
    add(store, 5, 0, "a").await;
    add(store, 6, 0, "b").await;
    let expected = ["a@4-5 +2 ~0 -0", "b@3-6 +2 ~0 -0", "a@1-2 +2 ~0 -0"];
    assert_eq!(selected(store, &AuditFilter::default()).await, expected);
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}

async fn a_clock_that_is_set_back_ends_no_request(store: &dyn VideoRepository) {
    for (number, at) in [(1, 50_000), (2, 10), (3, 20), (4, 53_600), (5, 0)] {
        add(store, number, at, "a").await;
    }
    assert_eq!(selected(store, &AuditFilter::default()).await, ["a@1-5 +5 ~0 -0"]);
    let found = page(store, &AuditFilter::default(), &PageRequest::first(1)).await.items;
    let summary = &found[0].summary;
    assert_eq!([summary.started_at, summary.ended_at], [50_000, 53_600].map(second));
}

async fn requests_that_interleave_are_paged_while_one_of_them_grows(store: &dyn VideoRepository) {
    let mut number = 0;
    let mut write = async |request_id| {
        number += 1;
        add(store, number, i64::try_from(number).unwrap(), request_id).await;
        number
    };
    for request_id in ["a", "b", "c", "a", "b", "c", "a", "b", "c"] {
        write(request_id).await;
    }
    let filters = [
        AuditFilter::default(),
        AuditFilter { operations: Some(vec![AuditOperation::Insert]), ..AuditFilter::default() },
    ];
    // Between one page and the next, the second request goes on.
    for filter in filters {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            write("b").await;
            let request = PageRequest::Forward { limit: 1, after };
            let Page { items, has_previous, has_next } = page(store, &filter, &request).await;
            assert_eq!(has_previous, after.is_some());
            let [found] = &items[..] else { panic!("not one row: {items:?}") };
            seen.push((found.summary.first_sequence, found.latest.request_id.clone().unwrap()));
            after = Some(found.summary.first_sequence);
            if !has_next {
                break;
            }
        }
        assert_eq!(seen, [(3, "c".into()), (2, "b".into()), (1, "a".into())]);

        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let newest = write("b").await;
            let request = PageRequest::Backward { limit: 1, before };
            let Page { items, has_previous, has_next } = page(store, &filter, &request).await;
            assert_eq!(has_next, before.is_some());
            let [found] = &items[..] else { panic!("not one row: {items:?}") };
            let is_growing = found.summary.first_sequence == 2;
            assert_eq!(is_growing, found.summary.last_sequence == i64::try_from(newest).unwrap());
            seen.push(found.summary.first_sequence);
            before = Some(found.summary.first_sequence);
            if !has_previous {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3]);
    }
    assert_eq!(store.check().await.unwrap(), [""; 0]);
}
