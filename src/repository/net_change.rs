//! The net effect of a transaction, for stores with one row per video.

use std::collections::HashMap;

use super::stage::Change;
use crate::domain::{Text, Video, VideoId};

/// The net effect of many changes.
#[derive(Default)]
pub(super) struct NetChange<'a> {
    /// Videos that no longer exist, or exist again with another time: their positions are removed
    /// with them.
    pub(super) removed: Vec<VideoId>,
    /// Videos that stay, but whose path is taken over by another: the new holder can only be stored
    /// after they have released it.
    pub(super) in_the_way: Vec<VideoId>,
    /// Videos before and after.
    pub(super) changed: Vec<(&'a Video, &'a Video)>,
    /// Videos that were not there, and those that are there again at another time.
    pub(super) added: Vec<&'a Video>,
}

impl<'a> NetChange<'a> {
    /// Of changes in the order in which they happened.
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let mut first: HashMap<VideoId, &Change> = HashMap::with_capacity(changes.len());
        let mut last: HashMap<VideoId, i32> = HashMap::with_capacity(changes.len());
        for change in changes {
            first.entry(change.entry.entity_id).or_insert(change);
            last.insert(change.entry.entity_id, change.entry.version);
        }
        let mut net = Self::default();
        for change in changes {
            let id = change.entry.entity_id;
            if change.entry.version != last[&id] {
                continue;
            }
            match (&first[&id].before, &change.after) {
                (Some(before), Some(after)) if before.created_at == after.created_at => {
                    net.changed.push((before, after));
                }
                (Some(_), Some(after)) => {
                    net.removed.push(id);
                    net.added.push(after);
                }
                (Some(_), None) => net.removed.push(id),
                (None, Some(after)) => net.added.push(after),
                (None, None) => {}
            }
        }
        net.find_what_is_in_the_way();
        net
    }

    fn find_what_is_in_the_way(&mut self) {
        let stored = self.changed.iter().map(|(_, after)| after).chain(&self.added);
        let holders: HashMap<&Text, VideoId> =
            stored.map(|video| (&video.values.path, video.id)).collect();
        let is_taken = |before: &Video| {
            holders.get(&before.values.path).is_some_and(|holder| *holder != before.id)
        };
        let befores = self.changed.iter().map(|(before, _)| before);
        self.in_the_way = befores.filter(|before| is_taken(before)).map(|video| video.id).collect();
    }

    /// The videos whose names must be added to the search index.
    pub(super) fn named(&self) -> impl Iterator<Item = &'a Video> {
        let names = |video: &'a Video| (&video.values.filename, &video.values.path);
        let renamed = self.changed.iter().filter(move |(old, new)| names(old) != names(new));
        renamed.map(|(_, new)| *new).chain(self.added.iter().copied())
    }
}
