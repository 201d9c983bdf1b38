//! What must be true after scans, whatever happened.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::Connection;
use xxhash_rust::xxh3::Xxh3;

use super::world::text;
use crate::scanning::films::Films;

/// What a library says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// None if a person deleted the video.
    pub video: Option<String>,
    pub content: u64,
    pub is_missing: bool,
    /// Of the video: people set it.
    pub width: Option<i64>,
}

/// What a library knows, by path.
pub type Library = BTreeMap<String, Known>;

/// What a library knows now.
pub fn library(films: &Films, library: &str) -> Library {
    const FILES: &str = "SELECT CAST(files.path AS TEXT), files.fingerprint, videos.width,
            videos.missing_since IS NOT NULL, lower(hex(files.video)), videos.path
        FROM files LEFT JOIN videos ON videos.id = files.video";
    let library = Connection::open(films.folder.path(library)).unwrap();
    let mut statement = library.prepare(FILES).unwrap();
    let contents = contents();
    let mut rows = statement.query(()).unwrap();
    let mut known = Library::new();
    while let Some(row) = rows.next().unwrap() {
        let path: String = row.get(0).unwrap();
        let fingerprint: String = row.get(1).unwrap();
        let width = row.get(2).unwrap();
        let hex: Option<String> = row.get::<_, Option<String>>(4).unwrap();
        let video = hex.filter(|hex| !hex.is_empty()).map(|hex| in_groups(&hex));
        if let Some(video_path) = row.get::<_, Option<String>>(5).unwrap() {
            assert!(video_path.ends_with(&format!("films/{path}")), "{video_path} has {path}");
        }
        let content = contents[&fingerprint];
        known.insert(path, Known { video, content, width, is_missing: row.get(3).unwrap() });
    }
    known
}

/// A UUID as people write it.
fn in_groups(hex: &str) -> String {
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The contents that films may have, by fingerprint.
fn contents() -> BTreeMap<String, u64> {
    (0..1_000).map(|content| (fingerprint(&text(content)), content)).collect()
}

fn fingerprint(text: &str) -> String {
    let mut hash = Xxh3::new();
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
    format!("x3p1:{:032x}", hash.digest128())
}

/// What was known before a scan, what is known after it, and what is in the folder.
pub struct Judge<'j> {
    pub before: &'j Library,
    pub after: &'j Library,
    /// The contents of files, by path.
    pub files: &'j BTreeMap<String, u64>,
    /// The contents of videos that people deleted.
    pub deleted: &'j HashSet<u64>,
}

impl Judge<'_> {
    /// Judges a scan that came to its end.
    pub fn complete(&self) {
        self.nobody_is_lost_or_mixed_up();
        for (path, content) in self.files {
            let known = self.after.get(path).unwrap_or_else(|| panic!("{path} is not known"));
            assert_eq!(known.content, *content, "{path} has another content");
            assert!(!known.is_missing, "{path} is there: {known:?}");
            let is_away = known.video.is_none();
            assert!(!is_away || self.deleted.contains(content), "{path} has no video");
        }
        for (path, known) in self.after.iter().filter(|(path, _)| !self.files.contains_key(*path)) {
            assert!(known.is_missing, "{path} is not there: {known:?}");
        }
        for (path, known) in self.before {
            self.keeps_its_identity(path, known);
        }
    }

    /// Every video is still there, has the width that people gave it, and another path only with the content
    /// that it had.
    pub fn nobody_is_lost_or_mixed_up(&self) {
        let after = self.after.iter();
        let after = after.filter_map(|(path, known)| Some((known.video.clone()?, (path, known))));
        let after: BTreeMap<_, _> = after.collect();
        for (path, known) in self.before {
            let Some(id) = &known.video else { continue };
            let now = after.get(id).unwrap_or_else(|| panic!("the video of {path} is lost"));
            let (path_now, now) = *now;
            assert_eq!(now.width, known.width, "somebody's edit of {path} is lost");
            let is_same = now.content == known.content;
            assert!(is_same || path_now == path, "{path} became {path_now} with another content");
        }
    }

    /// A video whose content no other file has or had goes with its file.
    fn keeps_its_identity(&self, path: &str, known: &Known) {
        let Some(place) = self.only_place(known).filter(|_| known.video.is_some()) else { return };
        if place == path || self.is_free(place, &mut BTreeSet::new()) {
            let holder = &self.after[place].video;
            assert_eq!(*holder, known.video, "the video of {path} is not at {place}");
        }
    }

    /// Where the only file with a content is that was known once; none if there are several, or were.
    fn only_place(&self, known: &Known) -> Option<&str> {
        let knowing = self.before.values().filter(|other| other.content == known.content);
        let mut places = self.files.iter().filter(|(_, content)| **content == known.content);
        let (place, _) = places.next()?;
        (knowing.count() == 1 && places.next().is_none()).then_some(place)
    }

    /// Whether no video stays at a path.
    fn is_free<'a>(&'a self, path: &'a str, asked: &mut BTreeSet<&'a str>) -> bool {
        let holder = self.before.get(path).filter(|known| known.video.is_some());
        let Some(holder) = holder else { return true };
        if !asked.insert(path) {
            return true;
        }
        let goes_to = self.only_place(holder).filter(|place| *place != path);
        goes_to.is_some_and(|place| self.is_free(place, asked))
    }
}
