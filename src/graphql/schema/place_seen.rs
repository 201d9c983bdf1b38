//! The place in the log that a mutation's caller has seen, which its answer carries.

use std::sync::{Mutex, PoisonError};

use async_graphql::Response;

use super::cursor::Cursor;
use crate::domain::LogPosition;
use crate::repository::{RepositoryError, VideoReader, Written};

/// The name of the place among the extensions of an answer, and of a request that sends it back.
pub const PLACE: &str = "place";

/// What the fields of a mutation have shown so far.
#[derive(Default)]
pub struct PlaceSeen(Mutex<Seen>);

/// The last of it; the fields of a mutation run one after another.
#[derive(Clone, Copy, Default)]
enum Seen {
    /// Nothing of the library.
    #[default]
    Nothing,
    /// A change that was made.
    Change(LogPosition),
    /// The library as others left it: nothing had to be changed, or the change was in conflict with it.
    Current,
}

impl PlaceSeen {
    /// Records the outcome of a write.
    pub fn note(&self, outcome: Result<&[Written], &RepositoryError>) {
        let seen = match outcome {
            Ok(written) => {
                let entry = written.iter().rev().find_map(|written| written.entry.as_ref());
                entry.map_or(Seen::Current, |entry| Seen::Change(LogPosition::behind(entry)))
            }
            Err(
                RepositoryError::NotFound(_)
                | RepositoryError::Conflicts(_)
                | RepositoryError::UpdateConflict(_)
                | RepositoryError::PlanOutdated,
            ) => Seen::Current,
            Err(_) => return,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    /// Adds the place to the answer, from which on a copy of the library shows what the caller has seen.
    pub async fn add_to(&self, response: &mut Response, library: &dyn VideoReader) {
        let seen = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match seen {
            Seen::Nothing => return,
            Seen::Change(place) => place,
            Seen::Current => match library.newest().await {
                Ok(newest) => newest,
                Err(error) => return tracing::debug!(%error, "no place"),
            },
        };
        let text = Cursor::Changes { place }.encode();
        response.extensions.insert(PLACE.to_owned(), text.into());
    }
}

/// The place that a text names, as answers and cursors of the stream of changes have it; none if it is
/// malformed.
pub fn place_named(text: &str) -> Option<LogPosition> {
    Cursor::log_place(text).ok()
}
