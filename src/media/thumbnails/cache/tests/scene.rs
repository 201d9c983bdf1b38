//! What the tests of folders share.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::domain::file::ThumbnailWidth;
use crate::media::thumbnails::cache::{Cache, CacheFolder};
use crate::media::thumbnails::picture::Picture;
use crate::media::thumbnails::scripted::{StandingClock, picture, wanted};
use crate::media::thumbnails::wanted::Key;

/// How large each picture is.
pub const BYTES: usize = 1_000;

/// A folder, and the clock of the server that uses it.
pub struct Scene {
    folder: TempDir,
    pub clock: Arc<StandingClock>,
}

impl Scene {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: StandingClock::new() }
    }

    /// The folder of pictures, which is not there at first.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Something next to it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A server that uses the folder for so many pictures.
    pub fn cache(&self, pictures: usize) -> Cache {
        let folder = CacheFolder::open(&self.path(), (pictures * BYTES) as u64).unwrap();
        Cache::new(folder, Arc::clone(&self.clock) as _)
    }

    /// The file of a picture.
    pub fn file(&self, number: u128) -> PathBuf {
        let digits = format!("{number:032x}");
        self.path().join(&digits[..2]).join(format!("{digits}-320.jpg"))
    }

    /// The pictures that there are files of, of the first twenty.
    pub fn files(&self) -> Vec<u128> {
        (0..20).filter(|number| self.file(*number).exists()).collect()
    }
}

pub fn key(number: u128) -> Key {
    wanted(number, ThumbnailWidth::W320).key()
}

/// What is kept as each of the pictures.
pub fn some_picture() -> Picture {
    picture(ThumbnailWidth::W320, BYTES)
}

/// All files below a folder, by their names.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(self::names(&entry.path()));
        } else {
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names.sort();
    names
}
