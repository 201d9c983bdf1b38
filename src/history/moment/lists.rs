//! What has changed since a moment, in orders and as search results.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::since::Since;
use super::sorted::{Lists, Side, Sorted, SortedLists};
use crate::domain::{SearchPosition, SearchQuery, SortPosition, Video, VideoOrder};
use crate::repository::RepositoryError;

impl Since {
    /// The videos that have changed, in an order.
    pub async fn in_order(
        self: &Arc<Self>,
        side: Side,
        order: &VideoOrder,
    ) -> Result<Arc<Sorted<SortPosition>>, RepositoryError> {
        let make = move |since: &Self, order: &VideoOrder| since.sort_by(side, order);
        self.list(|lists| &lists.orders, (order.clone(), side), make).await
    }

    /// The videos that have changed and that a search finds, the best match first.
    pub async fn found(
        self: &Arc<Self>,
        side: Side,
        query: &SearchQuery,
    ) -> Result<Arc<Sorted<SearchPosition>>, RepositoryError> {
        let make = move |since: &Self, query: &SearchQuery| since.rank_by(side, query);
        self.list(|lists| &lists.searches, (query.clone(), side), make).await
    }

    /// A list that was asked for before, or that is made now, where that keeps nobody waiting.
    async fn list<K, P>(
        self: &Arc<Self>,
        of: fn(&SortedLists) -> &Lists<K, P>,
        key: (K, Side),
        make: impl FnOnce(&Self, &K) -> Sorted<P> + Send + 'static,
    ) -> Result<Arc<Sorted<P>>, RepositoryError>
    where
        K: PartialEq + Send + 'static,
        P: Send + Sync + 'static,
    {
        if let Some(list) = of(&self.lists).get(&key) {
            return Ok(list);
        }
        let since = Arc::clone(self);
        let made = spawn_blocking(move || {
            let list = Arc::new(make(&since, &key.0));
            of(&since.lists).keep(key, &list);
            list
        });
        made.await.map_err(RepositoryError::store("sort past videos"))
    }

    fn on(&self, side: Side) -> Box<dyn Iterator<Item = &Arc<Video>> + '_> {
        match side {
            Side::Then => Box::new(self.then()),
            Side::Now => Box::new(self.now()),
        }
    }

    fn sort_by(&self, side: Side, order: &VideoOrder) -> Sorted<SortPosition> {
        let placed = self.on(side).map(|video| (order.place_of(video), Arc::clone(video)));
        let mut rows: Sorted<_> = placed.collect();
        rows.sort_unstable_by(|(a, _), (b, _)| order.compare(a, b));
        rows
    }

    fn rank_by(&self, side: Side, query: &SearchQuery) -> Sorted<SearchPosition> {
        let ranked = self.on(side).filter_map(|video| {
            let tier = query.rank(&video.values)?;
            let place = SearchPosition { tier, created_at: video.created_at, id: video.id };
            Some((place, Arc::clone(video)))
        });
        let mut rows: Sorted<_> = ranked.collect();
        rows.sort_unstable_by_key(|(place, _)| *place);
        rows
    }
}
