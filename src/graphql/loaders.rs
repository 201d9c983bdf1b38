//! Batched look-ups: what the fields of one request ask for at the same time goes to the store in
//! one call.
//!
//! A batch waits for two turns of the runtime and never for a timer; the look-ups are unconstrained,
//! because tokio would hold back whatever asks after the first 128, and so tear a batch apart. Nothing
//! is kept after a batch: in one request a mutation may change what another field looked up before it.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use dataloader::BatchFn;
use dataloader::non_cached::Loader;
use tokio::task::unconstrained;

use super::error::ApiError;
use crate::domain::{AuditEntry, AuditEntryId, Page, PageRequest, Video, VideoId};
use crate::feed::current_videos::CurrentVideos;
use crate::repository::{RepositoryError, VideoRepository};

type Answer<V> = Result<V, ApiError>;
type Repository = Arc<dyn VideoRepository>;

/// How long a batch waits for more keys: until the siblings of the first one have asked, too.
const TURNS: usize = 2;

/// A page of the history of one video.
type HistoryKey = (VideoId, PageRequest<i32>);

/// The look-ups of one request.
pub struct Loaders {
    videos: Loader<VideoId, Answer<Option<Video>>, Videos>,
    entries: Loader<AuditEntryId, Answer<Option<AuditEntry>>, Entries>,
    histories: Loader<HistoryKey, Answer<Page<AuditEntry>>, Histories>,
    history_lengths: Loader<VideoId, Answer<u64>, HistoryLengths>,
}

impl Loaders {
    /// Look-ups in this store.
    pub fn new(repository: &Repository) -> Self {
        Self::with_videos(Videos::Alone(Arc::clone(repository)), repository)
    }

    /// Look-ups for a subscriber, of which many may want the same videos at the same time.
    pub fn sharing(current_videos: &CurrentVideos, repository: &Repository) -> Self {
        Self::with_videos(Videos::Together(current_videos.clone()), repository)
    }

    fn with_videos(videos: Videos, repository: &Repository) -> Self {
        Self {
            videos: batching(videos),
            entries: batching(Entries(Arc::clone(repository))),
            histories: batching(Histories(Arc::clone(repository))),
            history_lengths: batching(HistoryLengths(Arc::clone(repository))),
        }
    }

    /// The video with this ID.
    pub async fn video(&self, id: VideoId) -> Result<Option<Video>, ApiError> {
        unconstrained(self.videos.try_load(id)).await.map_err(ApiError::internal)?
    }

    /// The audit entry with this ID.
    pub async fn entry(&self, id: AuditEntryId) -> Result<Option<AuditEntry>, ApiError> {
        unconstrained(self.entries.try_load(id)).await.map_err(ApiError::internal)?
    }

    /// A page of the history of a video.
    pub async fn history(
        &self,
        id: VideoId,
        page: PageRequest<i32>,
    ) -> Result<Page<AuditEntry>, ApiError> {
        unconstrained(self.histories.try_load((id, page))).await.map_err(ApiError::internal)?
    }

    /// How many entries the history of a video has.
    pub async fn history_length(&self, id: VideoId) -> Result<u64, ApiError> {
        unconstrained(self.history_lengths.try_load(id)).await.map_err(ApiError::internal)?
    }
}

fn batching<K, V, F>(fetch: F) -> Loader<K, V, F>
where
    K: Eq + Hash + Clone + Debug,
    V: Clone,
    F: BatchFn<K, V>,
{
    Loader::new(fetch).with_yield_count(TURNS).with_max_batch_size(usize::MAX)
}

enum Videos {
    Alone(Repository),
    Together(CurrentVideos),
}

impl BatchFn<VideoId, Answer<Option<Video>>> for Videos {
    async fn load(&mut self, ids: &[VideoId]) -> HashMap<VideoId, Answer<Option<Video>>> {
        let found = match self {
            Self::Alone(repository) => repository.get_many(ids).await,
            Self::Together(current_videos) => current_videos.get_many(ids).await,
        };
        by_key(ids, found)
    }
}

struct Entries(Repository);

impl BatchFn<AuditEntryId, Answer<Option<AuditEntry>>> for Entries {
    async fn load(
        &mut self,
        ids: &[AuditEntryId],
    ) -> HashMap<AuditEntryId, Answer<Option<AuditEntry>>> {
        by_key(ids, self.0.get_entries(ids).await)
    }
}

struct Histories(Repository);

impl BatchFn<HistoryKey, Answer<Page<AuditEntry>>> for Histories {
    async fn load(&mut self, keys: &[HistoryKey]) -> HashMap<HistoryKey, Answer<Page<AuditEntry>>> {
        let mut keys_by_page: HashMap<_, Vec<HistoryKey>> = HashMap::new();
        for key in keys {
            keys_by_page.entry(&key.1).or_default().push(key.clone());
        }
        let mut answers = HashMap::with_capacity(keys.len());
        for (page, keys) in keys_by_page {
            let ids: Vec<VideoId> = keys.iter().map(|(id, _)| *id).collect();
            answers.extend(by_key(&keys, self.0.entries_of(&ids, page).await));
        }
        answers
    }
}

struct HistoryLengths(Repository);

impl BatchFn<VideoId, Answer<u64>> for HistoryLengths {
    async fn load(&mut self, ids: &[VideoId]) -> HashMap<VideoId, Answer<u64>> {
        by_key(ids, self.0.count_entries_of(ids).await)
    }
}

/// What the store answered, each item with its key. A failure is that of every key.
fn by_key<K, V>(keys: &[K], answers: Result<Vec<V>, RepositoryError>) -> HashMap<K, Answer<V>>
where
    K: Eq + Hash + Clone,
{
    match answers {
        Ok(answers) => keys.iter().cloned().zip(answers.into_iter().map(Ok)).collect(),
        Err(error) => {
            let error = ApiError::from(error);
            keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect()
        }
    }
}
