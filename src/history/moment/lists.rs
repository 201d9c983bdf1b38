//! What has changed since a moment, in orders and as search results.

use std::sync::Arc;

use super::made::{Side, Sorted};
use super::since::Since;
use crate::domain::{SearchPosition, SearchQuery, SortPosition, VideoFilter, VideoOrder};
use crate::repository::RepositoryError;

impl Since {
    /// The videos that have changed and match a filter, in an order.
    pub async fn in_order(
        self: &Arc<Self>,
        side: Side,
        order: &VideoOrder,
        filter: &VideoFilter,
    ) -> Result<Arc<Sorted<SortPosition>>, RepositoryError> {
        let key = (order.clone(), filter.clone(), side);
        self.make(
            |made| &made.orders,
            key,
            |since, (order, filter, side)| since.sort_by(*side, order, filter),
        )
        .await
    }

    /// The videos that have changed and that a search finds among those that match a filter, the best match
    /// first.
    pub async fn found(
        self: &Arc<Self>,
        side: Side,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<Arc<Sorted<SearchPosition>>, RepositoryError> {
        let key = (query.clone(), filter.clone(), side);
        self.make(
            |made| &made.searches,
            key,
            |since, (query, filter, side)| since.rank_by(*side, query, filter),
        )
        .await
    }

    fn sort_by(
        &self,
        side: Side,
        order: &VideoOrder,
        filter: &VideoFilter,
    ) -> Sorted<SortPosition> {
        let videos = self.matching(side, filter);
        let mut rows: Sorted<_> =
            videos.map(|video| (order.place_of(video), Arc::clone(video))).collect();
        rows.sort_unstable_by(|(a, _), (b, _)| order.compare(a, b));
        rows
    }

    fn rank_by(
        &self,
        side: Side,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Sorted<SearchPosition> {
        let ranked = self.matching(side, filter).filter_map(|video| {
            let tier = query.rank(&video.values)?;
            let place = SearchPosition { tier, created_at: video.created_at, id: video.id };
            Some((place, Arc::clone(video)))
        });
        let mut rows: Sorted<_> = ranked.collect();
        rows.sort_unstable_by_key(|(place, _)| *place);
        rows
    }
}
