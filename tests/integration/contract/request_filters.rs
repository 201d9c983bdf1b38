//! Filters of the log: which changes match, and which requests they select.

use reelgraph::domain::filter::Comparison;
use reelgraph::domain::{AuditFilter, AuditOperation, PageRequest, Timestamp, VideoField};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::requests::{add, attribution, log, selected, widen};
use crate::support::clock::counted_id;
use crate::support::videos::{second, video};

contract_suite! {
    cases:
        a_filter_selects_requests_with_a_change_that_meets_all_of_it,
        times_select_requests_with_a_change_between_them;
}

/// Two requests and two changes without one.
async fn write_history(store: &dyn VideoRepository) {
    let import = |at| attribution(at, Some("ana"), Some("import"));
    store.insert_many(vec![video(1), video(2)], OnConflict::Fail, import(10)).await.unwrap();
    widen(store, 1, 1, attribution(20, Some("ben"), Some("edit"))).await;
    store.insert(video(3), import(30)).await.unwrap();
    store.insert(video(4), attribution(40, None, None)).await.unwrap();
    store.delete(counted_id(2), None, attribution(50, Some("ben"), Some("edit"))).await.unwrap();
    widen(store, 3, 1, attribution(60, Some("eve"), None)).await;
}

async fn a_filter_selects_requests_with_a_change_that_meets_all_of_it(store: &dyn VideoRepository) {
    use AuditOperation::{Delete, Insert, Update};
    write_history(store).await;
    let none = AuditFilter::default;
    let being = |all: &[_]| AuditFilter { operations: Some(all.to_vec()), ..none() };
    let of = |number| AuditFilter { entity_id: Some(counted_id(number)), ..none() };
    let of_some = |numbers: &[u64]| {
        let ids = numbers.iter().map(|number| counted_id(*number)).collect();
        AuditFilter { entity_ids: Some(ids), ..none() }
    };
    let fields = |all: &[_]| AuditFilter { fields: Some(all.to_vec()), ..none() };
    let actors = |all: &[&str]| {
        let all = all.iter().map(ToString::to_string).collect();
        AuditFilter { actors: Some(all), ..none() }
    };
    let request = |id: &str| AuditFilter { request_id: Some(id.into()), ..none() };
    let width = || fields(&[VideoField::Width]);
    for (filter, expected) in [
        (none(), "7 5 3 1"),
        (being(&[]), ""),
        (being(&[Insert]), "5 1"),
        (being(&[Update, Delete]), "7 3"),
        (of(1), "3 1"),
        (of(2), "3 1"),
        (of(4), "5"),
        (of(9), ""),
        (of_some(&[]), ""),
        (of_some(&[4, 3, 4, 9]), "7 5 1"),
        (AuditFilter { entity_id: Some(counted_id(3)), ..of_some(&[3, 4]) }, "7 1"),
        (AuditFilter { entity_id: Some(counted_id(1)), ..of_some(&[3, 4]) }, ""),
        (fields(&[]), ""),
        (width(), "7 5 3 1"),
        (fields(&[VideoField::UpdatedAt]), "5 3 1"),
        (AuditFilter { operations: Some(vec![Update]), ..width() }, "7 3"),
        (AuditFilter { operations: Some(vec![Update]), ..fields(&[VideoField::Path]) }, ""),
        (AuditFilter { operations: Some(vec![Update]), ..of(2) }, ""),
        (AuditFilter { operations: Some(vec![Delete]), ..of(2) }, "3"),
        (AuditFilter { fields: Some(vec![VideoField::Height]), ..of(3) }, "1"),
        (actors(&[]), ""),
        (actors(&["ana", "eve", "ana"]), "7 1"),
        (actors(&["An", "%", ""]), ""),
        (AuditFilter { actor: Some("ana".into()), ..actors(&["ana", "ben"]) }, "1"),
        (AuditFilter { has_actor: Some(true), ..none() }, "7 3 1"),
        (AuditFilter { has_actor: Some(false), ..none() }, "5"),
        (AuditFilter { has_actor: Some(false), ..actors(&["ana"]) }, ""),
        (request("edit"), "3"),
        (request("import\0"), ""),
        (AuditFilter { operations: Some(vec![Insert]), ..request("edit") }, ""),
        (AuditFilter { entity_id: Some(counted_id(2)), ..request("edit") }, "3"),
        (AuditFilter { timestamp_is_null: Some(true), ..none() }, ""),
        (AuditFilter { timestamp_is_null: Some(false), ..none() }, "7 5 3 1"),
    ] {
        let found = selected(store, &filter).await;
        let firsts = found.iter().map(|shown| shown.split(['@', '-']).nth(1).unwrap());
        assert_eq!(firsts.collect::<Vec<_>>().join(" "), expected, "{filter:?}");
        // The same filter, of changes.
        let log: Vec<_> = log(store).await.into_iter().rev().collect();
        let entries = store.list_entries(&filter, &PageRequest::first(100)).await.unwrap().items;
        let matching = log.into_iter().filter(|entry| filter.matches(entry));
        assert_eq!(entries, matching.collect::<Vec<_>>(), "{filter:?}");
        assert_eq!(store.count_entries(&filter).await.unwrap(), entries.len() as u64);
    }
}

async fn times_select_requests_with_a_change_between_them(store: &dyn VideoRepository) {
    use AuditOperation::{Insert, Update};
    use Comparison::{Gt, Gte, Lt, Lte};
    // Changes of `a` at 0, 3000 and 6000, and of `b` at 3000 and 3001.
    add(store, 1, 0, "a").await;
    add(store, 2, 3000, "b").await;
    widen(store, 1, 1, attribution(3000, None, Some("a"))).await;
    add(store, 3, 3001, "b").await;
    widen(store, 1, 2, attribution(6000, None, Some("a"))).await;
    let between = |from, to| AuditFilter {
        timestamp: vec![(Gte, second(from)), (Lte, second(to))],
        ..AuditFilter::default()
    };
    let of = |operation, filter| AuditFilter { operations: Some(vec![operation]), ..filter };
    for (filter, expected) in [
        (between(0, 0), "a"),
        (between(1, 2999), ""),
        (between(-5, 2999), "a"),
        (between(1, 3000), "b a"),
        (between(3001, 5999), "b"),
        (between(3002, 5999), ""),
        (between(3002, 6000), "a"),
        (between(6001, 99_999), ""),
        (between(-99, -1), ""),
        (between(6000, 0), ""),
        // Longer than an hour: no request can have a gap like that.
        (between(1, 5999), "b a"),
        (of(Insert, between(-5, 1)), "a"),
        (of(Insert, between(1, 5999)), "b"),
        (of(Update, between(1, 3000)), "a"),
        (of(Update, between(3001, 9999)), "a"),
        (of(Update, between(0, 2999)), ""),
        (AuditFilter { fields: Some(vec![VideoField::Path]), ..between(1, 9999) }, "b"),
    ] {
        let ids = |shown: Vec<String>| -> Vec<String> {
            shown.iter().map(|it| it[..1].to_owned()).collect()
        };
        assert_eq!(ids(selected(store, &filter).await).join(" "), expected, "{filter:?}");
        let open = filter.timestamp.iter().map(|(is, at)| match is {
            Gte => (Gt, Timestamp::from_micros(at.as_micros() - 1).unwrap()),
            _ => (Lt, Timestamp::from_micros(at.as_micros() + 1).unwrap()),
        });
        let open = AuditFilter { timestamp: open.collect(), ..filter };
        assert_eq!(ids(selected(store, &open).await).join(" "), expected, "{open:?}");
    }
}
