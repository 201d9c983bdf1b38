//! Marks videos as missing, and notes problems: the end of a scan.

use super::areas::Gap;
use super::halt::Halt;
use super::run::{Old, Run};
use super::writes::Meaning;
use crate::domain::catalogue::{FileRow, ScanPhase};
use crate::repository::{FileChange, RepositoryError};

impl Run<'_> {
    /// Marks the videos of these files as missing. Returns how many would become missing if they are too
    /// many, and none is marked.
    pub(super) async fn mark(&mut self, gone: &[Old]) -> Result<Option<u64>, Halt> {
        let lost: Vec<&Old> = gone.iter().filter(|old| !old.is_missing).collect();
        let count = lost.len() as u64;
        self.board.begin(ScanPhase::Marking, Some(count));
        let is_allowed = match self.task.job.order.confirmed_missing {
            Some(most) => count <= most,
            None => self.settings.guard.allows(count, self.available),
        };
        if !is_allowed {
            self.board.counts().held_back = count;
            return Ok(Some(count));
        }
        if !lost.is_empty() {
            self.look_again().await?;
        }
        for old in lost {
            self.go_on()?;
            let change = FileChange::Missing { number: old.number };
            self.plan(change, old.video, Meaning::Missing).await?;
            self.board.advance(1);
        }
        self.flush().await?;
        Ok(None)
    }

    /// Notes what has changed about the problems of the root. Only a complete walk says that there are none
    /// any more.
    pub(super) async fn note_problems(&mut self, is_complete: bool) -> Result<(), RepositoryError> {
        self.narrow_candidates().await?;
        let is_over = |path: &[u8]| {
            let was_looked_at = self.areas.gap(path) != Some(Gap::Unreachable);
            is_complete && self.areas.include(path) && was_looked_at
        };
        let difference = self.problems.difference(self.writes.now(), is_over);
        self.board.counts().problems = self.problems.count_after(&difference) as u64;
        if difference.noted.is_empty() && difference.removed.is_empty() {
            return Ok(());
        }
        let root = self.task.root.id;
        self.catalogue.change_problems(root, &difference.noted, &difference.removed).await
    }

    /// Leaves only those candidates of files that are missing, or would be if the guard allowed it.
    async fn narrow_candidates(&mut self) -> Result<(), RepositoryError> {
        let is_lost =
            |row: &FileRow| row.missing_since.is_some() || !self.seen.there.contains(row.number);
        let mut narrowed = Vec::new();
        for (path, candidates) in self.problems.candidates() {
            let rows = self.catalogue.files_of(&candidates).await?;
            let here =
                self.catalogue.files_at(self.task.root.id, std::slice::from_ref(&path)).await?;
            let video = here.first().and_then(|row| row.file.video);
            // Otherwise it was decided which one it is, or the file has no video any more.
            let is_open = video.is_some_and(|video| !candidates.contains(&video));
            let rows = candidates.iter().zip(&rows).filter(|_| is_open);
            let lost = rows.filter(|(_, row)| row.as_ref().is_some_and(is_lost));
            narrowed.push((path, lost.map(|(id, _)| *id).collect()));
        }
        for (path, candidates) in narrowed {
            self.problems.narrow(&path, candidates);
        }
        Ok(())
    }
}
