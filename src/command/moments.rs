//! Moments in the past that a command line names.

use std::sync::Arc;

use super::Failure;
use crate::causes::with_causes;
use crate::config::MomentLimits;
use crate::domain::{Timestamp, printable};
use crate::graphql::schema::cursor::Cursor;
use crate::history::moment::{Differences, Moment, MomentAt, MomentError, MomentSettings, Moments};
use crate::repository::VideoReader;

/// A moment, as it was named.
pub(super) struct NamedMoment<'s> {
    text: &'s str,
    at: MomentAt,
}

impl<'s> NamedMoment<'s> {
    /// The moment that a text names.
    ///
    /// # Errors
    /// When it is neither a time nor a cursor of a change.
    pub(super) fn parse(text: &'s str) -> Result<Self, Failure> {
        let time = text.parse::<Timestamp>().ok().map(MomentAt::Time);
        let at = time.or_else(|| Cursor::log_place(text).ok().map(MomentAt::Place));
        let at = at.ok_or_else(|| {
            format!(
                "\"{}\" is not a moment: give a time such as 2026-11-28T12:00:00Z, with a time zone and at most \
                 six decimals, or a cursor from videoChanges, libraryAt or changesCursor",
                printable(text)
            )
        })?;
        Ok(Self { text, at })
    }

    /// The library at this moment, as far as a snapshot of it knows.
    ///
    /// # Errors
    /// When the library does not have it, too much has changed since, or the library cannot be read.
    pub(super) async fn open(
        &self,
        moments: &Moments,
        snapshot: &Arc<dyn VideoReader>,
    ) -> Result<Moment, Failure> {
        let moment = moments.at(Arc::clone(snapshot), self.at).await;
        moment.map_err(|error| self.explain(error))
    }

    /// What differs from this moment to another one or, without one, to now.
    ///
    /// # Errors
    /// When the other one is earlier, and as above.
    pub(super) async fn differences(
        &self,
        until: Option<&Self>,
        moments: &Moments,
        snapshot: &Arc<dyn VideoReader>,
    ) -> Result<Differences, Failure> {
        // Where nothing was changed in between, both are the same moment to the library.
        if let (MomentAt::Time(from), Some(MomentAt::Time(to))) = (self.at, until.map(|it| it.at))
            && to < from
        {
            return Err(self.explain(MomentError::NotLater));
        }
        let from = self.open(moments, snapshot).await?;
        let until = match until {
            Some(until) => Some(until.open(moments, snapshot).await?),
            None => None,
        };
        let differences = moments.differences(&from, until.as_ref()).await;
        differences.map_err(|error| self.explain(error))
    }

    fn explain(&self, error: MomentError) -> Failure {
        let text = self.text;
        let why = match error {
            MomentError::UnknownPlace => format!(
                "the change of the cursor {text} is not in this library, which is another one or was restored \
                 from an older backup: give a cursor of this library, or a time"
            ),
            MomentError::NotLater => {
                format!("{text} is later than the second moment: swap the two")
            }
            MomentError::TooFar { changes, limit } => format!(
                "{changes} changes have been made since {text}, more than the maximum of {limit}: raise it with \
                 --max-moment-changes, which takes memory for each changed video, or choose a later moment"
            ),
            MomentError::Store(error) => with_causes(&error),
        };
        why.into()
    }
}

/// The past of a library that is read once, within these limits.
pub(super) fn within(limits: &MomentLimits) -> Moments {
    Moments::new(MomentSettings { max_changes: limits.max_moment_changes, cache_bytes: 0 })
}
