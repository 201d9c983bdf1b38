//! The contents of a library, and what its reads and writes have in common.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use super::catalogued::Catalogued;

use crate::domain::catalogue::{FileNumber, FileRow, KnownFile};
use crate::domain::past::needs_checkpoint;
use crate::domain::search::Tier;
use crate::domain::{
    AuditEntry, AuditEntryId, Replay, SearchPosition, SearchQuery, SortPosition, Text, Video,
    VideoFilter, VideoId, VideoOrder,
};
use crate::repository::stage::{Change, LogEnd, Stage, log_needed};
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
    pub(super) catalogued: Catalogued,
}

impl Library {
    pub(super) fn expect_open(&self, attempted: &'static str) -> Result<(), RepositoryError> {
        if self.is_closed {
            return Err(RepositoryError::unavailable(attempted)("the library is closed"));
        }
        Ok(())
    }

    pub(super) fn stage_for(&self, write: &Write) -> Stage {
        let end = self.log.last().map_or(LogEnd::EMPTY, LogEnd::behind);
        let mut stage = Stage::new(end);
        let since = log_needed([write].into_iter(), end.sequence);
        let recent = since.map_or(&[][..], |since| self.behind(since));
        let files = self.files_of(write);
        let free_paths = write.found().into_iter();
        let free_paths = free_paths.flat_map(|found| found.paths_without_video(&files));
        let paths: Vec<_> = write.touched_paths().into_iter().chain(free_paths).collect();
        let holders = paths.iter().filter_map(|path| self.holders.get(path)).copied();
        let of_files = files.iter().filter_map(|row| row.file.video);
        let of_log = recent.iter().map(|entry| entry.entity_id);
        let ids = write.touched_ids().into_iter().chain(holders).chain(of_files).chain(of_log);
        let ids: HashSet<_> = ids.collect();
        for id in ids {
            match (self.videos.get(&id), self.history(&id).next_back()) {
                (Some(video), _) => stage.load(video.clone()),
                (None, Some(deletion)) => stage.load_deleted(id, deletion.version),
                (None, None) => {}
            }
        }
        recent.iter().for_each(|entry| stage.load_entry(entry.clone()));
        files.into_iter().for_each(|row| stage.load_file(row));
        stage
    }

    /// The entries of the log behind a sequence.
    pub(super) fn behind(&self, sequence: i64) -> &[AuditEntry] {
        let begin = self.log.partition_point(|entry| entry.sequence <= sequence);
        &self.log[begin..]
    }

    /// The files that a write is about.
    fn files_of(&self, write: &Write) -> Vec<FileRow> {
        let Some(found) = write.found() else { return Vec::new() };
        let at = found.new_paths().filter_map(|path| self.catalogued.number_at(found.root, path));
        let numbers: HashSet<_> = found.numbers().chain(at).collect();
        numbers.into_iter().filter_map(|number| self.file(number)).collect()
    }

    pub(super) fn file(&self, number: FileNumber) -> Option<FileRow> {
        Some(self.row(number, self.catalogued.files.get(&number)?))
    }

    /// Every file.
    pub(super) fn files(&self) -> impl Iterator<Item = FileRow> + '_ {
        self.files_after(None)
    }

    /// The files after this number.
    pub(super) fn files_after(
        &self,
        after: Option<FileNumber>,
    ) -> impl Iterator<Item = FileRow> + '_ {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let files = self.catalogued.files.range((after, Bound::Unbounded));
        files.map(|(number, file)| self.row(*number, file))
    }

    /// What is wrong with a file: it is in no root, or its video is not there or has another path.
    pub(super) fn fault_of_file(&self, row: &FileRow) -> Option<String> {
        let FileRow { number: FileNumber(number), file, .. } = row;
        let roots = &self.catalogued.roots;
        let Some(root) = roots.iter().find(|root| root.id == file.root) else {
            return Some(format!("file {number}: its library root is not there"));
        };
        let id = file.video?;
        match self.videos.get(&id) {
            None => Some(format!("file {number}: its video {id} is not there")),
            Some(video) if root.path_of(&file.path).is_ok_and(|path| path == video.values.path) => {
                None
            }
            Some(_) => Some(format!("file {number}: its video {id} has another path")),
        }
    }

    fn row(&self, number: FileNumber, file: &KnownFile) -> FileRow {
        let video = file.video.and_then(|id| self.videos.get(&id));
        let missing_since = video.and_then(|video| video.values.facts().missing_since);
        FileRow { number, file: file.clone(), missing_since }
    }

    pub(super) fn keep(&mut self, change: Change) {
        if let Some(before) = &change.before {
            // Another video may have taken over the path by the same write.
            if self.holders.get(&before.values.path) == Some(&before.id) {
                self.holders.remove(&before.values.path);
            }
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
        let is_on_files = filter.is_on_files();
        self.videos.values().filter(move |video| {
            let file = if is_on_files { self.catalogued.placement_of(video.id) } else { None };
            filter.matches(video, file)
        })
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
        let mut rows: Vec<_> =
            self.matching(filter).map(|video| (order.place_of(video), video)).collect();
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
