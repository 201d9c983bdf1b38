//! Pages of changes, for those who read the log instead of following it.

use super::change_filter::ChangeFilter;
use super::error::FeedError;
use super::event::Change;
use super::{Feed, stretch};
use crate::domain::{LogPosition, Page, PageRequest};
use crate::repository::VideoReader;

impl Feed {
    /// At most `limit` of the changes that match `selection`, the oldest first: those after the position
    /// `after`, or from the beginning on, as `reader` has them.
    ///
    /// # Errors
    /// [`FeedError::UnknownPlace`], [`FeedError::Store`].
    pub async fn page(
        &self,
        reader: &dyn VideoReader,
        selection: ChangeFilter,
        limit: usize,
        after: Option<LogPosition>,
    ) -> Result<Page<Change>, FeedError> {
        // The log is listed newest first, so what comes before a place there is what comes after it here.
        let before = after.map(|place| place.sequence);
        let request = PageRequest::Backward { limit, before };
        let newest_first = reader.list_entries(&selection.filter(), &request).await?;
        if let Some(place) = after {
            self.expect(reader, place).await?;
        }
        let items = newest_first.items.into_iter().rev().map(Change::from).collect();
        let (has_previous, has_next) = (newest_first.has_next, newest_first.has_previous);
        Ok(Page { items, has_previous, has_next })
    }

    /// Checks that a position is in the log. A copy of the library may not have it yet: then nothing comes
    /// after it there.
    async fn expect(&self, reader: &dyn VideoReader, place: LogPosition) -> Result<(), FeedError> {
        if stretch::has(reader, place).await? {
            return Ok(());
        }
        self.verify(place, self.hub.repository.newest().await?).await
    }
}
