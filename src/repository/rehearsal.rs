//! Writes that are carried out without a store, to find out what they would do.

use std::collections::HashMap;

use super::stage::{Change, LogEnd, Stage};
use super::{ChangeContext, RepositoryError, VideoReader, Write, Written};
use crate::domain::filter::{TextField, TextTest};
use crate::domain::{
    NewVideo, OnConflict, PageRequest, Text, Video, VideoFilter, VideoId, VideoOrder,
};

/// A library on which writes are carried out one after another without changing it. What they would change is kept
/// in memory.
pub struct Rehearsal<'r> {
    library: &'r dyn VideoReader,
    /// The videos that have changed.
    changed: HashMap<VideoId, Video>,
    /// The paths that these have.
    holders: HashMap<Text, VideoId>,
}

impl<'r> Rehearsal<'r> {
    /// On top of this library, as it is at each look-up.
    pub fn of(library: &'r dyn VideoReader) -> Self {
        Self { library, changed: HashMap::new(), holders: HashMap::new() }
    }

    /// The answer that [`insert_many`](super::VideoRepository::insert_many) would have, with other numbers in its
    /// entries and for videos that were deleted before.
    ///
    /// # Errors
    /// Those that it would have, and those of looking up what is there.
    pub async fn insert_many(
        &mut self,
        videos: Vec<NewVideo>,
        on_conflict: OnConflict,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let write = Write::Insert { videos, on_conflict };
        let mut stage = self.stage_for(&write).await?;
        let written = stage.apply(write, &by)?;
        stage.into_changes().into_iter().for_each(|change| self.keep(change));
        Ok(written)
    }

    async fn stage_for(&self, write: &Write) -> Result<Stage, RepositoryError> {
        let (ids, paths) = (write.touched_ids(), write.touched_paths());
        let own_holders = paths.iter().filter_map(|path| self.holders.get(path));
        let own = ids.iter().chain(own_holders).filter_map(|id| self.changed.get(id));
        let mut stage = Stage::new(LogEnd::EMPTY);
        own.cloned().for_each(|video| stage.load(video));
        let with_ids = self.library.get_many(&ids).await?.into_iter().flatten();
        let at_paths = at_paths(self.library, &paths).await?;
        let others = with_ids.chain(at_paths).filter(|video| !self.changed.contains_key(&video.id));
        others.for_each(|video| stage.load(video));
        Ok(stage)
    }

    fn keep(&mut self, change: Change) {
        if let Some(before) = change.before
            && self.holders.get(&before.values.path) == Some(&before.id)
        {
            self.holders.remove(&before.values.path);
        }
        if let Some(after) = change.after {
            self.holders.insert(after.values.path.clone(), after.id);
            self.changed.insert(after.id, after);
        }
    }
}

/// The videos that have one of these paths.
async fn at_paths(
    library: &dyn VideoReader,
    paths: &[Text],
) -> Result<Vec<Video>, RepositoryError> {
    let named = TextTest::In(paths.iter().map(ToString::to_string).collect());
    let filter = VideoFilter::Text(TextField::Path, named);
    let all = PageRequest::first(paths.len());
    Ok(library.list(&filter, &VideoOrder::default(), &all).await?.items)
}
