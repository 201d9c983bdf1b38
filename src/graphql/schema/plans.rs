//! Dry runs, and carrying out what they have planned.

use super::scope::Scope;
use super::types::UserError;
use crate::graphql::error::ApiError;
use crate::repository::{ChangeContext, PlannedChanges, RepositoryError, Write, Written};

/// Why a mutation was not carried out.
pub enum Refusal {
    /// For what the caller can fix.
    User(Vec<UserError>),
    /// For anything else.
    Api(ApiError),
}

impl From<UserError> for Refusal {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<RepositoryError> for Refusal {
    fn from(error: RepositoryError) -> Self {
        Self::Api(error.into())
    }
}

/// The payload of an outcome, or of what the caller can fix.
///
/// # Errors
/// Those that the caller cannot fix.
pub fn payload<T, P>(
    outcome: Result<T, Refusal>,
    of: impl FnOnce(Option<T>, Vec<UserError>) -> P,
) -> Result<P, ApiError> {
    match outcome {
        Ok(outcome) => Ok(of(Some(outcome), Vec::new())),
        Err(Refusal::User(errors)) => Ok(of(None, errors)),
        Err(Refusal::Api(error)) => Err(error),
    }
}

/// Whether a plan is to be carried out, and not only shown: `now` stands for what would be done now, and `expected`
/// is what a dry run returned.
///
/// # Errors
/// When it is not a dry run, and this is not what one has returned.
pub fn is_to_be_carried_out(
    dry_run: bool,
    expected: Option<&str>,
    now: &str,
) -> Result<bool, UserError> {
    match expected {
        _ if dry_run => Ok(false),
        None => Err(UserError::missing_plan()),
        Some(expected) if expected == now => Ok(true),
        Some(_) => Err(UserError::outdated_plan()),
    }
}

/// Carries out a plan.
///
/// # Errors
/// When something has changed since, and when the store fails.
pub async fn carry_out(
    scope: &Scope,
    plan: PlannedChanges,
    by: ChangeContext,
) -> Result<Vec<Written>, Refusal> {
    let written = scope.repository().write(Write::Planned(plan), by).await;
    scope.note(written.as_deref());
    written.map_err(|error| match error {
        RepositoryError::PlanOutdated => UserError::outdated_plan().into(),
        error => error.into(),
    })
}
