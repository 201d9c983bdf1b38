//! Making planned changes, all of them or none.

use std::collections::HashSet;

use super::Stage;
use crate::domain::{AuditEntry, AuditOperation, Text, VideoFilter, VideoId};
use crate::repository::planned::{Becomes, PlannedChange, PlannedChanges, Unless};
use crate::repository::{ChangeContext, RepositoryError, Written};

impl Stage {
    /// Puts an entry on the stage that the log has already, and on which plans may depend. Its video must be
    /// there as well.
    pub fn load_entry(&mut self, entry: AuditEntry) {
        self.recent.push(entry);
    }

    /// Makes planned changes, if everything is still as planned.
    pub(super) fn make_planned(
        &mut self,
        plan: PlannedChanges,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        if !self.is_up_to_date(&plan) {
            return Err(RepositoryError::PlanOutdated);
        }
        let mark = self.mark();
        let changes = plan.changes.into_iter();
        let written: Result<_, _> = changes.map(|change| self.make_one(change, by)).collect();
        if written.is_err() {
            self.undo_to(mark);
        }
        written
    }

    fn make_one(
        &mut self,
        PlannedChange { id, becomes, .. }: PlannedChange,
        by: &ChangeContext,
    ) -> Result<Written, RepositoryError> {
        let standing = self.videos.get(&id).cloned();
        match (standing, becomes) {
            (Some(before), Becomes::Deleted) => {
                let entry = self.record(Some(before.clone()), None, by)?;
                Ok(Written { video: before, entry: Some(entry) })
            }
            (Some(video), Becomes::Values(values)) if video.values == *values => {
                Ok(Written { video, entry: None })
            }
            // Whoever has the path now leaves it with the same write.
            (Some(before), Becomes::Values(values)) => self.replace_values(before, *values, by),
            (None, Becomes::Restored { values, created_at }) => {
                self.bring_back(id, *values, created_at, by)
            }
            (Some(before), Becomes::Restored { values, created_at }) => {
                self.put_back(before, *values, created_at, by)
            }
            (None, Becomes::Deleted | Becomes::Values(_)) => Err(RepositoryError::PlanOutdated),
        }
    }

    fn is_up_to_date(&self, plan: &PlannedChanges) -> bool {
        let planned: HashSet<VideoId> = plan.changes.iter().map(|change| change.id).collect();
        planned.len() == plan.changes.len()
            && plan.changes.iter().all(|change| self.is_as_planned(change))
            && self.has_room_for(plan, &planned)
            && self.has_recorded_nothing_against(plan, &planned)
    }

    fn is_as_planned(&self, change: &PlannedChange) -> bool {
        let may_be_gone = matches!(change.becomes, Becomes::Restored { .. });
        self.last_versions.get(&change.id) == Some(&change.version)
            && (may_be_gone || self.videos.contains_key(&change.id))
    }

    /// Whether each planned video can have its path, because nobody else has it then.
    fn has_room_for(&self, plan: &PlannedChanges, planned: &HashSet<VideoId>) -> bool {
        let mut given: HashSet<&Text> = HashSet::with_capacity(plan.changes.len());
        plan.paths().all(|path| {
            let is_left_or_free = self.holder(path).is_none_or(|it| planned.contains(&it.id));
            is_left_or_free && given.insert(path)
        })
    }

    fn has_recorded_nothing_against(
        &self,
        plan: &PlannedChanges,
        planned: &HashSet<VideoId>,
    ) -> bool {
        if !plan.depends_on_log() {
            return true;
        }
        let count = self.end.sequence - plan.seen;
        if !(0..=PlannedChanges::MAX_SINCE).contains(&count) {
            return false;
        }
        match &plan.unless {
            Unless::Nothing => true,
            Unless::Recorded(filter) => {
                !self.recorded_behind(plan.seen).any(|it| filter.matches(it))
            }
            Unless::Matches(filter) => {
                let others = self.recorded_behind(plan.seen);
                let mut others = others.filter(|entry| !planned.contains(&entry.entity_id));
                !others.any(|entry| self.may_match(filter, entry))
            }
        }
    }

    fn recorded_behind(&self, seen: i64) -> impl Iterator<Item = &AuditEntry> {
        let staged = self.changes.iter().map(|change| &change.entry);
        self.recent.iter().chain(staged).filter(move |entry| entry.sequence > seen)
    }

    /// Whether the video of an entry matches a filter now, as far as the stage can know.
    fn may_match(&self, filter: &VideoFilter, entry: &AuditEntry) -> bool {
        if filter.is_on_files() {
            return entry.operation != AuditOperation::Delete;
        }
        let video = self.videos.get(&entry.entity_id);
        video.is_some_and(|video| filter.matches(video, None))
    }
}

#[cfg(test)]
mod tests;
