//! What has changed since a moment.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::made::Made;
use crate::domain::{AuditEntryId, AuditFilter, Text, Video, VideoId};
use crate::repository::{RepositoryError, VideoReader};

/// How many entries of the log are read at once.
const ENTRIES: usize = 5000;
/// How many videos are looked up at once.
const VIDEOS: usize = 500;

/// The videos that have changed since a moment, up to a later one.
#[derive(Debug)]
pub struct Since {
    /// The sequence of the newest entry that it covers.
    pub up_to: i64,
    changed: HashMap<VideoId, Changed>,
    /// The videos of then by their paths.
    holders: HashMap<Text, VideoId>,
    /// What was made of them.
    pub(super) made: Made,
}

/// A video that has changed.
#[derive(Clone, Debug)]
pub struct Changed {
    /// As it was; none if it did not exist.
    pub then: Option<Arc<Video>>,
    /// As it is now; none if it does not exist.
    pub now: Option<Arc<Video>>,
}

impl Since {
    /// What has changed after `base` or, without one, after the entry `from`, up to the newest entry that
    /// `reader` sees.
    pub async fn read(
        reader: &dyn VideoReader,
        from: i64,
        base: Option<&Self>,
        up_to: i64,
    ) -> Result<Self, RepositoryError> {
        let mut changed = base.map_or_else(HashMap::new, |base| base.changed.clone());
        let from = base.map_or(from, |base| base.up_to);
        let touched = Touched::read(reader, from, up_to, &changed).await?;
        for ids in touched.before.chunks(VIDEOS) {
            let then = reader.videos_at(ids).await?;
            changed.extend(
                ids.iter().zip(then).map(|(id, then)| {
                    (id.entity_id, Changed { then: then.map(Arc::new), now: None })
                }),
            );
        }
        let ids: Vec<VideoId> = touched.ids.into_iter().collect();
        for ids in ids.chunks(VIDEOS) {
            let now = reader.get_many(ids).await?;
            for (id, now) in ids.iter().zip(now) {
                if let Some(changed) = changed.get_mut(id) {
                    changed.now = now.map(Arc::new);
                }
            }
        }
        let made = match base {
            Some(base) => base.made.carried_on(changed.len()),
            None => Made::new(changed.len()),
        };
        Ok(Self::of(changed, up_to, made))
    }

    fn of(changed: HashMap<VideoId, Changed>, up_to: i64, made: Made) -> Self {
        let then = changed.values().filter_map(|changed| changed.then.as_ref());
        let holders = then.map(|video| (video.values.path.clone(), video.id)).collect();
        Self { up_to, changed, holders, made }
    }

    /// Whether a video has changed.
    pub fn has_changed(&self, id: VideoId) -> bool {
        self.changed.contains_key(&id)
    }

    /// A video that has changed.
    pub fn get(&self, id: VideoId) -> Option<&Changed> {
        self.changed.get(&id)
    }

    /// The video that has changed and had this path.
    pub fn with_path(&self, path: &str) -> Option<&Arc<Video>> {
        let id = self.holders.get(path)?;
        self.changed.get(id)?.then.as_ref()
    }

    /// The IDs of all videos that have changed, in their order.
    pub fn ids(&self) -> Vec<VideoId> {
        let mut ids: Vec<VideoId> = self.changed.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// They as they were.
    pub fn then(&self) -> impl Iterator<Item = &Arc<Video>> {
        self.changed.values().filter_map(|changed| changed.then.as_ref())
    }

    /// They as they are.
    pub fn now(&self) -> impl Iterator<Item = &Arc<Video>> {
        self.changed.values().filter_map(|changed| changed.now.as_ref())
    }

    /// About how much memory it takes, without what is made of it.
    pub fn bytes(&self) -> usize {
        let of_videos: usize = self.then().chain(self.now()).map(|video| bytes_of(video)).sum();
        let of_ids = self.changed.len() * (size_of::<VideoId>() + size_of::<Changed>());
        let of_paths = self.holders.len() * size_of::<(Text, VideoId)>();
        of_videos + 2 * (of_ids + of_paths)
    }
}

/// About how much memory a video takes.
pub(super) fn bytes_of(video: &Video) -> usize {
    let values = &video.values;
    let texts = [&values.path, &values.filename, &values.video_codec];
    let texts: usize = texts.iter().map(|text| text.as_str().len()).sum();
    let file = values.file.as_ref().map_or(0, |facts| facts.as_str().len());
    size_of::<Video>() + texts + file
}

/// The videos that entries are of.
#[derive(Default)]
struct Touched {
    ids: HashSet<VideoId>,
    /// Those that are new here, as they were before their first change.
    before: Vec<AuditEntryId>,
}

impl Touched {
    async fn read(
        reader: &dyn VideoReader,
        from: i64,
        up_to: i64,
        known: &HashMap<VideoId, Changed>,
    ) -> Result<Self, RepositoryError> {
        let mut touched = Self::default();
        let (mut from, everything) = (from, AuditFilter::default());
        while from < up_to {
            let entries = reader.entries_after(from, &everything, ENTRIES).await?;
            let Some(last) = entries.last() else { break };
            from = last.sequence;
            for entry in &entries {
                let id = entry.entity_id;
                if touched.ids.insert(id) && !known.contains_key(&id) {
                    let version = entry.version - 1;
                    touched.before.push(AuditEntryId { entity_id: id, version });
                }
            }
        }
        Ok(touched)
    }
}
