//! Deciding what becomes of one video when a request is undone.

use std::mem::take;

use super::chain::{Broken, Chain};
use super::item::{UndoConflict, UndoItem};
use super::links::{Effects, Since, Value, each_field};
use super::states::Fields;
use crate::domain::audit::{AuditEntry, AuditEntryId};
use crate::domain::field::VideoField;
use crate::domain::scalars::Invalid;
use crate::domain::video::{Video, VideoId};

/// What becomes of values that were changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UndoPolicy {
    /// Nothing is undone if there are any. What is decided for each video is as if they stayed.
    Refuse,
    /// They stay, and the rest is undone.
    KeepLater,
    /// They are undone as well.
    Overwrite,
}

/// A video that a request changed.
#[derive(Clone, Debug)]
pub struct UndoSubject {
    /// The video.
    pub id: VideoId,
    /// All of its changes since the request began, oldest first.
    pub changes: Vec<AuditEntry>,
    /// As it is now; none if it is deleted.
    pub present: Option<Video>,
}

impl UndoSubject {
    /// What becomes of it, as far as no other video is concerned.
    ///
    /// # Errors
    /// When its history contradicts itself, or has no change of the request.
    pub fn undo(
        mut self,
        is_of_request: impl Fn(&AuditEntry) -> bool,
        policy: UndoPolicy,
    ) -> Result<UndoItem, Invalid> {
        let nothing = || Invalid::new("a video has no change of the request");
        let first = self.changes.iter().position(&is_of_request).ok_or_else(nothing)?;
        let changes = take(&mut self.changes).split_off(first);
        let newest_of_request = changes.iter().rev().find(|entry| is_of_request(entry));
        let undone_from = newest_of_request.map_or(0, |entry| entry.sequence);
        let version = changes.last().map_or(0, |entry| entry.version);
        if self.present.as_ref().is_some_and(|video| video.version != version) {
            return Err(Invalid::new("the history of a video does not lead to its version"));
        }
        let since = Since { changes: &changes, is_of_request: &is_of_request };
        let effects = Effects::of(&changes, &is_of_request);
        let Outcome { target, conflicts } =
            Decision { present: self.present.as_ref(), since, effects, policy }.outcome()?;
        let target = match target {
            Target::Present => self.present.clone(),
            Target::Gone => None,
            Target::With(fields) => Some(self.video_with(fields, version)?),
        };
        let Self { id, present, .. } = self;
        Ok(UndoItem { id, present, version, target, conflicts, undone_from })
    }

    fn video_with(&self, fields: Fields, version: i32) -> Result<Video, Invalid> {
        let id = AuditEntryId { entity_id: self.id, version };
        let last = self.present.as_ref().map(|video| video.updated_at);
        fields.into_video(id, last.unwrap_or(crate::domain::Timestamp::MIN))
    }
}

enum Target {
    Present,
    Gone,
    With(Fields),
}

struct Outcome {
    target: Target,
    conflicts: Vec<UndoConflict>,
}

struct Decision<'d> {
    present: Option<&'d Video>,
    since: Since<'d>,
    effects: Effects,
    policy: UndoPolicy,
}

impl Decision<'_> {
    fn outcome(&self) -> Result<Outcome, Invalid> {
        if self.effects.is_nothing() {
            return Ok(Outcome { target: Target::Present, conflicts: Vec::new() });
        }
        match (self.effects.existence.back_from(self.present.is_some()), self.present) {
            (Err(Broken { after, .. }), _) => self.of_other_existence(after),
            (Ok(false), Some(present)) => self.deletion(&Fields::of(present)),
            (Ok(false), None) => Err(Invalid::new("a video that is not there cannot be deleted")),
            (Ok(true), present) => {
                let (fields, conflicts) =
                    self.fields(&present.map(Fields::of).unwrap_or_default())?;
                Ok(Outcome { target: Target::With(fields), conflicts })
            }
        }
    }

    /// Of a video that was deleted or added since.
    fn of_other_existence(&self, after: usize) -> Result<Outcome, Invalid> {
        let entry = self.since.of_existence(after)?;
        let conflicts = vec![UndoConflict { field: None, entry }];
        if self.policy != UndoPolicy::Overwrite {
            return Ok(Outcome { target: Target::Present, conflicts });
        }
        let existed = self.effects.existence.first().copied().unwrap_or(false);
        let target = match self.present {
            _ if !existed => Target::Gone,
            None if !self.effects.is_about_existence => {
                let then = self.since.before_deletion().unwrap_or_default();
                Target::With(self.fields(&then)?.0)
            }
            present => self.as_before(present),
        };
        Ok(Outcome { target, conflicts })
    }

    /// The whole state before the request; a video that is there keeps the time of its creation.
    fn as_before(&self, present: Option<&Video>) -> Target {
        let mut fields = self.since.before(present.map(Fields::of)).unwrap_or_default();
        if let Some(present) = present {
            fields.set(VideoField::CreatedAt, Some(present.created_at.into()));
        }
        Target::With(fields)
    }

    /// Of a video that the request added.
    fn deletion(&self, present: &Fields) -> Result<Outcome, Invalid> {
        let mut conflicts = Vec::new();
        for (field, chain) in each_field(&self.effects) {
            let after = match back(chain, present, field) {
                Ok(None) => continue,
                Ok(Some(_)) => 0,
                Err(Broken { after, .. }) => after,
            };
            let entry = self.since.of_field(after, field)?;
            conflicts.push(UndoConflict { field: Some(field), entry });
        }
        let stays = !conflicts.is_empty() && self.policy != UndoPolicy::Overwrite;
        let target = if stays { Target::Present } else { Target::Gone };
        Ok(Outcome { target, conflicts })
    }

    /// These fields with what the request made of them taken back.
    fn fields(&self, now: &Fields) -> Result<(Fields, Vec<UndoConflict>), Invalid> {
        let mut fields = now.clone();
        let mut conflicts = Vec::new();
        for (field, chain) in each_field(&self.effects) {
            let Some(chain) = chain else { continue };
            let value = match back(Some(chain), now, field) {
                Ok(value) => value,
                Err(Broken { value, after }) => {
                    let entry = self.since.of_field(after, field)?;
                    conflicts.push(UndoConflict { field: Some(field), entry });
                    match self.policy {
                        UndoPolicy::Overwrite => chain.first().cloned().flatten(),
                        UndoPolicy::Refuse | UndoPolicy::KeepLater => value,
                    }
                }
            };
            fields.set(field, value);
        }
        Ok((fields, conflicts))
    }
}

fn back(
    chain: Option<&Chain<Value>>,
    now: &Fields,
    field: VideoField,
) -> Result<Value, Broken<Value>> {
    let value = now.get(field).cloned();
    chain.map_or(Ok(value.clone()), |chain| chain.back_from(value.clone()))
}
