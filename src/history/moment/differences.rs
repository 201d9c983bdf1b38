//! What differs between two moments.

use std::cmp::Ordering;
use std::sync::Arc;

use super::error::MomentError;
use super::moments::Moments;
use super::reads::Moment;
use super::since::Since;
use crate::domain::{FieldChange, Video, VideoId};
use crate::repository::VideoReader;

/// One video between two moments.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The video.
    pub id: VideoId,
    /// As it was at the first; none if it was added.
    pub before: Option<Arc<Video>>,
    /// As it was at the second; none if it was deleted.
    pub after: Option<Arc<Video>>,
    /// Its fields that differ.
    pub changes: Vec<FieldChange>,
}

impl Difference {
    fn between(
        id: VideoId,
        before: Option<&Arc<Video>>,
        after: Option<&Arc<Video>>,
    ) -> Option<Self> {
        let changes = FieldChange::between(before.map(|it| &**it), after.map(|it| &**it));
        let differs = !changes.is_empty();
        differs.then(|| Self { id, before: before.cloned(), after: after.cloned(), changes })
    }
}

impl Moments {
    /// What differs from a moment to a later one or, without one, to now: by ID, whatever happened in between.
    ///
    /// # Errors
    /// [`MomentError`].
    pub async fn differences(
        &self,
        from: &Moment,
        until: Option<&Moment>,
    ) -> Result<Differences, MomentError> {
        let snapshot: &dyn VideoReader = &*from.present;
        let since = match &from.since {
            Some(since) => Arc::clone(since),
            None => self.since(snapshot, from.at).await?,
        };
        let Some(until) = until else {
            return Ok(Differences { ids: since.ids(), since, until: None });
        };
        match until.at.place.sequence.cmp(&from.at.place.sequence) {
            Ordering::Less => Err(MomentError::NotLater),
            Ordering::Equal => Ok(Differences { ids: Vec::new(), since, until: None }),
            Ordering::Greater => {
                Ok(Differences { ids: since.ids(), since, until: until.since.clone() })
            }
        }
    }
}

/// What differs between two moments.
pub struct Differences {
    ids: Vec<VideoId>,
    since: Arc<Since>,
    /// What has changed since the second; none if that is the present.
    until: Option<Arc<Since>>,
}

impl Differences {
    /// Those of the videos after this ID, in the order of their IDs.
    pub fn after(&self, id: Option<VideoId>) -> impl Iterator<Item = Difference> + '_ {
        let begin = id.map_or(0, |id| self.ids.partition_point(|it| *it <= id));
        self.ids[begin..].iter().filter_map(|id| self.of(*id))
    }

    /// The number of videos that differ.
    pub fn count(&self) -> usize {
        self.after(None).count()
    }

    /// Whether a video differs that is up to this ID.
    pub fn has_up_to(&self, id: VideoId) -> bool {
        let end = self.ids.partition_point(|it| *it <= id);
        self.ids[..end].iter().any(|id| self.of(*id).is_some())
    }

    fn of(&self, id: VideoId) -> Option<Difference> {
        let changed = self.since.get(id)?;
        let until = self.until.as_ref().and_then(|until| until.get(id));
        let after = until.map_or(&changed.now, |changed| &changed.then);
        Difference::between(id, changed.then.as_ref(), after.as_ref())
    }
}
