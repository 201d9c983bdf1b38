//! The store in an SQLite file: one writer that commits in groups, and a few readers.
//!
//! SQLite allows one writer at a time. Here there is only one, so that nobody inside the process
//! ever waits for a lock; in WAL mode readers and the writer do not wait for each other. What is
//! read for a caller is given up after a time; what is written never is.

mod aside;
mod backup;
mod batch;
mod check;
mod common;
mod constraints;
mod derivations;
mod entries;
mod exact;
mod failure;
mod few_hits;
mod file_id;
mod filter;
mod guard;
mod index_copy;
mod keys;
mod keyset;
mod kinds;
mod match_expression;
mod migrations;
mod new_file;
mod open;
mod pool;
mod positions;
mod read_only;
mod reader;
mod readers;
mod rows;
mod search;
mod search_check;
mod search_index;
mod sql;
mod statistics;
#[cfg(test)]
mod tests;
mod transaction;
mod values;
mod videos;
mod ways;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use tokio::sync::watch;

pub use self::backup::{CopyError, CopySource, Settled, faults_of_copy, recognise_copy, settle};
use self::failure::failed;
use self::guard::{Guard, Loss};
pub use self::keys::{KeyError, SqliteKeys};
pub use self::open::OpenError;
pub use self::read_only::ReadOnlyLibrary;
use self::reader::{File, Reader};
use self::readers::Readers;
use self::writer::Writer;
use super::{
    Activity, Attribution, RepositoryError, SearchHit, SnapshotReads, VideoReader, VideoRepository,
    Write, Written,
};
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, LogPlace, Page, PageRequest, SearchPlace, SearchQuery,
    Video, VideoFilter, VideoId, VideoOrder, VideoPlace, VideoStats,
};

/// A library in an SQLite file.
pub struct SqliteRepository {
    path: PathBuf,
    guard: Arc<Guard>,
    writer: Writer,
    readers: Readers,
}

/// How a library in an SQLite file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// How long a reading method may take, the wait for a free connection included. One that may have
    /// to look at every row may wait as long for its turn, and then take as long. `scan` and `check`
    /// may take as long as they need.
    pub read_limit: Duration,
    /// How long what looks up a few rows may hold up the thread that asks for them, before one that may
    /// wait for the disk takes over: handing over at once would cost more than most of it.
    pub at_once_limit: Duration,
    /// What is mostly written.
    pub load: WriteLoad,
}

impl Default for SqliteSettings {
    /// Five seconds to read, a millisecond of it at once, and changes by clients.
    fn default() -> Self {
        Self {
            read_limit: Duration::from_secs(5),
            at_once_limit: Duration::from_millis(1),
            load: WriteLoad::Changes,
        }
    }
}

/// What is mostly written, by which memory and the write-ahead log are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteLoad {
    /// Changes by clients that wait for each.
    Changes,
    /// Batches of thousands of videos, each of which touches pages all over the indexes.
    Bulk,
}

impl SqliteRepository {
    /// Opens the library in this file. Where there is none, it is made; where it lacks migrations,
    /// they are applied.
    ///
    /// # Errors
    /// When the file cannot be opened or is no library; what is none stays as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteSettings::default()).await
    }

    /// Opens the library in this file as [`open`](Self::open) does, to be used as `settings` say.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_with(path: &Path, settings: SqliteSettings) -> Result<Self, OpenError> {
        Self::open_waiting(path, settings, open::BUSY_TIMEOUT).await
    }

    /// Opens the library in this file as [`open`](Self::open) does, and closes it again.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn migrate(path: &Path) -> Result<(), OpenError> {
        let closed = Self::open(path).await?.close().await;
        let failed = |error: RepositoryError| OpenError::Failed {
            path: path.to_owned(),
            source: error.into(),
        };
        closed.map_err(failed)
    }

    /// How many transactions were committed so far. Writes that come at the same time share one.
    pub fn commit_count(&self) -> u64 {
        self.writer.group_sizes().total()
    }

    /// How many statements were run to read so far, those of `scan` and `check` left out. One that is
    /// run for many videos counts once.
    pub fn statement_count(&self) -> u64 {
        self.readers.statements()
    }

    async fn open_waiting(
        path: &Path,
        settings: SqliteSettings,
        busy_timeout: Duration,
    ) -> Result<Self, OpenError> {
        let opened = open::open_aside(path, settings.load, busy_timeout).await?;
        let path = opened.library.file.path.clone();
        let guard = Arc::new(Guard::new(&path, opened.id));
        tokio::spawn(guard::watch(Arc::downgrade(&guard)));
        let file = File { guard: Some(Arc::clone(&guard)), ..opened.library.file.clone() };
        let writer = Writer::start(opened, Arc::clone(&guard));
        let writer = writer
            .map_err(|error| OpenError::Failed { path: path.clone(), source: error.into() })?;
        Ok(Self { writer, guard, readers: Readers::new(&file, settings), path })
    }
}

