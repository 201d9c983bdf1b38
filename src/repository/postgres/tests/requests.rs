//! The table of requests: its upkeep.

use super::{Library, by, id, text, video};
use crate::domain::audit_request::RequestSummary;
use crate::domain::{AuditFilter, PageRequest, RequestChanges, Timestamp, VideoPatch};
use crate::repository::postgres::request_table;
use crate::repository::{ChangeContext, VideoReader, VideoRepository};

/// Asserts that the requests are those that the log defines, and returns how many changes each has.
async fn changes_of_each(library: &Library) -> Vec<u64> {
    let (store, everything) = (&library.store, AuditFilter::default());
    let log = store.entries_after(0, &everything, usize::MAX).await.unwrap();
    let expected = RequestChanges::of(&log).into_iter().rev().map(|request| request.to_listed());
    let page = store.list_requests(&everything, &PageRequest::first(1000)).await.unwrap();
    assert_eq!(page.items, expected.collect::<Vec<_>>());
    let counts = page.items.iter().map(|request| {
        request.summary.inserted + request.summary.updated + request.summary.deleted
    });
    counts.collect()
}

fn at(micros: i64, request_id: &str) -> ChangeContext {
    let at = Timestamp::from_micros(micros).unwrap();
    ChangeContext { at, request_id: Some(request_id.into()), ..by() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_request_that_pauses_too_long_goes_on_as_another() {
    let library = Library::new().await;
    let hour = RequestSummary::MAX_GAP_MICROS;
    for (number, context) in [
        at(0, "a"),
        at(1, "b"),
        at(hour, "a"),
        at(2 * hour, "a"),
        at(3 * hour + 1, "a"),
        ChangeContext { actor: Some("ana".into()), ..at(3 * hour + 2, "a") },
        ChangeContext { request_id: None, ..at(3 * hour + 3, "a") },
        ChangeContext { request_id: None, ..at(3 * hour + 4, "a") },
        at(3 * hour + 5, "a"),
    ]
    .into_iter()
    .enumerate()
    {
        let video = video(u8::try_from(number).unwrap());
        library.store.insert(video, context).await.unwrap();
    }
    assert_eq!(changes_of_each(&library).await, [1, 1, 1, 2, 1, 3]);
    assert_eq!(library.store.check().await.unwrap(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_request_can_begin_anew_within_one_transaction() {
    let library = Library::new().await;
    library.store.insert(video(1), at(0, "a")).await.unwrap();
    for number in 1..=4 {
        let patch =
            VideoPatch { filename: Some(text(&number.to_string())), ..VideoPatch::default() };
        library.store.update(id(1), patch, None, at(number, "a")).await.unwrap();
    }
    // As if the changes were hours apart, and one transaction had made them.
    library.run("DELETE FROM audit_requests").await;
    library.run("UPDATE audit_log SET timestamp = sequence / 2 * 4000000000").await;
    let log = library.store.entries_after(0, &AuditFilter::default(), 10).await.unwrap();
    request_table::add(&mut library.connection().await, log.iter()).await.unwrap();
    assert_eq!(changes_of_each(&library).await, [2, 2, 1]);
}
