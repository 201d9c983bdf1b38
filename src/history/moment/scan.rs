//! All videos of a moment.

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::reads::Moment;
use crate::domain::{
    Direction, OrderField, OrderKey, Page, PageRequest, SortPosition, Video, VideoFilter,
    VideoOrder,
};
use crate::repository::RepositoryError;

/// How many videos are read at once.
const PAGE: usize = 1000;

/// What is still to be read.
enum Rest {
    /// What is behind this place, or everything.
    After(Option<SortPosition>),
    Nothing,
}

impl Moment {
    /// Every video, in the order of addition: `created_at`, then ID, ascending. A page of them is in memory.
    pub fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let pages = stream::try_unfold(Rest::After(None), async |rest| {
            let Rest::After(after) = rest else { return Ok(None) };
            let order = order_of_addition();
            let request = PageRequest::Forward { limit: PAGE, after };
            let page = self.list(&VideoFilter::All(Vec::new()), &order, &request).await?;
            let rest = rest_behind(&page, &order);
            Ok(Some((stream::iter(page.items.into_iter().map(Ok)), rest)))
        });
        pages.try_flatten().boxed()
    }
}

fn order_of_addition() -> VideoOrder {
    VideoOrder::by(vec![OrderKey { field: OrderField::CreatedAt, direction: Direction::Asc }])
}

fn rest_behind(page: &Page<Video>, order: &VideoOrder) -> Rest {
    match page.items.last().filter(|_| page.has_next) {
        Some(last) => Rest::After(Some(order.place_of(last))),
        None => Rest::Nothing,
    }
}
