//! The log by requests, as the API shows it.

use async_graphql::{Description, Object};

use super::AuditEntry;
use crate::domain::{self, AuditFilter, RequestSummary};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::direct;
use crate::graphql::schema::connection::{Counted, Edge, Listed};
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::scalars::DateTime;
use crate::graphql::schema::scope::Scope;

/// Changes with the same request ID and actor, none more than an hour after the one before, whatever was
/// written in between: what `undoRequest` takes as one. Changes without a request ID stand alone.
#[derive(Description)]
pub struct AuditRequest {
    summary: RequestSummary,
    latest: AuditEntry,
}

impl From<domain::AuditRequest> for AuditRequest {
    fn from(request: domain::AuditRequest) -> Self {
        Self { summary: request.summary, latest: AuditEntry(request.latest) }
    }
}

direct!(
    #[Object(use_type_description)]
    impl AuditRequest {
        /// The request's `X-Request-Id`, as in its audit entries.
        fn request_id(&self) -> Option<&str> {
            self.latest.0.request_id.as_deref()
        }

        /// Who made the changes, as in the audit entries.
        fn actor(&self) -> Option<&str> {
            self.latest.0.actor.as_deref()
        }

        /// Time of its first change.
        fn started_at(&self) -> DateTime {
            DateTime(self.summary.started_at)
        }

        /// Time of its latest change. A request can continue.
        fn ended_at(&self) -> DateTime {
            DateTime(self.summary.ended_at)
        }

        /// Number of videos added.
        fn inserted(&self) -> i32 {
            number(self.summary.inserted)
        }

        /// Number of updates.
        fn updated(&self) -> i32 {
            number(self.summary.updated)
        }

        /// Number of videos deleted.
        fn deleted(&self) -> i32 {
            number(self.summary.deleted)
        }

        /// The newest of its changes.
        fn latest(&self) -> &AuditEntry {
            &self.latest
        }
    }
);

/// A count as an `Int`, which ends where those of one request never come.
fn number(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl Listed for AuditRequest {
    const NAME: &'static str = "AuditRequest";
    type Listing = AuditFilter;
    type Node = Self;
    type Edge<'a> = Edge<'a, Self>;

    fn node(&self) -> &Self {
        self
    }

    fn cursor(&self, _: &AuditFilter) -> Cursor<'static> {
        Cursor::AuditRequests { first_sequence: self.summary.first_sequence }
    }
}

impl Counted for AuditRequest {
    async fn count(scope: &Scope, filter: &AuditFilter) -> Result<u64, ApiError> {
        // Even without a filter, all that there are have to be counted.
        let _place = scope.scans.place(true).await;
        Ok(scope.reader().count_requests(filter).await?)
    }
}
