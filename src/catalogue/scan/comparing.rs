//! Compares what a walk found with what is known.

use std::collections::HashMap;

use super::halt::Halt;
use super::run::{Candidate, Old, Run};
use super::writes::Meaning;
use crate::catalogue::Found;
use crate::catalogue::disk::Stat;
use crate::domain::catalogue::{FileMark, FileRow, Problem, ProblemCode};
use crate::repository::FileChange;

/// What is kept of what a disk says about a file.
pub(super) fn mark_of(stat: &Stat) -> FileMark {
    FileMark {
        size: stat.size,
        modified: stat.modified,
        changed: stat.changed,
        device: stat.device,
        inode: stat.inode,
    }
}

impl Run<'_> {
    /// Takes note of what was found. Returns the files that have to be read.
    pub(super) async fn compare(&mut self, found: Vec<Found>) -> Result<Vec<Candidate>, Halt> {
        let mut files = Vec::new();
        for found in found {
            self.areas.note(&found);
            match found {
                Found::File { path, stat } => files.push((path, mark_of(&stat))),
                Found::Refused { path, problem } => self.problems.note(&path, problem, None),
                Found::Unreachable { path, problem } if path.is_empty() => {
                    return Err(Halt::lost(&self.task.root.name, &problem));
                }
                Found::Unreachable { path, problem } => self.problems.note(&path, problem, None),
                Found::Excluded { .. } => self.board.counts().ignored += 1,
                Found::Folder { .. } | Found::Gone { .. } => {}
            }
        }
        let mut known = self.known_at(&files).await?;
        let mut candidates = Vec::new();
        for (path, mark) in files {
            let row = known.remove(&path);
            candidates.extend(self.look_at(path, mark, row.as_ref()).await?);
        }
        self.board.counts().problems = self.problems.count() as u64;
        Ok(candidates)
    }

    async fn known_at(
        &self,
        files: &[(Vec<u8>, FileMark)],
    ) -> Result<HashMap<Vec<u8>, FileRow>, Halt> {
        if files.is_empty() {
            return Ok(HashMap::new());
        }
        let paths: Vec<_> = files.iter().map(|(path, _)| path.clone()).collect();
        let rows = self.catalogue.files_at(self.task.root.id, &paths).await?;
        Ok(rows.into_iter().map(|row| (row.file.path.clone(), row)).collect())
    }

    /// Compares a file with what is known at its path.
    async fn look_at(
        &mut self,
        path: Vec<u8>,
        mark: FileMark,
        row: Option<&FileRow>,
    ) -> Result<Option<Candidate>, Halt> {
        self.board.counts().seen += 1;
        let is_rescan = self.task.job.order.rescan;
        match row {
            Some(row) if row.file.mark == mark && !is_rescan => {
                self.leave_as_it_was(row).await?;
                return Ok(None);
            }
            // What is there now is known to be no video.
            Some(row) if !is_rescan && self.problems.keep_of(&path, &mark) => {
                self.seen.there.insert(row.number);
                self.spoiled.push(Old::from(row));
                return Ok(None);
            }
            None if !is_rescan && self.problems.keep_of(&path, &mark) => return Ok(None),
            None if self.task.root.path_of(&path).is_err() => {
                self.problems.note(&path, Problem::new(ProblemCode::NameTooLong), None);
                return Ok(None);
            }
            _ => {}
        }
        Ok(Some(Candidate { path, mark, old: row.map(Old::from) }))
    }

    async fn leave_as_it_was(&mut self, row: &FileRow) -> Result<(), Halt> {
        self.seen.there.insert(row.number);
        self.seen.same.insert(row.number);
        self.problems.keep_flaw(&row.file.path, &row.file.mark);
        let (number, video) = (row.number, row.file.video);
        let is_back = row.missing_since.is_some() || row.file.is_unreachable;
        let meaning = match video {
            None => Meaning::Nothing,
            Some(_) if row.missing_since.is_some() => Meaning::Restored,
            Some(_) => Meaning::Content,
        };
        if video.is_none() {
            self.board.counts().ignored += 1;
        }
        if is_back {
            return self.plan(FileChange::Restored { number }, video, meaning).await;
        }
        if video.is_some() {
            self.board.counts().unchanged += 1;
        }
        Ok(())
    }
}