#[async_trait]
impl VideoRepository for SqliteRepository {
    async fn write(&self, write: Write, by: Attribution) -> Result<Vec<Written>, RepositoryError> {
        self.writer.write(write, by).await
    }

    async fn snapshot(
        &self,
        reads: SnapshotReads,
    ) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        Ok(Arc::new(self.readers.snapshot(reads).await?))
    }

    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let videos = self.readers.scan();
        videos.map_err(|error| failed("scan the library")(error)).boxed()
    }

    async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        let checked = async { check::faults_of(self.readers.file()?).await };
        checked.await.map_err(failed("check the library"))
    }

    fn commits(&self) -> watch::Receiver<i64> {
        self.writer.newest()
    }

    fn activity(&self) -> Option<Activity> {
        Some(Activity {
            commits: self.writer.group_sizes(),
            statements: self.readers.statements(),
            writes_waiting: self.writer.waiting(),
            readers: self.readers.in_use(),
            scans: self.readers.scans_in_use(),
            snapshots: self.readers.snapshots_in_use(),
            file_bytes: size_of(&self.path),
            log_bytes: size_of(&log_of(&self.path)),
        })
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        if self.readers.look_up("read the library", Reader::has_unknown_migration).await? {
            self.guard.note(Loss::Newer);
        }
        self.guard.look().map_err(failed("write to the library"))
    }

    async fn close(&self) -> Result<(), RepositoryError> {
        self.readers.close().await;
        self.writer.close().await
    }
}

/// The size of a file in bytes; 0 where there is none.
fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Where SQLite keeps the write-ahead log of this file.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// What reads a library in an SQLite file: the store, or one of its snapshots.
trait Reads: Send + Sync + 'static {
    /// With these connections.
    fn readers(&self) -> &Readers;
}

impl Reads for SqliteRepository {
    fn readers(&self) -> &Readers {
        &self.readers
    }
}

impl Reads for Readers {
    fn readers(&self) -> &Readers {
        self
    }
}

#[async_trait]
impl<R: Reads> VideoReader for R {
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.readers().look_up("look up videos", videos::get_many(ids)).await
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        self.readers().look_up("look up a video by its path", videos::get_by_path(path)).await
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<VideoPlace>,
    ) -> Result<Page<Video>, RepositoryError> {
        let (way, reading) = (ways::of_page(filter, order), videos::list(filter, order, page));
        self.readers().read_by(way, "list videos", reading).await
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        let way = ways::of_sums(filter);
        self.readers().read_by(way, "count videos", statistics::count(filter)).await
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        self.readers().look_up("list the history of videos", entries::entries_of(ids, page)).await
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        self.readers().look_up("count the history of videos", entries::count_entries_of(ids)).await
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.readers().look_up("look up entries", entries::get_entries(ids)).await
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        let (way, reading) = (ways::of_log(filter), entries::list_entries(filter, page));
        self.readers().read_by(way, "list entries", reading).await
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        let (way, reading) =
            (ways::of_log(filter), entries::entries_after(sequence, filter, limit));
        self.readers().read_by(way, "follow the log", reading).await
    }

    async fn newest(&self) -> Result<LogPlace, RepositoryError> {
        self.readers().look_up("find the end of the log", entries::newest()).await
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        let way = ways::of_number_of_entries(filter);
        self.readers().read_by(way, "count entries", entries::count_entries(filter)).await
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPlace>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        let (way, reading) = (ways::of_search(query, filter), search::search(query, filter, page));
        self.readers().read_by(way, "search videos", reading).await
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        let (way, reading) = (ways::of_number_found(query), search::count_found(query, filter));
        self.readers().read_by(way, "count what a search finds", reading).await
    }

    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        let way = ways::of_sums(filter);
        self.readers().read_by(way, "add up videos", statistics::stats(filter)).await
    }
}
