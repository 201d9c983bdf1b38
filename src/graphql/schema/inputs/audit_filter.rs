//! The filter of `auditEntries` and `auditRequests`.

use std::cell::Cell;

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::conditions::DateTimeFilter;
use super::filter_reader::{FilesKnown, FilterLimits, FilterParser, MAX_IDS};
use crate::domain::{self, VideoField, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::schema::types::AuditOperation;

/// The maximum number of names in a list.
const MAX_NAMES: usize = 100;

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
    /// 100 at most, here and in `actors`; empty matches nothing.
    entity_ids: MaybeUndefined<Vec<ID>>,
    /// Changes of at least one of these fields, by their names in `changes`; an unknown name is BAD_USER_INPUT. INSERT and
    /// DELETE count for every field that had a value.
    fields: MaybeUndefined<Vec<String>>,
    /// Changes made by one of these actors.
    actors: MaybeUndefined<Vec<String>>,
    /// Changes with an actor, or, if false, without one.
    has_actor: MaybeUndefined<bool>,
}

impl AuditFilter {
    /// The filter in the form of the domain.
    ///
    /// # Errors
    /// `BadUserInput` when it has a null inside, too many conditions or values, a malformed ID or an
    /// unknown field.
    pub fn parse(self, limits: FilterLimits) -> Result<domain::AuditFilter, ApiError> {
        let conditions = Cell::new(0);
        let reader = FilterParser::of_argument(&conditions, limits, FilesKnown::Nothing);
        let entity_id = reader.condition("entityId", self.entity_id)?;
        let entity_ids = reader.values("entityIds", self.entity_ids, MAX_IDS)?;
        let operations = reader.condition("operations", self.operations)?;
        let fields = reader.values("fields", self.fields, MAX_NAMES)?;
        let timestamp = match reader.given("timestamp", self.timestamp)? {
            Some((place, filter)) => Some(filter.parse(&place)?),
            None => None,
        };
        let (timestamp, timestamp_is_null) =
            timestamp.map_or_else(Default::default, |tests| (tests.bounds, tests.is_null));
        Ok(domain::AuditFilter {
            entity_id: entity_id.map(|id| parse_id(&id, "entityId")).transpose()?,
            entity_ids: entity_ids.map(|ids| parse_ids(&ids)).transpose()?,
            operations: operations.map(|all| all.into_iter().map(Into::into).collect()),
            fields: fields.map(|names| parse_fields(&names)).transpose()?,
            actor: reader.condition("actor", self.actor)?,
            actors: reader.values("actors", self.actors, MAX_NAMES)?,
            has_actor: reader.condition("hasActor", self.has_actor)?,
            request_id: reader.condition("requestId", self.request_id)?,
            timestamp,
            timestamp_is_null,
        })
    }
}

fn parse_id(id: &str, place: &str) -> Result<VideoId, ApiError> {
    id.parse().map_err(|why| ApiError::BadUserInput(format!("filter.{place} {why}")))
}

fn parse_ids(ids: &[ID]) -> Result<Vec<VideoId>, ApiError> {
    let parse = |(index, id): (usize, &ID)| parse_id(id, &format!("entityIds.{index}"));
    ids.iter().enumerate().map(parse).collect()
}

/// The fields with these names, each of them once.
fn parse_fields(names: &[String]) -> Result<Vec<VideoField>, ApiError> {
    let mut fields = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let Some(field) = VideoField::from_name(name) else {
            let names = VideoField::ALL.map(VideoField::name).join(", ");
            return Err(ApiError::BadUserInput(format!(
                "filter.fields.{index} must be the name of a field of changes: one of {names}"
            )));
        };
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    Ok(fields)
}
