//! Random logs, listed by requests as the definition says, whatever the filter.

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestCaseError;
use reelgraph::domain::filter::Comparison;
use reelgraph::domain::{
    AuditEntry, AuditFilter, AuditOperation, AuditRequest, Page, PageRequest, Timestamp, Video,
    VideoField,
};
use reelgraph::repository::{ChangeContext, RepositoryError, VideoRepository};
use tokio::runtime::Runtime;

use super::definition::{Defined, walk};
use super::operations::any_write;
use super::requests::{log, rows, shown};
use super::stores::Opened;
use crate::support::clock::counted_id;
use crate::support::properties::check;
use crate::support::videos::second;

contract_suite! {
    properties: any_log_is_listed_by_requests_as_defined;
}

/// The requests that a filter selects.
#[derive(Debug)]
struct Requests {
    filter: AuditFilter,
    log: Vec<AuditEntry>,
}

impl Defined for Requests {
    type Row = AuditRequest;
    type Place = i64;

    fn rows_of(&self, _: &[Video]) -> Vec<AuditRequest> {
        rows(&self.log, &self.filter)
    }

    fn place_of(&self, row: &AuditRequest) -> i64 {
        row.summary.first_sequence
    }

    fn compare(&self, a: &i64, b: &i64) -> Ordering {
        b.cmp(a)
    }

    async fn list(
        &self,
        store: &dyn VideoRepository,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError> {
        store.list_requests(&self.filter, page).await
    }

    async fn start(
        &self,
        _: &dyn VideoRepository,
        _: &PageRequest<i64>,
    ) -> Result<Option<u64>, RepositoryError> {
        Ok(None)
    }

    async fn count(&self, store: &dyn VideoRepository) -> Result<u64, RepositoryError> {
        store.count_requests(&self.filter).await
    }

    fn shown(row: &AuditRequest) -> String {
        shown(row)
    }
}

fn any_log_is_listed_by_requests_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let writes = vec((any_write(), any_attribution()), 1..40);
    check(&runtime, (writes, vec(any_filter(), 8)), async |(writes, filters)| {
        let opened = open().await;
        for (write, by) in writes {
            // One that is refused changes nothing.
            let _ = opened.store.write(write, by).await;
        }
        let log = log(&*opened.store).await;
        for filter in filters.into_iter().chain([AuditFilter::default()]) {
            let requests = Requests { filter, log: log.clone() };
            let walked = walk(&*opened.store, &requests, &[1, 3], &[]).await;
            walked.map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(opened.store.check().await.unwrap(), Vec::<String>::new());
        Ok(())
    });
}

const ACTORS: [&str; 3] = ["", "ana", "b'en\""];

/// Few requests, within some hours.
fn any_attribution() -> impl Strategy<Value = ChangeContext> {
    let actor = prop::option::of(select(&ACTORS[..]));
    let request_id = prop::option::weighted(0.8, select(vec!["", "a", "b"]));
    (any_time(), actor, request_id).prop_map(|(at, actor, request_id)| ChangeContext {
        at,
        actor: actor.map(Into::into),
        request_id: request_id.map(Into::into),
    })
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..20_i64).prop_map(|part| second(part * 1200))
}

fn any_filter() -> impl Strategy<Value = AuditFilter> {
    let id = || (0..5_u64).prop_map(counted_id);
    let ids = prop::option::weighted(0.2, vec(id(), 0..3));
    let operations = subsequence(AuditOperation::ALL.to_vec(), 0..=3);
    let fields = subsequence(VideoField::ALL.to_vec(), 0..=3);
    let name = || select(&ACTORS[..]).prop_map(String::from);
    let bound = (select(&Comparison::ALL[..]), any_time());
    let request_id = select(vec!["", "a", "b"]).prop_map(String::from);
    let of_changes = (
        prop::option::weighted(0.2, id()),
        ids,
        prop::option::weighted(0.4, operations),
        prop::option::weighted(0.4, fields),
        vec(bound, 0..3),
    );
    let of_requests = (
        prop::option::weighted(0.2, name()),
        prop::option::weighted(0.2, vec(name(), 0..3)),
        prop::option::weighted(0.2, any::<bool>()),
        prop::option::weighted(0.2, request_id),
    );
    (of_changes, of_requests).prop_map(|(of_changes, (actor, actors, has_actor, request_id))| {
        let (entity_id, entity_ids, operations, fields, timestamp) = of_changes;
        AuditFilter {
            entity_id,
            entity_ids,
            operations,
            fields,
            actor,
            actors,
            has_actor,
            request_id,
            timestamp,
            timestamp_is_null: None,
        }
    })
}
