//! A library in memory: a complete store that lasts as long as its process.

mod breakdowns;
mod catalogue;
mod catalogued;
mod duplicates;
mod keys;
mod library;
mod past;
mod requests;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::watch;

use self::catalogue::MemoryCatalogue;
pub use self::keys::MemoryKeys;
use self::library::Library;
use super::Catalogue;
use super::stage::unfinished;
use super::{
    ChangeContext, MAX_FAULTS, RepositoryError, SearchHit, SnapshotReads, VideoReader,
    VideoRepository, Write, Written,
};
use crate::domain::past::videos_at;
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditRequest, LogPosition, Page, PageRequest,
    SearchPosition, SearchQuery, SortPosition, Timestamp, Video, VideoFilter, VideoId, VideoOrder,
    VideoStats,
};

/// Videos and their history in memory.
///
/// Lists go through every video, which is instant for thousands of them and slow for millions.
#[derive(Debug, Default)]
pub struct MemoryRepository {
    /// Shared with snapshots; a write copies it while there are any.
    library: Arc<RwLock<Arc<Library>>>,
    newest: watch::Sender<i64>,
}

impl MemoryRepository {
    /// An empty library.
    pub fn new() -> Self {
        Self::default()
    }

    // A library is changed by steps that cannot fail, so that a poisoned lock guards a sound one.
    fn read(&self) -> Result<RwLockReadGuard<'_, Arc<Library>>, RepositoryError> {
        let library = self.library.read().unwrap_or_else(PoisonError::into_inner);
        library.expect_open("read the library")?;
        Ok(library)
    }

    fn change(&self) -> Result<RwLockWriteGuard<'_, Arc<Library>>, RepositoryError> {
        let library = self.library.write().unwrap_or_else(PoisonError::into_inner);
        library.expect_open("change the library")?;
        Ok(library)
    }
}

#[async_trait]
impl VideoRepository for MemoryRepository {
    async fn write(
        &self,
        write: Write,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let mut library = self.change()?;
        let mut stage = library.stage_for(&write);
        let written = stage.apply(write, &by)?;
        let library = Arc::make_mut(&mut library);
        let steps = stage.file_steps().to_vec();
        for change in stage.into_changes() {
            self.newest.send_replace(change.entry.sequence);
            library.keep(change);
        }
        library.catalogued.carry_out(&steps);
        Ok(written)
    }

    async fn snapshot(&self, _: SnapshotReads) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        let library = Arc::clone(&*self.read()?);
        Ok(Arc::new(Self { library: Arc::new(RwLock::new(library)), ..Self::default() }))
    }

    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let mut videos: Vec<Video> = match self.read() {
            Ok(library) => library.videos.values().cloned().collect(),
            Err(error) => return stream::iter([Err(error)]).boxed(),
        };
        videos.sort_unstable_by_key(|video| (video.created_at, video.id));
        stream::iter(videos).map(Ok).boxed()
    }

    async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        let library = self.read()?;
        let next = library.log.iter().skip(1).map(Some).chain([None]);
        let unfinished = library
            .log
            .iter()
            .zip(next)
            .filter(|(entry, next)| !entry.may_precede(*next))
            .map(|(entry, _)| unfinished(entry.sequence, entry.write_end));
        let faults = library.histories.keys().filter_map(|id| library.fault_of(*id));
        let strangers = library
            .videos
            .keys()
            .filter(|id| !library.histories.contains_key(id))
            .map(|id| format!("video {id} has no history"));
        let misplaced = library.files().filter_map(|row| library.fault_of_file(&row));
        let faults = faults.chain(strangers).chain(unfinished).chain(misplaced);
        Ok(faults.take(MAX_FAULTS).collect())
    }

    fn commits(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        Arc::new(MemoryCatalogue(Arc::clone(&self.library)))
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        self.read().map(|_| ())
    }

    async fn close(&self) -> Result<(), RepositoryError> {
        let mut library = self.library.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut library).is_closed = true;
        Ok(())
    }
}

