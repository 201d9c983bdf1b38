//! What the tests of requests share.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use crate::domain::file::ThumbnailWidth;
use crate::media::thumbnails::scripted::{ScriptedMaker, ScriptedSource, StandingClock, wanted};
use crate::media::thumbnails::{CacheFolder, NoPicture, Picture, Queue, Thumbnails};

/// Thumbnails that are not kept, and what they are made with.
pub struct Scene {
    pub thumbnails: Arc<Thumbnails>,
    pub maker: Arc<ScriptedMaker>,
    pub clock: Arc<StandingClock>,
}

impl Scene {
    pub fn new(maker: Arc<ScriptedMaker>) -> Self {
        Self::with_queue(maker, Queue::default())
    }

    pub fn with_queue(maker: Arc<ScriptedMaker>, queue: Queue) -> Self {
        let clock = StandingClock::new();
        let thumbnails = Thumbnails::new(
            Some(Arc::clone(&maker) as _),
            CacheFolder::none(),
            Arc::clone(&clock) as _,
        );
        Self { thumbnails: Arc::new(thumbnails.with_queue(queue)), maker, clock }
    }

    /// Asks for the picture of a file.
    pub async fn get(&self, file: u128) -> Result<Picture, NoPicture> {
        self.get_from(file, &Arc::default()).await
    }

    /// The same, from this source.
    pub async fn get_from(
        &self,
        file: u128,
        source: &Arc<ScriptedSource>,
    ) -> Result<Picture, NoPicture> {
        let wanted = wanted(file, ThumbnailWidth::W320);
        self.thumbnails.get(&wanted, Arc::clone(source) as _).await
    }

    /// Asks in the background.
    pub fn ask(&self, file: u128) -> JoinHandle<Result<Picture, NoPicture>> {
        let thumbnails = Arc::clone(&self.thumbnails);
        let wanted = wanted(file, ThumbnailWidth::W320);
        tokio::spawn(
            async move { thumbnails.get(&wanted, Arc::new(ScriptedSource::default())).await },
        )
    }
}

/// Waits for a state.
pub async fn until(mut is_there: impl FnMut() -> bool) {
    let waiting = async {
        while !is_there() {
            yield_now().await;
        }
    };
    soon(waiting).await;
}

/// Waits for something that has to come.
pub async fn soon<T>(coming: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), coming).await.unwrap()
}
