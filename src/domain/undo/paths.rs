//! Paths that several videos would have: each path has one video.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::item::UndoItem;
use crate::domain::scalars::Text;
use crate::domain::video::VideoId;

/// A video that cannot have its path, because of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The place of its item.
    pub item: usize,
    /// The path.
    pub path: Text,
    /// The other video.
    pub by: VideoId,
}

/// The paths that videos would get, each once for each video.
pub fn wanted_paths(items: &[UndoItem]) -> impl Iterator<Item = &Text> {
    items.iter().filter_map(wanted_path)
}

fn wanted_path(item: &UndoItem) -> Option<&Text> {
    let path = path_after(item)?;
    (path_now(item) != Some(path)).then_some(path)
}

fn path_now(item: &UndoItem) -> Option<&Text> {
    item.present.as_ref().map(|video| &video.values.path)
}

fn path_after(item: &UndoItem) -> Option<&Text> {
    item.target.as_ref().map(|video| &video.values.path)
}

/// Takes the path from every item whose path another video has, unless the undo itself takes it from that one:
/// a video that is there keeps the path that it has, and one that is not stays deleted. `holders` are the videos
/// that have the [wanted](wanted_paths) paths now.
///
/// Of two that were at one path at different times, the one that the request changed last gets it.
pub fn settle_paths(items: &mut [UndoItem], holders: &HashMap<Text, VideoId>) -> Vec<Blocked> {
    let places = items.iter().enumerate().map(|(place, item)| (item.id, place)).collect();
    let mut order: Vec<usize> =
        (0..items.len()).filter(|place| wanted_path(&items[*place]).is_some()).collect();
    order.sort_by_key(|place| Reverse(items[*place].undone_from));
    let mut paths = Paths { items, holders, places, claims: HashMap::new(), blocked: Vec::new() };
    order.into_iter().for_each(|place| paths.claim(place));
    paths.blocked
}

struct Paths<'p> {
    items: &'p mut [UndoItem],
    holders: &'p HashMap<Text, VideoId>,
    places: HashMap<VideoId, usize>,
    /// The places of the items that get these paths.
    claims: HashMap<Text, usize>,
    blocked: Vec<Blocked>,
}

impl Paths<'_> {
    fn claim(&mut self, place: usize) {
        let Some(path) = wanted_path(&self.items[place]).cloned() else { return };
        match self.in_the_way(&path) {
            Some(by) => self.block(place, by),
            None => drop(self.claims.insert(path, place)),
        }
    }

    fn in_the_way(&self, path: &Text) -> Option<VideoId> {
        let stays = |holder: &&VideoId| match self.places.get(holder) {
            Some(place) => path_after(&self.items[*place]) == Some(path),
            None => true,
        };
        let holder = self.holders.get(path).filter(stays).copied();
        holder.or_else(|| self.claims.get(path).map(|place| self.items[*place].id))
    }

    /// Leaves an item where it is, and so every other one that was to get its path.
    fn block(&mut self, place: usize, by: VideoId) {
        let mut next = Some((place, by));
        while let Some((place, by)) = next {
            let item = &mut self.items[place];
            let Some(path) = path_after(item).cloned() else { return };
            let stays_at = path_now(item).cloned();
            match (&mut item.target, &stays_at) {
                (Some(target), Some(path)) => target.values.path = path.clone(),
                (target, _) => *target = None,
            }
            let id = item.id;
            if self.claims.get(&path) == Some(&place) {
                self.claims.remove(&path);
            }
            self.blocked.push(Blocked { item: place, path, by });
            let claimed = stays_at.and_then(|path| self.claims.get(&path).copied());
            next = claimed.map(|place| (place, id));
        }
    }
}
