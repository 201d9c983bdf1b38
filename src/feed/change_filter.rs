//! What a subscriber asks for.

use crate::domain::{AuditEntry, AuditFilter, AuditOperation, VideoId};

/// Changes of one video or of all, and of some kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChangeFilter {
    video: Option<VideoId>,
    /// Whether each operation is asked for, in the order of [`AuditOperation::ALL`].
    operations: [bool; 3],
}

impl ChangeFilter {
    /// Changes of this video, or of all where none is given, of these kinds, or of all.
    pub fn new(video: Option<VideoId>, operations: Option<&[AuditOperation]>) -> Self {
        let is_asked_for = |operation| operations.is_none_or(|some| some.contains(&operation));
        Self { video, operations: AuditOperation::ALL.map(is_asked_for) }
    }

    /// Whether a change is asked for.
    pub(super) fn selects(&self, entry: &AuditEntry) -> bool {
        self.video.is_none_or(|id| id == entry.entity_id) && self.has(entry.operation)
    }

    /// The same as a filter for the store.
    pub fn filter(&self) -> AuditFilter {
        let operations = AuditOperation::ALL.into_iter().filter(|operation| self.has(*operation));
        AuditFilter {
            entity_id: self.video,
            operations: self.operations.contains(&false).then(|| operations.collect()),
            ..AuditFilter::default()
        }
    }

    /// Every selection that selects this change: they are few, so that those who wait for it are
    /// found without asking everyone.
    pub(super) fn all_that_select(entry: &AuditEntry) -> impl Iterator<Item = Self> {
        let videos = [None, Some(entry.entity_id)];
        let operation = entry.operation;
        videos
            .into_iter()
            .flat_map(|video| (0..8_u8).map(move |bits| Self::of_bits(video, bits)))
            .filter(move |selection| selection.has(operation))
    }

    fn of_bits(video: Option<VideoId>, bits: u8) -> Self {
        Self { video, operations: [0, 1, 2].map(|bit| bits >> bit & 1 == 1) }
    }

    fn has(&self, operation: AuditOperation) -> bool {
        self.operations[operation as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::samples;

    fn entry(operation: AuditOperation) -> AuditEntry {
        AuditEntry { operation, ..samples::entry(1) }
    }

    fn every_selection() -> HashSet<ChangeFilter> {
        let videos = [None, Some(samples::video().id), Some(VideoId::from_bytes([9; 16]))];
        let of = |video| (0..8).map(move |bits| ChangeFilter::of_bits(video, bits));
        videos.into_iter().flat_map(of).collect()
    }

    #[test]
    fn a_change_is_found_by_all_who_ask_for_it_and_no_others() {
        for entry in AuditOperation::ALL.map(entry) {
            let found: HashSet<ChangeFilter> = ChangeFilter::all_that_select(&entry).collect();
            let all = every_selection();
            let selecting = all.iter().filter(|selection| selection.selects(&entry)).copied();
            assert_eq!(found, selecting.collect());
        }
    }

    #[test]
    fn a_selection_selects_what_its_filter_matches() {
        for selection in every_selection() {
            for entry in AuditOperation::ALL.map(entry) {
                let is_selected = selection.selects(&entry);
                assert_eq!(is_selected, selection.filter().matches(&entry), "{selection:?}");
            }
        }
    }
}
