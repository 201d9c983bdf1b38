//! The store in PostgreSQL: one writer for each server, which commits in groups, and a pool of connections
//! that read.
//!
//! Whoever writes locks one row first, so that changes are committed in the order of the log.

mod address;
mod backoff;
mod batch;
mod breakdowns;
mod catalogue;
mod check;
mod checkpoint_check;
mod columns;
mod committing;
mod connection;
mod connector;
mod cursor;
mod duplicates;
mod entries;
mod entry_filter;
mod escape;
mod failure;
mod faults;
mod filter;
mod folders;
mod found;
mod hits_before;
mod keys;
mod kinds;
mod listener;
mod matching;
mod migrations;
mod open;
mod open_error;
mod pages;
mod past;
mod pool;
mod pooled;
mod ranked;
mod reads;
mod replicas;
mod request_check;
mod request_pages;
mod request_table;
mod requests;
mod rows;
mod search;
mod search_check;
mod search_index;
mod search_sample;
mod search_terms;
mod search_tokens;
mod settings;
mod source;
mod statements;
mod statistics;
mod storable;
mod stretch;
#[cfg(test)]
mod tests;
mod texts;
mod transaction;
mod unsettled;
mod values;
mod videos;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::address::Address;
use self::catalogue::CatalogueTables;
use self::failure::failed;
pub use self::keys::PostgresKeys;
use self::open::Preparation;
pub use self::open_error::OpenError;
use self::replicas::Replicas;
use self::rows::read_video;
pub use self::settings::{Password, PostgresSettings};
use self::source::Source;
use self::writer::Writer;
use super::Catalogue;
use super::{
    ChangeContext, CopyActivity, RepositoryError, SnapshotReads, StoreActivity, VideoReader,
    VideoRepository, Write, Written,
};
use crate::domain::{
    Direction, LogPosition, OrderField, OrderKey, SortPosition, Video, VideoId, VideoOrder,
};
use crate::repository::sql::Sql;
use crate::repository::sql::catalogue::SqlCatalogue;

/// The number of videos that a scan reads together.
const CHUNK: i64 = 1000;

/// A library in PostgreSQL, or a snapshot of it.
pub struct PostgresRepository {
    source: Source,
    catalogue: Arc<SqlCatalogue<CatalogueTables>>,
    writer: Writer,
    /// The highest sequence that was written.
    newest: watch::Receiver<i64>,
    /// None for what only reads.
    listening: Option<AbortHandle>,
    replicas: Option<Replicas>,
}

impl PostgresRepository {
    /// Opens the library in the database at this URL; creates or migrates it if necessary.
    ///
    /// # Errors
    /// When the database cannot be reached or used.
    pub async fn open(url: &str, settings: PostgresSettings) -> Result<Self, OpenError> {
        Self::prepared(url, settings, Preparation::Migrate).await
    }

    /// Opens a library that exists.
    ///
    /// # Errors
    /// When there is none of this version, or the database cannot be reached or used.
    pub async fn open_existing(url: &str, settings: PostgresSettings) -> Result<Self, OpenError> {
        Self::prepared(url, settings, Preparation::ExpectLibrary).await
    }

    /// Verifies the URLs of a library and the files that they name. Nothing is connected to.
    ///
    /// # Errors
    /// When they are not valid.
    pub fn verify(url: &str, settings: &PostgresSettings) -> Result<(), OpenError> {
        Address::of(url, settings).map(drop)
    }

