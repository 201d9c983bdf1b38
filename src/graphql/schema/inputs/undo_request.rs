//! The input of `undoRequest`.

use std::cell::Cell;

use async_graphql::{Enum, InputObject, MaybeUndefined};

use super::conditions::DateTimeFilter;
use super::filter_reader::{FilterLimits, FilterParser};
use crate::domain::{AuditFilter, UndoPolicy};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::direct;
use crate::history::undo::UndoRequest;

/// The request to undo, and what is done where something was changed since.
#[derive(InputObject)]
pub struct UndoRequestInput {
    /// The `requestId` of its audit entries.
    pub request_id: String,
    /// Only changes by this actor. Changes by several actors, or more than an hour apart, are REQUEST_NOT_UNIQUE
    /// without it or `timestamp`.
    pub actor: MaybeUndefined<String>,
    /// If false, only changes that were made without authentication.
    pub has_actor: MaybeUndefined<bool>,
    /// Only changes made at these times.
    pub timestamp: MaybeUndefined<DateTimeFilter>,
    /// What is done where something was changed since.
    #[graphql(default_with = "UndoConflictPolicy::Refuse")]
    pub on_conflict: UndoConflictPolicy,
    /// Whether nothing is undone yet.
    #[graphql(default = true)]
    pub dry_run: bool,
    /// Required unless `dryRun`: what a dry run returned. EXPECTATION_FAILED where something else would be done by now.
    pub plan: Option<String>,
}

direct!(
    /// What is done where something was changed since.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "UndoPolicy")]
    pub enum UndoConflictPolicy {
        /// Undo nothing where there is a conflict (UNDO_CONFLICT).
        Refuse,
        /// Leave fields and videos that were changed since as they are, and undo the rest.
        KeepLater,
        /// Undo these, too. A path that another video holds by now stays a conflict.
        Overwrite,
    }
);

/// An undo that is asked for.
pub struct UndoOrder {
    /// What to undo, and how.
    pub request: UndoRequest,
    /// Whether nothing is undone yet.
    pub dry_run: bool,
    /// What a dry run returned.
    pub plan: Option<String>,
}

impl UndoRequestInput {
    /// The order in the form of the domain.
    ///
    /// # Errors
    /// `BadUserInput` when a condition is null, or has a null inside.
    pub fn parse(self, limits: FilterLimits) -> Result<UndoOrder, ApiError> {
        let conditions = Cell::new(0);
        let reader = FilterParser::of_input(&conditions, limits);
        let actor = reader.condition("actor", self.actor)?;
        let has_actor = reader.condition("hasActor", self.has_actor)?;
        let times = match reader.given("timestamp", self.timestamp)? {
            Some((place, filter)) => Some(filter.parse(&place)?),
            None => None,
        };
        let (timestamp, timestamp_is_null) =
            times.map_or_else(Default::default, |tests| (tests.bounds, tests.is_null));
        let request_id = Some(self.request_id);
        let filter = AuditFilter {
            request_id,
            actor,
            has_actor,
            timestamp,
            timestamp_is_null,
            ..AuditFilter::default()
        };
        let request = UndoRequest { filter, policy: self.on_conflict.into() };
        Ok(UndoOrder { request, dry_run: self.dry_run, plan: self.plan })
    }
}
