//! Reading filters: the current place in the filter, and how much of it was read.

use std::cell::Cell;

use async_graphql::MaybeUndefined;

use crate::domain::SearchQuery;
use crate::domain::catalogue::RootId;
use crate::graphql::error::ApiError;
use crate::graphql::schema::inputs::place::InputPath;

/// How large a filter can be.
#[derive(Clone, Copy, Debug)]
pub struct FilterLimits {
    /// How deep: the outermost object is level 1.
    pub max_levels: usize,
    /// The maximum number of conditions in total.
    pub max_conditions: usize,
}

/// What is known of the files of videos where a filter is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum FilesKnown<'a> {
    /// Where they are now, while these roots cannot be reached.
    Now {
        /// The roots.
        offline: &'a [RootId],
    },
    /// Nothing: the videos are past ones.
    Nothing,
}

/// The maximum number of values in a list.
pub const MAX_VALUES: usize = 1000;
/// The maximum number of IDs in a list.
pub const MAX_IDS: usize = 100;

/// The maximum number of searches in a filter.
pub const MAX_SEARCHES: usize = 2;

/// A place in a filter that is being read.
pub struct FilterParser<'a> {
    place: InputPath<'a>,
    level: usize,
    conditions: &'a Cell<usize>,
    limits: FilterLimits,
    files: FilesKnown<'a>,
}

impl<'a> FilterParser<'a> {
    /// Reads the argument `filter`; `conditions` counts them from 0.
    pub fn of_argument(
        conditions: &'a Cell<usize>,
        limits: FilterLimits,
        files: FilesKnown<'a>,
    ) -> Self {
        Self { place: InputPath::Root("filter"), level: 1, conditions, limits, files }
    }

    /// Reads conditions in the argument `input`, which know nothing of files.
    pub fn of_input(conditions: &'a Cell<usize>, limits: FilterLimits) -> Self {
        let place = InputPath::Root("input");
        Self { place, level: 1, conditions, limits, files: FilesKnown::Nothing }
    }

    /// The roots that cannot be reached now, for a condition on files at this place.
    ///
    /// # Errors
    /// `BadUserInput` if nothing is known of the files.
    pub fn offline_roots(&self) -> Result<&'a [RootId], ApiError> {
        match self.files {
            FilesKnown::Now { offline } => Ok(offline),
            FilesKnown::Nothing => Err(ApiError::BadUserInput(format!(
                "{} cannot be used for the past: whether files could be reached then was not recorded. \
                 Use missingSince instead",
                self.place
            ))),
        }
    }

    /// The value of a field, if given.
    ///
    /// # Errors
    /// `BadUserInput` if it is null: whether that means "no value" or "no condition" is ambiguous.
    pub fn given<V>(
        &'a self,
        field: &'static str,
        value: MaybeUndefined<V>,
    ) -> Result<Option<(Self, V)>, ApiError> {
        let place = InputPath::Field(&self.place, field);
        match value {
            MaybeUndefined::Undefined => Ok(None),
            MaybeUndefined::Value(value) => Ok(Some((Self { place, ..*self }, value))),
            MaybeUndefined::Null => {
                Err(ApiError::BadUserInput(format!("{place} must not be null: omit it")))
            }
        }
    }

    /// The value of an operator, if given, which counts as a condition.
    ///
    /// # Errors
    /// `BadUserInput` if it is null or one condition too many.
    pub fn condition<V>(
        &self,
        operator: &'static str,
        value: MaybeUndefined<V>,
    ) -> Result<Option<V>, ApiError> {
        let Some((_, value)) = self.given(operator, value)? else { return Ok(None) };
        self.conditions.set(self.conditions.get() + 1);
        let most = self.limits.max_conditions;
        if self.conditions.get() > most {
            return Err(ApiError::BadUserInput(format!(
                "a filter can have at most {most} conditions (max-filter-conditions): combine values of \
                 one field in a single in"
            )));
        }
        Ok(Some(value))
    }

    /// The values of an operator with this maximum number of values, if given, which count as one
    /// condition.
    ///
    /// # Errors
    /// `BadUserInput` if it is null, one condition too many, or too long.
    pub fn values<V>(
        &self,
        operator: &'static str,
        values: MaybeUndefined<Vec<V>>,
        most: usize,
    ) -> Result<Option<Vec<V>>, ApiError> {
        let values = self.condition(operator, values)?;
        match values {
            Some(values) if values.len() > most => Err(ApiError::BadUserInput(format!(
                "{}.{operator} can have at most {most} values, not {}",
                self.place,
                values.len()
            ))),
            values => Ok(values),
        }
    }

    /// The query of a search, if given, which counts as one condition.
    ///
    /// # Errors
    /// `BadUserInput` if it is null, one condition too many, or too long.
    pub fn search(
        &self,
        field: &'static str,
        text: MaybeUndefined<String>,
    ) -> Result<Option<SearchQuery>, ApiError> {
        let Some(text) = self.condition(field, text)? else { return Ok(None) };
        let query = SearchQuery::parse(&text);
        let query = query.map_err(|too_long| {
            ApiError::BadUserInput(format!("{}.{field} {too_long}", self.place))
        })?;
        Ok(Some(query))
    }

    /// The place of a filter inside the one at this place.
    ///
    /// # Errors
    /// `BadUserInput` if that is nested too deeply.
    pub fn deeper(&self) -> Result<Self, ApiError> {
        let most = self.limits.max_levels;
        if self.level == most {
            return Err(ApiError::BadUserInput(format!(
                "{} is nested too deeply: a filter can have at most {most} levels \
                 (max-filter-levels)",
                self.place
            )));
        }
        Ok(Self { level: self.level + 1, ..*self })
    }

    /// The place of an item in the list at this place.
    pub fn item(&'a self, index: usize) -> Self {
        Self { place: InputPath::Item(&self.place, index), ..*self }
    }
}
