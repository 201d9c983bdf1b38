//! A library in memory with its log, whose requests can be undone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::samples::{facts, new_video};
use crate::domain::undo::{Blocked, UndoItem, UndoPolicy, UndoSubject, settle_paths, wanted_paths};
use crate::domain::{
    AuditEntry, AuditOperation, Dimension, FieldChange, Text, Timestamp, Video, VideoId,
    VideoValues,
};

/// What a video is, apart from its version and the time of its update.
pub type State = (VideoValues, Timestamp);

#[derive(Clone, Default)]
pub struct Library {
    videos: BTreeMap<VideoId, Video>,
    versions: HashMap<VideoId, i32>,
    pub log: Vec<AuditEntry>,
}

pub fn id(number: u8) -> VideoId {
    VideoId::from_bytes([number; 16])
}

/// Values of a video at a path with this width.
pub fn values(path: &str, width: i32) -> VideoValues {
    let mut values = new_video(1, path).values;
    values.width = Dimension::new(width).unwrap();
    values
}

/// The same with something in the facts of its file.
pub fn with_facts(values: VideoValues) -> VideoValues {
    VideoValues { file: facts().pack().unwrap(), ..values }
}

impl Library {
    /// Has a request make a video like this, created at a time that is its own.
    pub fn put(&mut self, request: &str, number: u8, values: VideoValues) {
        let at = self.videos.get(&id(number)).map(|video| video.created_at);
        let now = Timestamp::from_micros(1_000 + self.length()).unwrap();
        self.change(request, id(number), Some((values, at.unwrap_or(now))));
    }

    fn length(&self) -> i64 {
        i64::try_from(self.log.len()).unwrap()
    }

    pub fn delete(&mut self, request: &str, number: u8) {
        self.change(request, id(number), None);
    }

    pub fn change(&mut self, request: &str, id: VideoId, after: Option<State>) {
        let sequence = self.length() + 1;
        let timestamp = Timestamp::from_micros(1_000_000 + sequence).unwrap();
        let before = self.videos.remove(&id);
        let version = self.versions.entry(id).or_default();
        let after = after.map(|(values, created_at)| Video {
            id,
            values,
            created_at,
            updated_at: timestamp,
            version: *version + 1,
        });
        let changes = FieldChange::between(before.as_ref(), after.as_ref());
        let operation = match (&before, &after) {
            (None, None) => return,
            (None, Some(_)) => AuditOperation::Insert,
            (Some(_), None) => AuditOperation::Delete,
            (Some(_), Some(_)) if changes.is_empty() => {
                self.videos.extend(before.map(|video| (id, video)));
                return;
            }
            (Some(_), Some(_)) => AuditOperation::Update,
        };
        *version += 1;
        self.log.push(AuditEntry {
            sequence,
            entity_id: id,
            version: *version,
            operation,
            timestamp,
            changes,
            actor: None,
            request_id: Some(request.to_owned()),
            write_end: sequence,
        });
        self.videos.extend(after.map(|video| (id, video)));
    }

    pub fn state(&self) -> BTreeMap<VideoId, State> {
        let state = |video: &Video| (video.values.clone(), video.created_at);
        self.videos.iter().map(|(id, video)| (*id, state(video))).collect()
    }

    pub fn holder(&self, path: &Text) -> Option<VideoId> {
        self.videos.values().find(|video| video.values.path == *path).map(|video| video.id)
    }

    /// What undoing a request does.
    pub fn plan(&self, request: &str, policy: UndoPolicy) -> (Vec<UndoItem>, Vec<Blocked>) {
        let is_of_request = |entry: &AuditEntry| entry.request_id.as_deref() == Some(request);
        let ids: BTreeSet<_> =
            self.log.iter().filter(|it| is_of_request(it)).map(|it| it.entity_id).collect();
        let first = self.log.iter().position(is_of_request).unwrap_or_default();
        let item = |id: &VideoId| {
            let since = self.log[first..].iter().filter(|entry| entry.entity_id == *id);
            let present = self.videos.get(id).cloned();
            let subject = UndoSubject { id: *id, changes: since.cloned().collect(), present };
            subject.undo(is_of_request, policy).unwrap()
        };
        let mut items: Vec<_> = ids.iter().map(item).collect();
        let holder = |path: &Text| Some((path.clone(), self.holder(path)?));
        let holders = wanted_paths(&items).filter_map(holder).collect();
        let blocked = settle_paths(&mut items, &holders);
        (items, blocked)
    }

    /// Carries it out as a request.
    pub fn apply(&mut self, request: &str, items: Vec<UndoItem>) {
        for UndoItem { id, target, .. } in items {
            let after = target.map(|video| (video.values, video.created_at));
            self.change(request, id, after);
        }
        let paths: BTreeSet<_> = self.videos.values().map(|video| &video.values.path).collect();
        assert_eq!(paths.len(), self.videos.len(), "two videos have one path");
    }

    /// Undoes a request that nothing is in the way of.
    pub fn undo(&mut self, request: &str, by: &str) {
        let (items, blocked) = self.plan(request, UndoPolicy::Refuse);
        assert_eq!(blocked, []);
        for item in &items {
            assert_eq!(item.conflicts, [], "{items:?}");
        }
        self.apply(by, items);
    }
}
