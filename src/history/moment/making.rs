//! Making what is asked for of what has changed since a moment.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::made::{Made, Side};
use super::recent::Recent;
use super::since::Since;
use crate::domain::{Video, VideoFilter};
use crate::repository::RepositoryError;

impl Since {
    /// What was made before, or is made now, where that keeps nobody waiting.
    pub async fn make<K, V>(
        self: &Arc<Self>,
        of: fn(&Made) -> &Recent<K, V>,
        key: K,
        make: impl FnOnce(&Self, &K) -> V + Send + 'static,
    ) -> Result<Arc<V>, RepositoryError>
    where
        K: PartialEq + Send + 'static,
        V: Send + Sync + 'static,
    {
        if let Some(value) = of(&self.made).get(&key) {
            return Ok(value);
        }
        let since = Arc::clone(self);
        let made = spawn_blocking(move || {
            let value = Arc::new(make(&since, &key));
            of(&since.made).keep(key, Arc::clone(&value));
            value
        });
        made.await.map_err(RepositoryError::store("look through what has changed"))
    }

    /// The videos on one side that match a filter.
    pub fn matching<'s>(
        &'s self,
        side: Side,
        filter: &'s VideoFilter,
    ) -> impl Iterator<Item = &'s Arc<Video>> {
        let videos: Box<dyn Iterator<Item = &Arc<Video>>> = match side {
            Side::Then => Box::new(self.then()),
            Side::Now => Box::new(self.now()),
        };
        videos.filter(|video| filter.matches(video, None))
    }
}
