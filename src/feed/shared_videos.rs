//! Videos, looked up for many subscribers together.
//!
//! A change wakes all its subscribers at the same time, and many of them need the same video. One
//! read is in progress at a time; requests in the meantime share the next one. Nobody therefore
//! gets a video that was read before it was requested.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::domain::{AuditEntryId, Video, VideoId};
use crate::repository::{RepositoryError, VideoReader, VideoRepository};

/// What identifies a video, now or in the past.
pub trait VideoKey: Copy + Ord + Hash + Send + Sync + 'static {
    /// The videos with these keys, in their order; `None` if there is none.
    fn look_up<'a>(reader: &'a dyn VideoReader, keys: &'a [Self]) -> BoxFuture<'a, Found>;
}

/// The videos as they are now.
impl VideoKey for VideoId {
    fn look_up<'a>(reader: &'a dyn VideoReader, keys: &'a [Self]) -> BoxFuture<'a, Found> {
        reader.get_many(keys)
    }
}

/// The videos as they were after a change.
impl VideoKey for AuditEntryId {
    fn look_up<'a>(reader: &'a dyn VideoReader, keys: &'a [Self]) -> BoxFuture<'a, Found> {
        reader.videos_at(keys)
    }
}

/// The result of a look-up.
pub type Found = Result<Vec<Option<Video>>, RepositoryError>;

/// Looks up videos. Cloning it copies nothing.
#[derive(Clone)]
pub struct SharedVideos<K>(Arc<Inner<K>>);

struct Inner<K> {
    repository: Arc<dyn VideoRepository>,
    waiting: Mutex<Waiting<K>>,
}

struct Waiting<K> {
    is_reading: bool,
    requests: Vec<Request<K>>,
}

struct Request<K> {
    keys: Vec<K>,
    answer: oneshot::Sender<Found>,
}

impl<K: VideoKey> SharedVideos<K> {
    /// Looks up videos in this library.
    pub(super) fn new(repository: Arc<dyn VideoRepository>) -> Self {
        let waiting = Mutex::new(Waiting { is_reading: false, requests: Vec::new() });
        Self(Arc::new(Inner { repository, waiting }))
    }

    /// The videos with these keys, in their order; `None` if there is none.
    ///
    /// # Errors
    /// Those of the [`VideoReader`].
    pub async fn get_many(&self, keys: &[K]) -> Found {
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut waiting = self.0.waiting();
            waiting.requests.push(Request { keys: keys.to_vec(), answer });
            !std::mem::replace(&mut waiting.is_reading, true)
        };
        if is_first {
            // A task of its own, because any of those who wait may stop waiting.
            tokio::spawn(Arc::clone(&self.0).read_all());
        }
        answered.await.map_err(RepositoryError::store("look up videos"))?
    }
}

impl<K: VideoKey> Inner<K> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<K>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until nobody is waiting.
    async fn read_all(self: Arc<Self>) {
        loop {
            // Those who were woken together with the first one get to ask.
            tokio::task::yield_now().await;
            let requests = {
                let mut waiting = self.waiting();
                waiting.is_reading = !waiting.requests.is_empty();
                std::mem::take(&mut waiting.requests)
            };
            if requests.is_empty() {
                return;
            }
            self.answer(requests).await;
        }
    }

    async fn answer(&self, requests: Vec<Request<K>>) {
        let mut keys: Vec<K> = requests.iter().flat_map(|it| &it.keys).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let reading = AssertUnwindSafe(K::look_up(&*self.repository, &keys)).catch_unwind();
        let found = reading.await.unwrap_or_else(|_| {
            Err(RepositoryError::store("look up videos")("the store panicked"))
        });
        let found: Result<HashMap<K, Option<Video>>, _> =
            found.map(|videos| keys.into_iter().zip(videos).collect());
        for Request { keys, answer } in requests {
            let of_keys = |found: &HashMap<K, Option<Video>>| {
                keys.iter().map(|key| found.get(key).cloned().flatten()).collect()
            };
            // The result of a request that was given up is dropped.
            let _ = answer.send(found.as_ref().map(of_keys).map_err(Clone::clone));
        }
    }
}
