//! What must be true after scans, whatever happened.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::scene::Scene;
use super::world::World;
use crate::catalogue::Disk;
use crate::catalogue::fingerprint::fingerprint;
use crate::catalogue::scripted_disk::ScriptedDisk;
use crate::domain::VideoId;
use crate::domain::file::Fingerprint;
use crate::repository::VideoReader;

/// What a library says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// None if a person deleted the video.
    pub video: Option<VideoId>,
    pub content: Fingerprint,
    pub is_missing: bool,
    pub is_unreachable: bool,
    /// Of the video: people set it.
    pub width: Option<i32>,
}

/// What a library knows, by path.
pub type Library = BTreeMap<String, Known>;

/// What a library knows now.
pub async fn library(scene: &Scene) -> Library {
    let mut library = Library::new();
    for row in scene.rows().await {
        let path = String::from_utf8(row.file.path).unwrap();
        let video = match row.file.video {
            Some(id) => Some(scene.store.get(id).await.unwrap().unwrap()),
            None => None,
        };
        if let Some(video) = &video {
            assert_eq!(scene.id(&path).await, video.id, "the video of {path} is elsewhere");
            assert_eq!(video.values.facts().missing_since, row.missing_since, "{path}");
        }
        let known = Known {
            video: row.file.video,
            content: row.file.fingerprint,
            is_missing: row.missing_since.is_some(),
            is_unreachable: row.file.is_unreachable,
            width: video.map(|video| video.values.width.get()),
        };
        library.insert(path, known);
    }
    library
}

/// The fingerprint of a content.
pub fn content_of(content: u64) -> Fingerprint {
    let disk = ScriptedDisk::new();
    let bytes = super::world::bytes(content);
    disk.write("x", &bytes);
    let file = disk.open().unwrap().open_file(b"x").unwrap();
    fingerprint(&*file, bytes.len() as u64).unwrap()
}

/// What was known before a scan, what is known after it, and what is on the disk.
pub struct Judge<'j> {
    pub before: &'j Library,
    pub after: &'j Library,
    pub world: &'j World,
    /// The contents of videos that people deleted.
    pub deleted: &'j HashSet<Fingerprint>,
}

impl Judge<'_> {
    /// Judges a whole scan that came to its end.
    pub fn complete(&self) {
        self.nobody_is_lost_or_mixed_up();
        let found = self.found();
        for (path, content) in &found {
            let known = self.after.get(path).unwrap_or_else(|| panic!("{path} is not known"));
            assert_eq!(known.content, *content, "{path} has another content");
            assert!(!known.is_missing && !known.is_unreachable, "{path} is there: {known:?}");
            let is_away = known.video.is_none();
            assert!(!is_away || self.deleted.contains(content), "{path} has no video");
        }
        for (path, known) in self.after.iter().filter(|(path, _)| !found.contains_key(*path)) {
            if !self.world.hides(path) {
                assert!(known.is_missing, "{path} is not there: {known:?}");
            } else if let Some(before) = self.before.get(path) {
                assert_eq!(known.is_missing, before.is_missing, "{path} cannot be seen");
            }
        }
        for (path, known) in self.before {
            self.keeps_its_identity(path, known, &found);
        }
    }

    /// Judges a scan that was stopped somewhere.
    pub fn stopped(&self) {
        self.nobody_is_lost_or_mixed_up();
        for (path, known) in self.before.iter().filter(|(_, known)| known.video.is_some()) {
            let after = self.after[path];
            assert_eq!(after.video, known.video, "{path} was moved by a scan that was stopped");
            assert!(known.is_missing || !after.is_missing, "{path} was marked");
        }
    }

    /// The contents of the files that can be seen.
    fn found(&self) -> BTreeMap<String, Fingerprint> {
        let seen = self.world.files.iter().filter(|(path, _)| !self.world.hides(path));
        seen.map(|(path, content)| (path.clone(), content_of(*content))).collect()
    }

    /// Every video is still there, has the width that people gave it, and another path only with the content
    /// that it had.
    pub fn nobody_is_lost_or_mixed_up(&self) {
        let after: BTreeMap<_, _> =
            self.after.iter().filter_map(|(path, it)| Some((it.video?, (path, it)))).collect();
        for (path, known) in self.before {
            let Some(id) = known.video else { continue };
            let (path_now, now) =
                after.get(&id).unwrap_or_else(|| panic!("the video of {path} is lost"));
            assert_eq!(now.width, known.width, "somebody's edit of {path} is lost");
            let is_same = now.content == known.content;
            assert!(is_same || *path_now == path, "{path} became {path_now} with another content");
        }
    }

    /// A video whose content no other file has or had goes with its file.
    fn keeps_its_identity(&self, path: &str, known: &Known, found: &BTreeMap<String, Fingerprint>) {
        let Some(id) = known.video else { return };
        let Some(place) = self.only_place(path, known, found) else { return };
        let is_free = place == path || self.is_free(&place, found, &mut BTreeSet::new());
        let holder = self.after[&place].video;
        if is_free {
            assert_eq!(holder, Some(id), "the video of {path} is not at {place}");
        }
    }

    /// Where the only file with a content is that was known once; none if there are several, or may be.
    fn only_place(
        &self,
        path: &str,
        known: &Known,
        found: &BTreeMap<String, Fingerprint>,
    ) -> Option<String> {
        let has_it = |content: &Fingerprint| *content == known.content;
        let knowing = self.before.values().filter(|other| has_it(&other.content)).count();
        let mut places = found.iter().filter(|(_, content)| has_it(content));
        let place = places.next()?.0.clone();
        let is_only = knowing == 1 && places.next().is_none();
        // What is behind a gap is not known to have moved.
        (is_only && (!self.world.hides(path) || known.is_missing)).then_some(place)
    }

    /// Whether no video stays at a path.
    fn is_free(
        &self,
        path: &str,
        found: &BTreeMap<String, Fingerprint>,
        asked: &mut BTreeSet<String>,
    ) -> bool {
        let holder = self.before.get(path).filter(|known| known.video.is_some());
        let Some(holder) = holder else { return true };
        if !asked.insert(path.to_owned()) {
            return true;
        }
        let goes_to = self.only_place(path, holder, found).filter(|place| place != path);
        goes_to.is_some_and(|place| self.is_free(&place, found, asked))
    }
}
