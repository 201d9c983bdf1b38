//! The effects of a request on one video.

use std::collections::BTreeMap;

use super::chain::Chain;
use super::states::{Fields, before, undoable};
use crate::domain::audit::{AuditEntry, AuditOperation};
use crate::domain::field::{FieldValue, VideoField};
use crate::domain::scalars::Invalid;

/// The value of a field; none if there is none.
pub type Value = Option<FieldValue>;

/// What a request did to a video: whether it exists, and its fields.
#[derive(Debug, Default)]
pub struct Effects {
    /// Whether the video exists. An update leaves that as it is, and counts nevertheless: it needs a video.
    pub existence: Chain<bool>,
    fields: BTreeMap<VideoField, Chain<Value>>,
    /// Whether the request added or deleted the video.
    pub is_about_existence: bool,
}

impl Effects {
    /// Those of the changes of a video that are the request's.
    pub fn of(changes: &[AuditEntry], is_of_request: impl Fn(&AuditEntry) -> bool) -> Self {
        let mut effects = Self::default();
        for (place, entry) in changes.iter().enumerate().filter(|(_, entry)| is_of_request(entry)) {
            effects.add(place, entry);
        }
        effects.fields.retain(|_, chain| !chain.is_empty());
        effects
    }

    fn add(&mut self, place: usize, entry: &AuditEntry) {
        let (old, new) = match entry.operation {
            AuditOperation::Insert => (false, true),
            AuditOperation::Update => (true, true),
            AuditOperation::Delete => (true, false),
        };
        self.is_about_existence |= old != new;
        self.existence.push(place, old, new);
        self.existence.drop_last_if(|old, new| !*old && !*new);
        for change in entry.changes.iter().filter(|it| it.field != VideoField::UpdatedAt) {
            let chain = self.fields.entry(change.field).or_default();
            chain.push(place, change.old.clone(), change.new.clone());
            chain.drop_last_if(|old, new| old == new);
        }
    }

    /// Whether nothing is left to be taken back.
    pub fn is_nothing(&self) -> bool {
        self.existence.is_empty() || !self.existence.makes_a_difference() && self.fields.is_empty()
    }

    /// What it made of a field; none if it made nothing of it.
    pub fn of_field(&self, field: VideoField) -> Option<&Chain<Value>> {
        self.fields.get(&field)
    }
}

/// The changes of a video since a request, as a place to look things up.
pub struct Since<'e> {
    /// Oldest first; the first one is the request's.
    pub changes: &'e [AuditEntry],
    /// Whether each is the request's.
    pub is_of_request: &'e dyn Fn(&AuditEntry) -> bool,
}

impl Since<'_> {
    /// The newest change by others behind this place that is like this.
    ///
    /// # Errors
    /// When there is none, so the history contradicts itself.
    pub fn in_the_way(
        &self,
        after: usize,
        is_like_this: impl Fn(&AuditEntry) -> bool,
    ) -> Result<AuditEntry, Invalid> {
        let later = self.changes.iter().skip(after).rev();
        let mut others = later.filter(|entry| !(self.is_of_request)(entry));
        let found = others.find(|entry| is_like_this(entry)).cloned();
        found.ok_or_else(|| Invalid::new("the history of a video does not lead to what it is now"))
    }

    /// The newest change by others of a field.
    ///
    /// # Errors
    /// When there is none, so the history contradicts itself.
    pub fn of_field(&self, after: usize, field: VideoField) -> Result<AuditEntry, Invalid> {
        self.in_the_way(after, |entry| entry.changes.iter().any(|change| change.field == field))
    }

    /// The newest change by others that added or deleted the video.
    ///
    /// # Errors
    /// When there is none, so the history contradicts itself.
    pub fn of_existence(&self, after: usize) -> Result<AuditEntry, Invalid> {
        self.in_the_way(after, |entry| entry.operation != AuditOperation::Update)
    }

    /// The state before the request.
    pub fn before(&self, present: Option<Fields>) -> Option<Fields> {
        before(self.changes.iter(), present)
    }

    /// The state before the last deletion.
    pub fn before_deletion(&self) -> Option<Fields> {
        let mut newest_first = self.changes.iter().rev();
        let deletion = newest_first.find(|entry| entry.operation == AuditOperation::Delete)?;
        before(std::iter::once(deletion), None)
    }
}

/// Each field that can be taken back, with what the request made of it.
pub fn each_field(effects: &Effects) -> impl Iterator<Item = (VideoField, Option<&Chain<Value>>)> {
    undoable().map(|field| (field, effects.of_field(field)))
}
