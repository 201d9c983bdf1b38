//! The filter of `auditEntries`.

use std::cell::Cell;

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::conditions::DateTimeFilter;
use super::filter_reader::{FilterLimits, FilterParser};
use crate::domain;
use crate::graphql::error::ApiError;
use crate::graphql::schema::types::AuditOperation;

/// All given conditions must hold; omitted ones do not apply. An explicit null is an error
/// (BAD_USER_INPUT).
#[derive(InputObject)]
pub struct AuditFilter {
    /// Changes of the entity with this ID.
    entity_id: MaybeUndefined<ID>,
    /// Changes of these kinds; an empty list matches nothing.
    operations: MaybeUndefined<Vec<AuditOperation>>,
    /// Changes made by this actor.
    actor: MaybeUndefined<String>,
    /// Every change that one request made.
    request_id: MaybeUndefined<String>,
    /// Time of the change.
    timestamp: MaybeUndefined<DateTimeFilter>,
}

impl AuditFilter {
    /// The filter in the form of the domain.
    ///
    /// # Errors
    /// `BadUserInput` when it has a null inside, too many conditions or a malformed ID.
    pub fn parse(self, limits: FilterLimits) -> Result<domain::AuditFilter, ApiError> {
        let conditions = Cell::new(0);
        let reader = FilterParser::of_argument(&conditions, limits);
        let entity_id = reader.condition("entityId", self.entity_id)?;
        let operations = reader.condition("operations", self.operations)?;
        let timestamp = match reader.given("timestamp", self.timestamp)? {
            Some((place, filter)) => Some(filter.parse(&place)?),
            None => None,
        };
        let (timestamp, timestamp_is_null) =
            timestamp.map_or_else(Default::default, |tests| (tests.bounds, tests.is_null));
        Ok(domain::AuditFilter {
            entity_id: entity_id.as_deref().map(|id| parse_id(id)).transpose()?,
            operations: operations.map(|all| all.into_iter().map(Into::into).collect()),
            actor: reader.condition("actor", self.actor)?,
            request_id: reader.condition("requestId", self.request_id)?,
            timestamp,
            timestamp_is_null,
        })
    }
}

fn parse_id(id: &str) -> Result<domain::VideoId, ApiError> {
    id.parse().map_err(|why| ApiError::BadUserInput(format!("filter.entityId {why}")))
}
