//! Batched look-ups: look-ups by fields of one request at the same time go to the store in one
//! call.
//!
//! Nothing is cached beyond that: within one request, a mutation can change what another field
//! looked up before.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{AuditEntry, AuditEntryId, Page, PageRequest, Video, VideoId};
use crate::feed::CurrentVideos;
use crate::graphql::error::ApiError;
use crate::graphql::execution::batch::{Batching, Fetch};
use crate::graphql::execution::rounds::Rounds;
use crate::repository::{RepositoryError, VideoReader};

type Reader = Arc<dyn VideoReader>;

/// A page of the history of one video.
type HistoryKey = (VideoId, PageRequest<i32>);

/// The look-ups of one request.
pub struct Loaders {
    videos: Batching<Videos>,
    entries: Batching<Entries>,
    histories: Batching<Histories>,
    history_lengths: Batching<HistoryLengths>,
}

impl Loaders {
    /// Look-ups with this reader.
    pub fn new(reader: &Reader, rounds: &Arc<Rounds>) -> Self {
        Self::with_videos(Videos::Alone(Arc::clone(reader)), reader, rounds)
    }

    /// Look-ups for subscribers, many of which can need the same videos at the same time.
    pub fn sharing(current_videos: &CurrentVideos, reader: &Reader, rounds: &Arc<Rounds>) -> Self {
        Self::with_videos(Videos::Together(current_videos.clone()), reader, rounds)
    }

    fn with_videos(videos: Videos, reader: &Reader, rounds: &Arc<Rounds>) -> Self {
        Self {
            videos: Batching::new(videos, rounds),
            entries: Batching::new(Entries(Arc::clone(reader)), rounds),
            histories: Batching::new(Histories(Arc::clone(reader)), rounds),
            history_lengths: Batching::new(HistoryLengths(Arc::clone(reader)), rounds),
        }
    }

    /// The video with this ID.
    pub async fn video(&self, id: VideoId) -> Result<Option<Video>, ApiError> {
        self.videos.get(id).await
    }

    /// The audit entry with this ID.
    pub async fn entry(&self, id: AuditEntryId) -> Result<Option<AuditEntry>, ApiError> {
        self.entries.get(id).await
    }

    /// A page of the history of a video.
    pub async fn history(
        &self,
        id: VideoId,
        page: PageRequest<i32>,
    ) -> Result<Page<AuditEntry>, ApiError> {
        self.histories.get((id, page)).await?
    }

    /// The number of entries in the history of a video.
    pub async fn history_length(&self, id: VideoId) -> Result<u64, ApiError> {
        self.history_lengths.get(id).await
    }
}

enum Videos {
    Alone(Reader),
    Together(CurrentVideos),
}

impl Fetch for Videos {
    type Key = VideoId;
    type Value = Option<Video>;

    async fn fetch(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        match self {
            Self::Alone(reader) => reader.get_many(ids).await,
            Self::Together(current_videos) => current_videos.get_many(ids).await,
        }
    }
}

struct Entries(Reader);

impl Fetch for Entries {
    type Key = AuditEntryId;
    type Value = Option<AuditEntry>;

    async fn fetch(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.0.get_entries(ids).await
    }
}

struct Histories(Reader);

impl Fetch for Histories {
    type Key = HistoryKey;
    type Value = Result<Page<AuditEntry>, ApiError>;

    async fn fetch(&self, keys: &[HistoryKey]) -> Result<Vec<Self::Value>, RepositoryError> {
        let mut pages: HashMap<&PageRequest<i32>, Vec<usize>> = HashMap::new();
        for (place, (_, page)) in keys.iter().enumerate() {
            pages.entry(page).or_default().push(place);
        }
        let mut histories = vec![Ok(Page::empty()); keys.len()];
        for (page, places) in pages {
            let ids: Vec<VideoId> = places.iter().map(|place| keys[*place].0).collect();
            match self.0.entries_of(&ids, page).await {
                Ok(found) => places.into_iter().zip(found).for_each(|(place, history)| {
                    histories[place] = Ok(history);
                }),
                Err(error) => {
                    let error = ApiError::from(error);
                    places.into_iter().for_each(|place| histories[place] = Err(error.clone()));
                }
            }
        }
        Ok(histories)
    }
}

struct HistoryLengths(Reader);

impl Fetch for HistoryLengths {
    type Key = VideoId;
    type Value = u64;

    async fn fetch(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        self.0.count_entries_of(ids).await
    }
}
