//! Batched look-ups: look-ups by fields of one request at the same time go to the store in one
//! call.
//!
//! Nothing is cached beyond that: within one request, a mutation can change what another field
//! looked up before.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::domain::file::Fingerprint;
use crate::domain::past::BeforeAndAfter;
use crate::domain::{AuditEntry, AuditEntryId, Page, PageRequest, Video, VideoFilter, VideoId};
use crate::feed::{Feed, SharedVideos, VideoKey};
use crate::graphql::error::ApiError;
use crate::graphql::execution::batch::{Batching, Fetch};
use crate::graphql::execution::rounds::Rounds;
use crate::repository::{RepositoryError, VideoReader};

type Reader = Arc<dyn VideoReader>;

/// A page of the history of one video.
type HistoryKey = (VideoId, PageRequest<i32>);

/// The look-ups of one request.
pub struct Loaders {
    videos: Batching<Videos<VideoId>>,
    past_videos: Batching<Videos<AuditEntryId>>,
    entries: Batching<Entries>,
    histories: Batching<Histories>,
    history_lengths: Batching<HistoryLengths>,
    with_fingerprints: Batching<WithFingerprints>,
}

impl Loaders {
    /// Look-ups with this reader.
    pub fn new(reader: &Reader, rounds: &Arc<Rounds>) -> Self {
        let [videos, past_videos] = [Arc::clone(reader), Arc::clone(reader)];
        Self::with_videos(Videos::Alone(videos), Videos::Alone(past_videos), reader, rounds)
    }

    /// Look-ups for subscribers, many of which can need the same videos at the same time.
    pub fn sharing(feed: &Feed, reader: &Reader, rounds: &Arc<Rounds>) -> Self {
        let videos = Videos::Together(feed.current_videos().clone());
        let past_videos = Videos::Together(feed.past_videos().clone());
        Self::with_videos(videos, past_videos, reader, rounds)
    }

    fn with_videos(
        videos: Videos<VideoId>,
        past_videos: Videos<AuditEntryId>,
        reader: &Reader,
        rounds: &Arc<Rounds>,
    ) -> Self {
        Self {
            videos: Batching::new(videos, rounds),
            past_videos: Batching::new(past_videos, rounds),
            entries: Batching::new(Entries(Arc::clone(reader)), rounds),
            histories: Batching::new(Histories(Arc::clone(reader)), rounds),
            history_lengths: Batching::new(HistoryLengths(Arc::clone(reader)), rounds),
            with_fingerprints: Batching::new(WithFingerprints(Arc::clone(reader)), rounds),
        }
    }

    /// The video with this ID.
    pub async fn video(&self, id: VideoId) -> Result<Option<Video>, ApiError> {
        self.videos.get(id).await
    }

    /// The video as it was after a change; none if that was its deletion, or there is no such change.
    pub async fn past_video(&self, id: AuditEntryId) -> Result<Option<Video>, ApiError> {
        self.past_videos.get(id).await
    }

    /// The video before and after a change.
    pub async fn before_and_after(&self, entry: &AuditEntry) -> Result<BeforeAndAfter, ApiError> {
        let before = match entry.previous() {
            Some(previous) => self.past_videos.get(previous).await?,
            None => None,
        };
        BeforeAndAfter::of(entry, before).map_err(ApiError::internal)
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

    /// The first videos with a fingerprint by ID, as many as `limit`, of those that match a filter if there is one.
    pub async fn with_fingerprint(
        &self,
        fingerprint: Fingerprint,
        filter: Option<SharedFilter>,
        limit: usize,
    ) -> Result<Vec<Video>, ApiError> {
        self.with_fingerprints.get((fingerprint, Selected { filter, limit })).await
    }
}

/// A filter that many rows of one field look up with. It is equal to itself only.
#[derive(Clone)]
pub struct SharedFilter(Arc<VideoFilter>);

impl SharedFilter {
    /// The filter of one field.
    pub fn new(filter: VideoFilter) -> Self {
        Self(Arc::new(filter))
    }
}

impl PartialEq for SharedFilter {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SharedFilter {}

impl Hash for SharedFilter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// Which videos are looked up, and how many.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Selected {
    filter: Option<SharedFilter>,
    limit: usize,
}

enum Videos<K> {
    Alone(Reader),
    Together(SharedVideos<K>),
}

impl<K: VideoKey> Fetch for Videos<K> {
    type Key = K;
    type Value = Option<Video>;

    async fn fetch(&self, keys: &[K]) -> Result<Vec<Option<Video>>, RepositoryError> {
        match self {
            Self::Alone(reader) => K::look_up(&**reader, keys).await,
            Self::Together(videos) => videos.get_many(keys).await,
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

struct WithFingerprints(Reader);

impl Fetch for WithFingerprints {
    type Key = (Fingerprint, Selected);
    type Value = Vec<Video>;

    async fn fetch(&self, keys: &[Self::Key]) -> Result<Vec<Vec<Video>>, RepositoryError> {
        let mut selections: HashMap<&Selected, Vec<usize>> = HashMap::new();
        for (place, (_, selected)) in keys.iter().enumerate() {
            selections.entry(selected).or_default().push(place);
        }
        let everything = VideoFilter::everything();
        let mut lists = vec![Vec::new(); keys.len()];
        for (Selected { filter, limit }, places) in selections {
            let filter = filter.as_ref().map_or(&everything, |shared| &shared.0);
            let wanted: Vec<Fingerprint> = places.iter().map(|place| keys[*place].0).collect();
            let found = self.0.with_fingerprints(&wanted, filter, *limit).await?;
            places.into_iter().zip(found).for_each(|(place, videos)| lists[place] = videos);
        }
        Ok(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_of_two_fields_are_not_looked_up_together() {
        let [one, other] = [(); 2].map(|()| SharedFilter::new(VideoFilter::everything()));
        let key = |filter: &SharedFilter| Selected { filter: Some(filter.clone()), limit: 1 };
        let keys = [key(&one), key(&one), key(&other), Selected { filter: None, limit: 1 }];
        assert_eq!(HashMap::from(keys.map(|key| (key, ()))).len(), 3);
    }
}
