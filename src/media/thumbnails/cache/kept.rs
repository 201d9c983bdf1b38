//! The pictures that are kept.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::files::Files;
use super::folder::{CacheFolder, Place};
use super::usage::{Usage, Use};
use crate::domain::{Clock, Timestamp};
use crate::media::thumbnails::patience::Patience;
use crate::media::thumbnails::picture::Picture;
use crate::media::thumbnails::wanted::Key;
use crate::media::thumbnails::warnings::Warnings;

/// The pictures in the folder. Whatever the disk does, requests go on without it.
pub(in crate::media::thumbnails) struct Cache {
    kept: Option<Arc<Kept>>,
    disk: Patience,
}

struct Kept {
    place: Place,
    usage: Mutex<Usage>,
    clock: Arc<dyn Clock>,
    /// Whether pictures were added since they were counted.
    has_grown: AtomicBool,
    warnings: Warnings,
}

impl Cache {
    /// How many files are read and written at once.
    const AT_ONCE: usize = 8;
    /// How long a file can take.
    const PATIENCE: Duration = Duration::from_secs(5);
    /// How often the folder is counted, because other servers may use it.
    const COUNTED_EVERY: Duration = Duration::from_secs(60 * 60);

    pub(in crate::media::thumbnails) fn new(folder: CacheFolder, clock: Arc<dyn Clock>) -> Self {
        let kept = folder.place().map(|place| Kept {
            usage: Mutex::new(Usage::new(place.max_bytes)),
            place,
            clock,
            has_grown: AtomicBool::new(true),
            warnings: Warnings::new(),
        });
        Self { kept: kept.map(Arc::new), disk: Patience::new(Self::AT_ONCE, Self::PATIENCE) }
    }

    /// A picture, if it is there.
    pub(in crate::media::thumbnails) async fn get(&self, key: Key) -> Option<Picture> {
        let kept = Arc::clone(self.kept.as_ref()?);
        self.disk.block(move || kept.get(key)).await.ok()?
    }

    /// Keeps a picture, if possible.
    pub(in crate::media::thumbnails) async fn keep(&self, key: Key, picture: Picture) {
        if let Some(kept) = self.kept.clone() {
            let _ = self.disk.block(move || kept.keep(key, &picture)).await;
        }
    }

    /// Counts what is in the folder, now and then, and deletes what is too much. It never ends.
    pub(in crate::media::thumbnails) async fn count(&self) {
        let Some(kept) = &self.kept else { return };
        let mut ticks = interval(Self::COUNTED_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if kept.has_grown.swap(false, Ordering::Relaxed) {
                // What is not known now is so in an hour.
                let _ = self.count_once(kept).await;
            }
        }
    }

    /// Counts once; false if that failed.
    async fn count_once(&self, kept: &Arc<Kept>) -> bool {
        let began = kept.clock.now();
        let mut found = Vec::new();
        // Each folder by itself, so that the end of the server does not wait for all.
        for number in 0..=u8::MAX {
            let kept = Arc::clone(kept);
            match self.disk.block(move || kept.list(number)).await {
                Ok(Some(pictures)) => found.extend(pictures),
                // What is not known stays as it was.
                Ok(None) | Err(_) => return false,
            }
        }
        let kept = Arc::clone(kept);
        let counted = self.disk.block(move || {
            kept.usage().replace(found, began);
            kept.delete_surplus();
        });
        counted.await.is_ok()
    }
}

impl Kept {
    fn get(&self, key: Key) -> Option<Picture> {
        let now = self.clock.now();
        match Files::read(&self.place.path, key, now) {
            Ok(bytes) => {
                let (fingerprint, width) = key;
                let picture = Picture::read(&bytes, width.pixels());
                match &picture {
                    Some(picture) => self.usage().note(key, use_of(picture, now)),
                    None => tracing::debug!(%fingerprint, "a thumbnail is damaged, and made again"),
                }
                picture
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.usage().forget(key);
                None
            }
            Err(error) => {
                self.warn(&error, "could not read a thumbnail");
                None
            }
        }
    }

    fn keep(&self, key: Key, picture: &Picture) {
        if picture.bytes().len() as u64 > self.place.max_bytes {
            return;
        }
        let now = self.clock.now();
        let written = self.files().and_then(|files| files.write(key, picture.bytes(), now));
        if let Err(error) = written {
            return self.warn(&error, "could not keep a thumbnail");
        }
        self.has_grown.store(true, Ordering::Relaxed);
        self.usage().note(key, use_of(picture, now));
        self.delete_surplus();
    }

    fn list(&self, number: u8) -> Option<Vec<(Key, Use)>> {
        let list = |files: Files| files.list(number, self.clock.now());
        let listed =
            Files::open(&self.place.path).and_then(|files| files.map_or(Ok(Vec::new()), list));
        listed.inspect_err(|error| self.warn(error, "could not count the thumbnails")).ok()
    }

    fn delete_surplus(&self) {
        let surplus = self.usage().surplus();
        if surplus.is_empty() {
            return;
        }
        let deleted = self
            .files()
            .and_then(|files| surplus.into_iter().try_for_each(|key| files.delete(key)));
        if let Err(error) = deleted {
            // They are counted again within the hour.
            self.warn(&error, "could not delete old thumbnails");
        }
    }

    /// The folder, which somebody may have deleted, and which another one may be mounted over.
    fn files(&self) -> io::Result<Files> {
        let opened = match Files::open(&self.place.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => opened?,
        };
        let files =
            opened.map_or_else(|| Files::prepare(&self.place.path), |files| Ok(Some(files)))?;
        files.ok_or_else(|| io::Error::other("the folder contains other files"))
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        // At worst, a picture is not counted until the folder is.
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn warn(&self, error: &io::Error, what: &str) {
        if self.warnings.is_due(self.clock.now()) {
            tracing::warn!(%error, folder = %self.place.path.display(), "{what}");
        }
    }
}

fn use_of(picture: &Picture, now: Timestamp) -> Use {
    Use { bytes: u32::try_from(picture.bytes().len()).unwrap_or(u32::MAX), at: now }
}

#[cfg(test)]
impl Cache {
    /// Counts the pictures; false if that failed.
    pub(super) async fn count_now(&self) -> bool {
        self.count_once(self.kept.as_ref().unwrap()).await
    }

    /// What they take, as far as that is known.
    pub(super) fn bytes(&self) -> u64 {
        self.kept.as_ref().unwrap().usage().bytes()
    }
}