    async fn prepared(
        url: &str,
        settings: PostgresSettings,
        preparation: Preparation,
    ) -> Result<Self, OpenError> {
        let address = open::prepare(url, &settings, preparation).await?;
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| OpenError::Failed(error.into()))?;
        let (notes, newest) = watch::channel(0);
        let Address { queries, direct, is_pooled } = address;
        let listening = listener::follow(direct.clone(), settings.connect_limit, notes.clone());
        let connector = open::connector(direct.clone(), &settings);
        let writer = Writer::start(connector, VideoId::from_bytes(id), &settings, notes);
        let pool = Arc::new(open::pool(queries, is_pooled, &settings));
        let source = Source::new(pool, settings.read_limit);
        let connector = open::connector(direct, &settings);
        let tables = CatalogueTables::new(source.current(), connector, settings.write_limit);
        let read_from = |source| Arc::new(Self::reading(source)) as Arc<dyn VideoRepository>;
        let replicas = Replicas::open(&settings, &source, read_from)?;
        let listening = tokio::spawn(listening).abort_handle();
        let catalogue = Arc::new(SqlCatalogue(tables));
        let (listening, replicas) = (Some(listening), Some(replicas));
        Ok(Self { source, catalogue, writer, newest, listening, replicas })
    }

    /// A store that only reads: a snapshot, or a replica.
    fn reading(source: Source) -> Self {
        let (writer, newest) = (Writer::none(), watch::channel(0).1);
        let catalogue = Arc::new(SqlCatalogue(CatalogueTables::reading(source.current())));
        Self { source, catalogue, writer, newest, listening: None, replicas: None }
    }

    async fn chunk(
        &self,
        snapshot: &Source,
        place: Option<SortPosition>,
    ) -> Result<Vec<Video>, RepositoryError> {
        let attempted = "scan the library";
        let sql = videos::next_of_scan(place.as_ref(), CHUNK);
        let rows = snapshot.rows(attempted, &sql).await?;
        rows.iter()
            .map(|row| read_video(row, 0))
            .collect::<Result<_, _>>()
            .map_err(failed(attempted))
    }
}

#[async_trait]
impl VideoRepository for PostgresRepository {
    async fn write(
        &self,
        write: Write,
        by: ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        self.writer.write(write, by).await
    }

    async fn snapshot(&self, _: SnapshotReads) -> Result<Arc<dyn VideoReader>, RepositoryError> {
        let source = self.source.snapshot().await?;
        Ok(Arc::new(Self::reading(source)))
    }

    fn scan(&self) -> BoxStream<'_, Result<Video, RepositoryError>> {
        let key = OrderKey { field: OrderField::CreatedAt, direction: Direction::Asc };
        let order = VideoOrder::by(vec![key]);
        let next = move |(snapshot, place): (Source, Option<SortPosition>)| {
            let order = order.clone();
            async move {
                let videos = self.chunk(&snapshot, place).await?;
                let last = videos.last().map(|video| order.place_of(video));
                Ok::<_, RepositoryError>(last.map(|last| (videos, (snapshot, Some(last)))))
            }
        };
        stream::once(self.source.unhurried_snapshot())
            .map_ok(move |snapshot| stream::try_unfold((snapshot, None), next.clone()))
            .try_flatten()
            .map_ok(|videos| stream::iter(videos.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn check(&self) -> Result<Vec<String>, RepositoryError> {
        check::faults_of(&self.source).await
    }

    fn commits(&self) -> watch::Receiver<i64> {
        self.newest.clone()
    }

    fn activity(&self) -> Option<StoreActivity> {
        Some(StoreActivity {
            commits: self.writer.group_sizes(),
            statements: self.source.pool.statements(),
            writes_waiting: self.writer.waiting(),
            readers: self.source.pool.in_use(),
            scans: None,
            snapshots: self.source.pool.snapshots_in_use(),
            files: None,
        })
    }

    fn copies(&self) -> Vec<CopyActivity> {
        self.replicas.as_ref().map(Replicas::activity).unwrap_or_default()
    }

    async fn copy_for(&self, place: Option<LogPosition>) -> Option<Arc<dyn VideoRepository>> {
        self.replicas.as_ref()?.choose(place).await
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        Arc::clone(&self.catalogue) as _
    }

    async fn ping(&self) -> Result<(), RepositoryError> {
        let sql = Sql::new("SELECT FROM videos LIMIT 1");
        self.source.rows("read the library", &sql).await.map(drop)
    }

    async fn close(&self) -> Result<(), RepositoryError> {
        self.writer.close().await;
        self.catalogue.0.close().await;
        if let Some(listening) = &self.listening {
            listening.abort();
        }
        if let Some(replicas) = &self.replicas {
            replicas.close().await;
        }
        self.source.pool.close().await;
        Ok(())
    }
}
