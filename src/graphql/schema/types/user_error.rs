//! Errors of mutations that the caller can fix.

use async_graphql::{Enum, SimpleObject};

use crate::domain::{Invalid, VideoField, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::direct;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::repository::{RepositoryError, Taken, UpdateConflict};

list_sizes!(UserError {
    FIELD: field = ListSize::AtMost(5);
});

direct!(
    /// What the caller can mend. Nothing was changed when there is one.
    #[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
    pub struct UserError {
        /// More codes may come: a client needs a default branch.
        pub code: UserErrorCode,
        /// Human-readable description of the error.
        pub message: String,
        /// The path to the input field at fault, e.g. ["input", "videos", "3", "path"].
        pub field: Option<Vec<String>>,
    }
);

direct!(
    /// Reason for rejecting a mutation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    pub enum UserErrorCode {
        /// A value is not allowed: empty text, a size of zero, a malformed ID.
        Invalid,
        /// There is nothing with this ID.
        NotFound,
        /// Another video has this ID.
        IdTaken,
        /// Another video has this path.
        PathTaken,
        /// The video is no longer at the expected version.
        VersionConflict,
        /// The root cannot be reached.
        RootOffline,
        /// What the caller expected no longer holds: look again.
        ExpectationFailed,
        /// `plan` is missing: ask for a dry run first.
        PlanRequired,
        /// Not in a state that allows this.
        NotPossibleNow,
        /// Something was changed since, see `items`.
        UndoConflict,
        /// More than the server's limit, which the message names.
        TooMany,
        /// Several requests share this ID: name the actor or the time.
        RequestNotUnique,
    }
);

impl UserError {
    /// The number of errors that one video can have, at its fields and at parts of them.
    pub const PER_VIDEO: usize = VideoField::ALL.len() - VideoField::OF_FILE.len();

    /// A value that is not allowed in the last field of `field`.
    pub fn invalid(field: Vec<String>, why: &Invalid) -> Self {
        let name = field.last().map_or("input", String::as_str);
        Self { code: UserErrorCode::Invalid, message: format!("{name} {why}"), field: Some(field) }
    }

    /// An error in this field of the input of a mutation.
    pub fn at(code: UserErrorCode, name: &str, message: impl Into<String>) -> Self {
        let field = Some(below(vec!["input".to_owned()], name));
        Self { code, message: message.into(), field }
    }

    /// What a dry run returned is needed, and was not passed.
    pub fn missing_plan() -> Self {
        let why = "plan is missing: ask for a dry run first, and pass the plan that it returns";
        Self::at(UserErrorCode::PlanRequired, "plan", why)
    }

    /// What a dry run returned is not what would be done.
    pub fn outdated_plan() -> Self {
        let why = "the plan is not what would be done now: ask for a dry run again";
        Self::at(UserErrorCode::ExpectationFailed, "plan", why)
    }

    /// The errors that the caller can fix, for a write that failed. `input_of` gives the path to
    /// the object at a position of the input.
    ///
    /// # Errors
    /// `Internal` when the caller cannot fix it.
    pub fn all_of(
        error: RepositoryError,
        input_of: impl Fn(usize) -> Vec<String>,
    ) -> Result<Vec<Self>, ApiError> {
        match error {
            RepositoryError::NotFound(id) => Ok(vec![Self::not_found(id, input_of(0))]),
            RepositoryError::UpdateConflict(conflict) => {
                Ok(Self::of_update(&conflict, &input_of(0)))
            }
            RepositoryError::Conflicts(conflicts) => Ok(conflicts
                .into_iter()
                .map(|conflict| Self::taken(&conflict.taken, input_of(conflict.index)))
                .collect()),
            RepositoryError::PlanOutdated => Ok(vec![Self::outdated_plan()]),
            RepositoryError::TimedOut { .. }
            | RepositoryError::Busy { .. }
            | RepositoryError::Unavailable { .. }
            | RepositoryError::OutcomeUnknown
            | RepositoryError::Store { .. } => Err(error.into()),
        }
    }

    fn not_found(id: VideoId, input: Vec<String>) -> Self {
        Self {
            code: UserErrorCode::NotFound,
            message: format!("there is no video {id}"),
            field: Some(below(input, "id")),
        }
    }

    /// A conflict of versions comes before one of paths.
    fn of_update(conflict: &UpdateConflict, input: &[String]) -> Vec<Self> {
        let UpdateConflict { is_at_other_version, taken_path, .. } = conflict;
        let version = is_at_other_version.then(|| Self::version_conflict(conflict, input.to_vec()));
        let taken = taken_path.clone().map(Taken::Path);
        let path = taken.map(|taken| Self::taken(&taken, input.to_vec()));
        version.into_iter().chain(path).collect()
    }

    fn version_conflict(conflict: &UpdateConflict, input: Vec<String>) -> Self {
        let version = conflict.version;
        let message = match conflict.video {
            Some(_) => format!("the video is now at version {version}"),
            None => format!("the video was deleted with version {version}"),
        };
        Self {
            code: UserErrorCode::VersionConflict,
            message,
            field: Some(below(input, "expectedVersion")),
        }
    }

    /// A value of the object at `input` that another video has.
    pub fn taken(taken: &Taken, input: Vec<String>) -> Self {
        let (code, message, name) = match taken {
            Taken::Id(id) => {
                (UserErrorCode::IdTaken, format!("another video has the ID {id}"), "id")
            }
            Taken::Path(path) => {
                (UserErrorCode::PathTaken, format!("another video has the path {path}"), "path")
            }
        };
        Self { code, message, field: Some(below(input, name)) }
    }
}

fn below(mut path: Vec<String>, name: &str) -> Vec<String> {
    path.push(name.to_owned());
    path
}
