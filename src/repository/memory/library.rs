//! The contents of a library, and what its reads and writes have in common.

use std::collections::HashMap;

use crate::domain::past::needs_checkpoint;
use crate::domain::search::Tier;
use crate::domain::{
    AuditEntry, AuditEntryId, Replay, SearchPosition, SearchQuery, SortPosition, Text, Video,
    VideoFilter, VideoId, VideoOrder,
};
use crate::repository::stage::{Change, LogEnd, Stage};
use crate::repository::{RepositoryError, Write};

#[derive(Clone, Debug, Default)]
pub(super) struct Library {
    pub(super) is_closed: bool,
    pub(super) videos: HashMap<VideoId, Video>,
    pub(super) holders: HashMap<Text, VideoId>,
    /// In commit order; an entry's sequence is its position here, counted from one.
    pub(super) log: Vec<AuditEntry>,
    /// The positions of each video's entries; the entry of version `n` is at `n - 1`.
    pub(super) histories: HashMap<VideoId, Vec<usize>>,
    pub(super) checkpoints: HashMap<AuditEntryId, Video>,
}

impl Library {
    pub(super) fn expect_open(&self, attempted: &'static str) -> Result<(), RepositoryError> {
        if self.is_closed {
            return Err(RepositoryError::unavailable(attempted)("the library is closed"));
        }
        Ok(())
    }

    pub(super) fn stage_for(&self, write: &Write) -> Stage {
        let mut stage = Stage::new(self.log.last().map_or(LogEnd::EMPTY, LogEnd::behind));
        let paths = write.touched_paths();
        let holders = paths.iter().filter_map(|path| self.holders.get(path)).copied();
        for id in write.touched_ids().into_iter().chain(holders) {
            match (self.videos.get(&id), self.history(&id).next_back()) {
                (Some(video), _) => stage.load(video.clone()),
                (None, Some(deletion)) => stage.load_deleted(id, deletion.version),
                (None, None) => {}
            }
        }
        stage
    }

    pub(super) fn keep(&mut self, change: Change) {
        if let Some(before) = &change.before {
            self.holders.remove(&before.values.path);
            self.videos.remove(&before.id);
        }
        if needs_checkpoint(&change.entry) {
            self.checkpoints.extend(change.after.clone().map(|video| (change.entry.id(), video)));
        }
        if let Some(after) = change.after {
            self.holders.insert(after.values.path.clone(), after.id);
            self.videos.insert(after.id, after);
        }
        self.histories.entry(change.entry.entity_id).or_default().push(self.log.len());
        self.log.push(change.entry);
    }

    pub(super) fn matching(&self, filter: &VideoFilter) -> impl Iterator<Item = &Video> {
        self.videos.values().filter(|video| filter.matches(video))
    }

    pub(super) fn history(
        &self,
        id: &VideoId,
    ) -> impl DoubleEndedIterator<Item = &AuditEntry> + ExactSizeIterator {
        let positions = self.histories.get(id).map_or(&[][..], Vec::as_slice);
        positions.iter().map(|position| &self.log[*position])
    }

    /// The videos that match a filter, in an order.
    pub(super) fn sorted(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
    ) -> Vec<(SortPosition, &Video)> {
        let matching = self.videos.values().filter(|video| filter.matches(video));
        let mut rows: Vec<_> = matching.map(|video| (order.place_of(video), video)).collect();
        rows.sort_unstable_by(|(a, _), (b, _)| order.compare(a, b));
        rows
    }

    /// What a search finds, best match first.
    pub(super) fn ranked(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Vec<(SearchPosition, &Video)> {
        let place = |(tier, video): (Tier, _)| {
            let video: &Video = video;
            (SearchPosition { tier, created_at: video.created_at, id: video.id }, video)
        };
        let mut hits: Vec<_> = self.found(query, filter).map(place).collect();
        hits.sort_unstable_by_key(|(place, _)| *place);
        hits
    }

    pub(super) fn found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> impl Iterator<Item = (Tier, &Video)> {
        self.matching(filter).filter_map(|video| {
            let tier = query.rank(&video.values)?;
            Some((tier, video))
        })
    }

    pub(super) fn fault_of(&self, id: VideoId) -> Option<String> {
        let mut replay = Replay::default();
        for entry in self.history(&id) {
            if let Err(fault) = replay.apply(entry) {
                return Some(format!("audit entry {}: {fault}", entry.id()));
            }
        }
        let is_as_recorded = replay.agrees_with(self.videos.get(&id));
        (!is_as_recorded).then(|| format!("video {id} does not match its history"))
    }
}
