//! Going back to an earlier version of a video.

use std::slice::from_ref;

use super::inputs::RestoreVideoInput;
use super::scope::Scope;
use super::types::payloads::RestoreVideoPayload;
use super::types::{UserError, UserErrorCode, Video};
use crate::domain::{AuditEntryId, VideoId};
use crate::graphql::error::ApiError;
use crate::repository::RepositoryError;

/// Gives a video the values of a version, or says why it cannot have them.
///
/// # Errors
/// When the store fails.
pub async fn restore(
    scope: &Scope,
    input: RestoreVideoInput,
) -> Result<RestoreVideoPayload, ApiError> {
    let refused = |user_errors| RestoreVideoPayload { user_errors, ..Default::default() };
    let (version, expected_version) = match input.parse() {
        Ok(given) => given,
        Err(faults) => return Ok(refused(faults)),
    };
    let Some(past) = scope.repository().videos_at(&[version]).await?.pop().flatten() else {
        let is_known = scope.repository().count_entries_of(&[version.entity_id]).await? != [0];
        let fault =
            if is_known { no_such_state(version) } else { no_such_video(version.entity_id) };
        return Ok(refused(vec![fault]));
    };
    let written = scope.repository().restore(past, expected_version, scope.attribution()).await;
    scope.note(written.as_ref().map(from_ref));
    match written {
        Ok(written) => Ok(written.into()),
        Err(error) => {
            Ok(RestoreVideoPayload { video: standing(&error), ..refused(faults(error)?) })
        }
    }
}

fn no_such_video(id: VideoId) -> UserError {
    let why = format!("there is no video with the ID {id}, and there never was one");
    UserError::at(UserErrorCode::NotFound, "id", why)
}

fn no_such_state(AuditEntryId { entity_id, version }: AuditEntryId) -> UserError {
    let why =
        format!("version {version} of the video {entity_id} does not exist, or is a deletion");
    UserError::at(UserErrorCode::NotFound, VERSION, why)
}

fn standing(error: &RepositoryError) -> Option<Video> {
    match error {
        RepositoryError::UpdateConflict(conflict) => conflict.video.clone().map(Video),
        _ => None,
    }
}

const VERSION: &str = "version";

/// The path is that of the version.
fn faults(error: RepositoryError) -> Result<Vec<UserError>, ApiError> {
    let faults = UserError::all_of(error, |_| vec!["input".to_owned()])?.into_iter();
    let faults = faults.map(|fault| match fault.code {
        UserErrorCode::PathTaken => UserError::at(fault.code, VERSION, fault.message),
        _ => fault,
    });
    Ok(faults.collect())
}
