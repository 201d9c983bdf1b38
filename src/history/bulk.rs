//! Changing many videos in the same way, as planned from one moment of the library.

use std::collections::HashSet;

use crate::domain::{PageRequest, Video, VideoFilter, VideoId, VideoOrder, VideoPatch};
use crate::repository::{
    Becomes, PlannedChange, PlannedChanges, RepositoryError, Unless, VideoReader,
};

/// How many videos are read at once.
const BATCH: usize = 1000;

/// Which videos to change.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Those with these IDs.
    Ids(Vec<VideoId>),
    /// Those that this filter matches.
    Filter(VideoFilter),
}

/// What to do with each of them.
#[derive(Clone, Debug)]
pub enum BulkChange {
    /// It gets these values.
    Update(VideoPatch),
    /// It is deleted.
    Delete,
}

impl BulkChange {
    /// What becomes of a video; none if it stays as it is.
    fn of(&self, video: &Video) -> Option<Becomes> {
        match self {
            Self::Delete => Some(Becomes::Deleted),
            Self::Update(patch) => {
                let values = patch.clone().apply_to(&video.values);
                (values != video.values).then(|| Becomes::Values(Box::new(values)))
            }
        }
    }
}

/// A change of many videos, as it would be made now.
#[derive(Debug)]
pub struct BulkPlan {
    /// The videos that change, as they are before, each with the change in `changes` at the same position.
    pub videos: Vec<Video>,
    /// The changes.
    pub changes: PlannedChanges,
}

/// Why a change of many videos cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPlanned {
    /// There are no videos with these IDs, which are at these positions.
    Unknown(Vec<(usize, VideoId)>),
    /// More videos are selected than can be changed at once.
    TooMany {
        /// Their number.
        count: u64,
    },
}

/// Plans a change of the selected videos, of which there can be as many as the limit. All that is read must be of one
/// moment.
///
/// # Errors
/// When the library cannot be read.
pub async fn plan(
    library: &dyn VideoReader,
    selection: Selection,
    change: &BulkChange,
    limit: usize,
) -> Result<Result<BulkPlan, NotPlanned>, RepositoryError> {
    let seen = library.newest().await?.sequence;
    let selected = match &selection {
        Selection::Ids(ids) => with_ids(library, ids, limit).await?,
        Selection::Filter(filter) => matching(library, filter, limit).await?,
    };
    let unless = match selection {
        Selection::Ids(_) => Unless::Nothing,
        Selection::Filter(filter) => Unless::Matches(filter),
    };
    Ok(selected.map(|selected| {
        let planned = selected.into_iter().filter_map(|video| {
            let becomes = change.of(&video)?;
            let change = PlannedChange { id: video.id, version: video.version, becomes };
            Some((video, change))
        });
        let (videos, changes) = planned.unzip();
        BulkPlan { videos, changes: PlannedChanges { changes, seen, unless } }
    }))
}

/// The videos with these IDs, in their order and each once.
async fn with_ids(
    library: &dyn VideoReader,
    ids: &[VideoId],
    limit: usize,
) -> Result<Result<Vec<Video>, NotPlanned>, RepositoryError> {
    let found = library.get_many(ids).await?;
    let asked = ids.iter().copied().enumerate().zip(&found);
    let unknown = asked.filter_map(|(asked, video)| video.is_none().then_some(asked));
    let unknown: Vec<_> = unknown.collect();
    if !unknown.is_empty() {
        return Ok(Err(NotPlanned::Unknown(unknown)));
    }
    let mut seen = HashSet::with_capacity(ids.len());
    let mut videos: Vec<_> = found.into_iter().flatten().collect();
    videos.retain(|video| seen.insert(video.id));
    Ok(match videos.len() > limit {
        true => Err(NotPlanned::TooMany { count: videos.len() as u64 }),
        false => Ok(videos),
    })
}

/// The videos that a filter matches, newest first.
async fn matching(
    library: &dyn VideoReader,
    filter: &VideoFilter,
    limit: usize,
) -> Result<Result<Vec<Video>, NotPlanned>, RepositoryError> {
    let order = VideoOrder::default();
    let (mut videos, mut after): (Vec<Video>, _) = Default::default();
    loop {
        let rest = limit.saturating_add(1) - videos.len();
        let request = PageRequest::Forward { limit: rest.min(BATCH), after };
        let page = library.list(filter, &order, &request).await?;
        after = page.items.last().map(|video| order.place_of(video));
        videos.extend(page.items);
        if videos.len() > limit {
            return Ok(Err(NotPlanned::TooMany { count: library.count(filter).await? }));
        }
        if !page.has_next {
            return Ok(Ok(videos));
        }
    }
}
