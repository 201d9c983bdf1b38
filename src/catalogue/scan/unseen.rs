//! The known files that a complete walk did not see.

use std::collections::HashSet;

use super::areas::{Gap, folder_of};
use super::halt::Halt;
use super::run::{Old, Run};
use super::writes::Meaning;
use crate::domain::catalogue::{FileNumber, FileRow};
use crate::repository::{FileChange, RepositoryError};

/// Known files that were not seen.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    /// Those that are not where they were.
    pub(super) gone: Vec<Old>,
    /// Those whose disk is not mounted where it was.
    pub(super) unmounted: Vec<Old>,
}

const PAGE: usize = 1_000;

impl Run<'_> {
    /// Finds the known files in the scanned folders that were not seen. What lies in folders that could not
    /// be read is planned at once.
    pub(super) async fn unseen(&mut self) -> Result<Unseen, Halt> {
        let (mut unseen, mut strange, mut after) = (Unseen::default(), Vec::new(), None);
        loop {
            self.go_on()?;
            let rows = self.page(after).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.number);
            for row in &rows {
                match self.areas.gap(&row.file.path) {
                    _ if !self.is_unseen(row) => {}
                    _ if row.missing_since.is_some() => unseen.gone.push(Old::from(row)),
                    Some(Gap::Unreachable) => self.plan_unreachable(&Old::from(row)).await?,
                    Some(Gap::Excluded) => self.plan_excluded(row).await?,
                    None if self.is_on_known_disk(row) => unseen.gone.push(Old::from(row)),
                    None if row.file.is_unreachable => unseen.unmounted.push(Old::from(row)),
                    None => strange.push(Old::from(row)),
                }
            }
        }
        let inhabited = self.inhabited(&strange).await?;
        for old in strange {
            match inhabited.contains(folder_of(&old.path)) {
                true => unseen.gone.push(old),
                false => unseen.unmounted.push(old),
            }
        }
        Ok(unseen)
    }

    async fn page(&self, after: Option<FileNumber>) -> Result<Vec<FileRow>, RepositoryError> {
        self.catalogue.files_after(self.task.root.id, after, PAGE).await
    }

    fn is_unseen(&self, row: &FileRow) -> bool {
        self.areas.include(&row.file.path) && !self.seen.there.contains(row.number)
    }

    /// Whether the disk that a file was on is mounted where it was, or has another number now.
    fn is_on_known_disk(&self, row: &FileRow) -> bool {
        let (path, before) = (&row.file.path, row.file.mark.device);
        // The root itself was found to be the one that it was.
        let is_of_root = self.task.root.look.device == Some(before)
            && self.areas.device_at(path) == Some(self.device);
        is_of_root || self.areas.is_shifted(path, before)
    }

    /// The folders of these files in which other known files were seen: no disk is missing there.
    async fn inhabited(&self, files: &[Old]) -> Result<HashSet<Vec<u8>>, Halt> {
        let asked: HashSet<&[u8]> = files.iter().map(|old| folder_of(&old.path)).collect();
        let (mut inhabited, mut after) = (HashSet::new(), None);
        while !asked.is_empty() {
            self.go_on()?;
            let rows = self.page(after).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.number);
            for row in rows {
                let folder = folder_of(&row.file.path);
                let was_seen = self.seen.same.contains(row.number);
                if was_seen && !self.seen.fresh.contains(row.number) && asked.contains(folder) {
                    inhabited.insert(folder.to_vec());
                }
            }
        }
        Ok(inhabited)
    }

    /// Plans that the disk of a file cannot be reached.
    pub(super) async fn plan_unreachable(&mut self, old: &Old) -> Result<(), Halt> {
        if old.video.is_some() {
            self.board.counts().unreachable += 1;
        }
        if old.is_unreachable {
            return Ok(());
        }
        let change = FileChange::Unreachable { number: old.number };
        self.plan(change, old.video, Meaning::Nothing).await
    }

    async fn plan_excluded(&mut self, row: &FileRow) -> Result<(), Halt> {
        let change = FileChange::Forgotten { number: row.number };
        self.plan(change, row.file.video, Meaning::Nothing).await
    }
}
