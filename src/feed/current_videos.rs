//! Current videos, looked up for many subscribers together.
//!
//! A change wakes all its subscribers at the same time, and many of them need the same video. One
//! read is in progress at a time; requests in the meantime share the next one. Nobody therefore
//! gets a video that was read before it was requested.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use tokio::sync::oneshot;

use crate::domain::{Video, VideoId};
use crate::repository::{RepositoryError, VideoRepository};

/// Looks up videos. Cloning it copies nothing.
#[derive(Clone)]
pub struct CurrentVideos(Arc<Inner>);

struct Inner {
    repository: Arc<dyn VideoRepository>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    is_reading: bool,
    requests: Vec<Request>,
}

struct Request {
    ids: Vec<VideoId>,
    answer: oneshot::Sender<Found>,
}

type Found = Result<Vec<Option<Video>>, RepositoryError>;

impl CurrentVideos {
    /// Looks up videos in this library.
    pub(super) fn new(repository: Arc<dyn VideoRepository>) -> Self {
        Self(Arc::new(Inner { repository, waiting: Mutex::default() }))
    }

    /// The videos with these IDs, in the order of `ids`; `None` if there is none.
    ///
    /// # Errors
    /// Those of [`VideoReader::get_many`](crate::repository::VideoReader::get_many).
    pub async fn get_many(&self, ids: &[VideoId]) -> Found {
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut waiting = self.0.waiting();
            waiting.requests.push(Request { ids: ids.to_vec(), answer });
            !std::mem::replace(&mut waiting.is_reading, true)
        };
        if is_first {
            // A task of its own, because any of those who wait may stop waiting.
            tokio::spawn(Arc::clone(&self.0).read_all());
        }
        answered.await.map_err(RepositoryError::store("look up videos"))?
    }
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
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

    async fn answer(&self, requests: Vec<Request>) {
        let mut ids: Vec<VideoId> = requests.iter().flat_map(|it| &it.ids).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let reading = AssertUnwindSafe(self.repository.get_many(&ids)).catch_unwind();
        let found = reading.await.unwrap_or_else(|_| {
            Err(RepositoryError::store("look up videos")("the store panicked"))
        });
        let found: Result<HashMap<VideoId, Option<Video>>, _> =
            found.map(|videos| ids.into_iter().zip(videos).collect());
        for Request { ids, answer } in requests {
            let of_ids = |found: &HashMap<VideoId, Option<Video>>| {
                ids.iter().map(|id| found.get(id).cloned().flatten()).collect()
            };
            // Whoever does not wait any more need not be told.
            let _ = answer.send(found.as_ref().map(of_ids).map_err(Clone::clone));
        }
    }
}