#[async_trait]
impl VideoReader for MemoryRepository {
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        let library = self.read()?;
        Ok(ids.iter().map(|id| library.videos.get(id).cloned()).collect())
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        let library = self.read()?;
        Ok(library.holders.get(path).map(|id| library.videos[id].clone()))
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        let library = self.read()?;
        let rows = library.sorted(filter, order);
        let page = Page::cut(&rows, page, |(place, _), bound| order.compare(place, bound));
        Ok(page.map(|(_, video)| video.clone()))
    }

    async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError> {
        let library = self.read()?;
        let rows = library.sorted(filter, order);
        let range = page.range(&rows, |(place, _), bound| order.compare(place, bound));
        Ok(range.start as u64)
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        let library = self.read()?;
        if filter.is_everything() {
            return Ok(library.videos.len() as u64);
        }
        Ok(library.matching(filter).count() as u64)
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        let library = self.read()?;
        let page_of_one = |id| {
            let newest_first: Vec<&AuditEntry> = library.history(id).rev().collect();
            Page::cut(&newest_first, page, |entry, bound| bound.cmp(&entry.version))
                .map(Clone::clone)
        };
        Ok(ids.iter().map(page_of_one).collect())
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        let library = self.read()?;
        Ok(ids.iter().map(|id| library.history(id).len() as u64).collect())
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        let library = self.read()?;
        let entry = |id: &AuditEntryId| {
            let position = usize::try_from(id.version).ok()?.checked_sub(1)?;
            library.history(&id.entity_id).nth(position).cloned()
        };
        Ok(ids.iter().map(entry).collect())
    }

    async fn videos_at(&self, ids: &[AuditEntryId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        let library = self.read()?;
        let videos = videos_at(&mut &**library, ids);
        videos.map_err(RepositoryError::store("look up past videos"))
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        let library = self.read()?;
        let rows: Vec<&AuditEntry> =
            library.log.iter().rev().filter(|entry| filter.matches(entry)).collect();
        let page = Page::cut(&rows, page, |entry, bound| bound.cmp(&entry.sequence));
        Ok(page.map(Clone::clone))
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        let library = self.read()?;
        let entries = library.behind(sequence).iter().filter(|entry| filter.matches(entry));
        Ok(entries.take(limit).cloned().collect())
    }

    async fn first_later_entry(&self, time: Timestamp) -> Result<Option<i64>, RepositoryError> {
        let library = self.read()?;
        let later = library.log.iter().find(|entry| entry.timestamp > time);
        Ok(later.map(|entry| entry.sequence))
    }

    async fn newest(&self) -> Result<LogPosition, RepositoryError> {
        Ok(self.read()?.log.last().map_or(LogPosition::START, LogPosition::behind))
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        Ok(self.read()?.log.iter().filter(|entry| filter.matches(entry)).count() as u64)
    }

    async fn list_requests(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError> {
        Ok(requests::page(&self.read()?.log, filter, page))
    }

    async fn count_requests(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        Ok(requests::newest_first(&self.read()?.log, filter).count() as u64)
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        let library = self.read()?;
        let hits = library.ranked(query, filter);
        let page = Page::cut(&hits, page, |(place, _), bound| place.cmp(bound));
        Ok(page.map(|(place, video)| SearchHit { video: video.clone(), tier: place.tier }))
    }

    async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError> {
        let library = self.read()?;
        let hits = library.ranked(query, filter);
        Ok(page.range(&hits, |(place, _), bound| place.cmp(bound)).start as u64)
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        Ok(self.read()?.found(query, filter).count() as u64)
    }

    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        let library = self.read()?;
        let mut stats = VideoStats::default();
        library.matching(filter).for_each(|video| stats.add(video));
        Ok(stats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{FileNumber, RootId};
    use crate::domain::samples::{new_video, video};
    use crate::domain::{Dimension, Timestamp};
    use crate::repository::memory::catalogued::Catalogued;
    use crate::repository::sql::promises::catalogue::{fill, named};
    use crate::repository::sql::promises::id;

    /// Damages a library of one video and asserts what its check reports.
    async fn faulty(damage: impl FnOnce(&mut Library), fault: &str) {
        let store = MemoryRepository::new();
        let by = ChangeContext { at: Timestamp::MIN, actor: None, request_id: None };
        store.insert(new_video(1, "/a/b.mkv"), by).await.unwrap();
        assert_eq!(store.check().await.unwrap(), [""; 0]);
        damage(Arc::make_mut(&mut store.change().unwrap()));
        assert_eq!(store.check().await.unwrap(), [fault]);
    }

    #[tokio::test]
    async fn a_check_names_the_video_that_is_not_as_recorded() {
        let id = video().id;
        let unlike = format!("video {id} does not match its history");
        let width = Dimension::new(1).unwrap();
        let widen = |library: &mut Library| {
            library.videos.get_mut(&id).unwrap().values.width = width;
        };
        faulty(widen, &unlike).await;
        faulty(|library| drop(library.videos.remove(&id)), &unlike).await;
        faulty(|library| library.videos.get_mut(&id).unwrap().version = 2, &unlike).await;
        let hole = format!("audit entry {id}:2: version 2 follows version 0");
        faulty(|library| library.log[0].version = 2, &hole).await;
        let unfinished = "entry 1 of the log lacks the rest of its write, which ends at 2";
        faulty(|library| library.log[0].write_end = 2, unfinished).await;
        let forgotten = format!("video {id} has no history");
        faulty(|library| drop(library.histories.remove(&id)), &forgotten).await;
    }

    #[tokio::test]
    async fn a_check_names_the_file_without_its_video() {
        damaged(
            |it| it.files.get_mut(&FileNumber(1)).unwrap().path = b"other".to_vec(),
            &named(1, 1, "has another path"),
        )
        .await;
        damaged(
            |it| it.files.get_mut(&FileNumber(2)).unwrap().video = Some(id(9)),
            &named(2, 9, "is not there"),
        )
        .await;
        damaged(
            |it| it.files.get_mut(&FileNumber(3)).unwrap().root = RootId::from_bytes([9; 16]),
            "file 3: its library root is not there",
        )
        .await;
    }

    async fn damaged(damage: impl FnOnce(&mut Catalogued), fault: &str) {
        let store = MemoryRepository::new();
        fill(&store).await;
        damage(&mut Arc::make_mut(&mut store.change().unwrap()).catalogued);
        assert_eq!(store.check().await.unwrap(), [fault]);
    }
}
