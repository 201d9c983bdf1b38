//! The store in an SQLite file: one writer that commits in groups, and a few readers.
//!
//! SQLite allows one writer at a time. Here there is only one, so nobody inside the process ever
//! waits for a lock; in WAL mode, readers and the writer do not wait for each other. Reads have a
//! time limit; writes do not.

mod aside;
mod backup;
mod batch;
mod breakdowns;
mod catalogue;
mod check;
mod checkpoint_check;
mod checkpoints;
mod columns;
mod common;
mod constraints;
mod contributions;
mod derivations;
mod duplicates;
mod entries;
mod entry_filter;
mod exact;
mod failure;
mod few_hits;
mod file_id;
mod files;
mod filter;
mod folders;
mod found;
mod found_in_order;
mod found_positions;
mod guard;
mod hit_sums;
mod index_copy;
mod keys;
mod keyset;
mod kinds;
mod landmarks;
mod long_parts;
mod match_expression;
mod matching;
mod migrations;
mod moves;
mod new_file;
mod numbering;
mod older;
mod open;
mod pages;
mod past;
mod pool;
mod positions;
mod read_only;
mod reader;
mod readers;
mod reads;
mod request_check;
mod request_pages;
mod requests;
mod rows;
mod schema_look;
mod search;
mod search_check;
mod search_functions;
mod search_index;
mod settings;
mod statements;
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

pub use self::backup::{
    CopyError, CopySource, LockedLibrary, faults_of_copy, recognise_copy, settle,
};
use self::catalogue::CatalogueFile;
use self::failure::failed;
use self::files::{log_of, size_of};
use self::guard::{Guard, LibraryLost};
pub use self::keys::SqliteKeys;
pub use self::open::OpenError;
pub use self::read_only::ReadOnlyLibrary;
use self::reader::{File, Reader};
use self::readers::ReaderPools;
use self::reads::Reads;
pub use self::settings::{SqliteSettings, WriteLoad};
use self::writer::Writer;
use super::Catalogue;
use super::{
    ChangeContext, RepositoryError, SnapshotReads, StoreActivity, VideoReader, VideoRepository,
    Write, Written,
};
use crate::domain::Video;
use crate::repository::activity::FileSizes;
use crate::repository::sql::catalogue::SqlCatalogue;

/// A library in an SQLite file.
pub struct SqliteRepository {
    path: PathBuf,
    guard: Arc<Guard>,
    writer: Writer,
    readers: ReaderPools,
    catalogue: Arc<SqlCatalogue<CatalogueFile>>,
}

impl SqliteRepository {
    /// Opens the library in this file; creates or migrates it if necessary.
    ///
    /// # Errors
    /// When the file cannot be opened or is not a library; it is then unchanged.
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
        let readers = ReaderPools::new(&file, settings);
        let library = opened.library.clone();
        let catalogue = CatalogueFile::new(readers.clone(), library, Arc::clone(&guard));
        let catalogue = Arc::new(SqlCatalogue(catalogue));
        let writer = Writer::start(opened, Arc::clone(&guard));
        let writer = writer
            .map_err(|error| OpenError::Failed { path: path.clone(), source: error.into() })?;
        Ok(Self { writer, guard, readers, catalogue, path })
    }
}

#[async_trait]
impl VideoRepository for SqliteRepository {
    async fn write(
        &self,
        write: Write,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
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

    fn activity(&self) -> Option<StoreActivity> {
        Some(StoreActivity {
            commits: self.writer.group_sizes(),
            statements: self.readers.statements(),
            writes_waiting: self.writer.waiting(),
            readers: self.readers.in_use(),
            scans: Some(self.readers.scans_in_use()),
            snapshots: self.readers.snapshots_in_use(),
            files: Some(FileSizes {
                library: size_of(&self.path),
                log: size_of(&log_of(&self.path)),
            }),
        })
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        Arc::clone(&self.catalogue) as _
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        if self.readers.look_up("read the library", Reader::has_unknown_migration).await? {
            self.guard.note(LibraryLost::Newer);
        }
        self.guard.look().map_err(failed("write to the library"))
    }

    async fn close(&self) -> Result<(), RepositoryError> {
        self.readers.close().await;
        self.catalogue.0.close().await;
        self.writer.close().await
    }
}

impl Reads for SqliteRepository {
    fn readers(&self) -> &ReaderPools {
        &self.readers
    }
}
