//! The catalogue of a library, in any database.

use std::collections::HashMap;

use async_trait::async_trait;
use futures_util::FutureExt;

use super::changes::revision;
use super::database::{CatalogueDatabase, job};
use super::paging::page_from;
use super::row::Query;
use super::{files, problems, roots, scans};
use crate::domain::catalogue::{
    FileNumber, FileRow, Root, RootId, RootLook, RunnerId, ScanEnd, ScanId, ScanJob, ScanOrder,
};
use crate::domain::file::Fingerprint;
use crate::domain::{Page, PageRequest, Timestamp, VideoId};
use crate::repository::RepositoryError;
use crate::repository::catalogue::{
    Catalogue, FileCounts, Instruction, Lease, NotedProblem, ScanFilter, ScanPlace, ScanReport,
};

/// The catalogue of a library in a database.
pub(in crate::repository) struct SqlCatalogue<D>(pub(in crate::repository) D);

impl<D: CatalogueDatabase> SqlCatalogue<D> {
    async fn number(
        &self,
        attempted: &'static str,
        query: Query<i64>,
    ) -> Result<i64, RepositoryError> {
        let found = self.0.read(attempted, query).await?;
        let number = found.first().copied().ok_or("a row is missing");
        number.map_err(RepositoryError::store(attempted))
    }

    async fn count(
        &self,
        attempted: &'static str,
        query: Query<i64>,
    ) -> Result<u64, RepositoryError> {
        let number = self.number(attempted, query).await?;
        u64::try_from(number).map_err(RepositoryError::store(attempted))
    }

    async fn change_root(
        &self,
        id: RootId,
        change: impl FnOnce(&mut Root) + Send + 'static,
    ) -> Result<(), RepositoryError> {
        let job = job(move |connection| roots::change(id, change, connection).boxed());
        self.0.write("change a library root", job).await
    }
}

#[async_trait]
impl<D: CatalogueDatabase> Catalogue for SqlCatalogue<D> {
    async fn revision(&self) -> Result<i64, RepositoryError> {
        self.number("look for changes of library roots", revision()).await
    }

    async fn roots(&self) -> Result<Vec<Root>, RepositoryError> {
        self.0.read("list library roots", roots::every()).await
    }

    async fn add_root(&self, root: &Root) -> Result<bool, RepositoryError> {
        let root = root.clone();
        let job = job(move |connection| roots::add(root, connection).boxed());
        self.0.write("add a library root", job).await
    }

    async fn move_root(&self, id: RootId, directory: &[u8]) -> Result<(), RepositoryError> {
        let directory = directory.to_vec();
        self.change_root(id, move |root| root.directory = directory).await
    }

    async fn note_look(
        &self,
        id: RootId,
        look: &RootLook,
        served_until: Option<Timestamp>,
    ) -> Result<(), RepositoryError> {
        let look = look.clone();
        let note = move |root: &mut Root| {
            root.look = look;
            root.served_until =
                served_until.map(|until| root.served_until.unwrap_or(until).max(until));
        };
        self.change_root(id, note).await
    }

    async fn serve(&self, ids: &[RootId], until: Timestamp) -> Result<(), RepositoryError> {
        let ids = ids.to_vec();
        let job = job(move |connection| roots::serve(ids, until, connection).boxed());
        self.0.write("look after library roots", job).await
    }

    async fn watch(&self, id: RootId, until: Option<Timestamp>) -> Result<(), RepositoryError> {
        let job = job(move |connection| roots::watch(id, until, connection).boxed());
        self.0.write("watch a library root", job).await
    }

    async fn count_files(&self, id: RootId) -> Result<FileCounts, RepositoryError> {
        let counts = self.0.read("count files", files::counts(id)).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    async fn files_at(
        &self,
        root: RootId,
        paths: &[Vec<u8>],
    ) -> Result<Vec<FileRow>, RepositoryError> {
        let query = files::at(D::DIALECT, root, paths.iter().map(Vec::as_slice));
        self.0.read("look up files", query).await
    }

    async fn files_like(
        &self,
        fingerprints: &[Fingerprint],
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.0.read("look up files", files::like(D::DIALECT, fingerprints)).await
    }

    async fn files_after(
        &self,
        root: RootId,
        after: Option<FileNumber>,
        limit: usize,
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.0.read("list files", files::after(root, after, limit)).await
    }

    async fn files_of(&self, ids: &[VideoId]) -> Result<Vec<Option<FileRow>>, RepositoryError> {
        let rows = self.0.read("look up files", files::of(D::DIALECT, ids)).await?;
        let by_video: HashMap<_, _> = rows.into_iter().map(|row| (row.file.video, row)).collect();
        Ok(ids.iter().map(|id| by_video.get(&Some(*id)).cloned()).collect())
    }

    async fn missing(
        &self,
        root: RootId,
        since_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<VideoId>, RepositoryError> {
        self.0.read("list missing videos", files::missing(root, since_before, limit)).await
    }

    async fn all_problems(&self, root: RootId) -> Result<Vec<NotedProblem>, RepositoryError> {
        self.0.read("list problems", problems::of_root(root)).await
    }

    async fn problems(
        &self,
        root: RootId,
        request: &PageRequest<Vec<u8>>,
    ) -> Result<Page<NotedProblem>, RepositoryError> {
        let rows = self.0.read("list problems", problems::page(root, request)).await?;
        Ok(page_from(request, rows, |one, other| one.path.cmp(&other.path)))
    }

    async fn count_problems(&self, root: RootId) -> Result<u64, RepositoryError> {
        self.count("count problems", problems::count(root)).await
    }

    async fn change_problems(
        &self,
        root: RootId,
        noted: &[NotedProblem],
        removed: &[Vec<u8>],
    ) -> Result<(), RepositoryError> {
        let (noted, removed) = (noted.to_vec(), removed.to_vec());
        let job = job(move |connection| problems::change(root, noted, removed, connection).boxed());
        self.0.write("note problems", job).await
    }

    async fn queue(
        &self,
        id: ScanId,
        order: &ScanOrder,
        at: Timestamp,
    ) -> Result<ScanJob, RepositoryError> {
        let order = order.clone();
        let job = job(move |connection| scans::queue(id, order, at, connection).boxed());
        self.0.write("queue a scan", job).await
    }

    async fn begin(
        &self,
        roots: &[RootId],
        lease: Lease,
        now: Timestamp,
    ) -> Result<Option<ScanJob>, RepositoryError> {
        let roots = roots.to_vec();
        let job = job(move |connection| scans::begin(roots, lease, now, connection).boxed());
        self.0.write("begin a scan", job).await
    }

    async fn interrupt(&self, now: Timestamp) -> Result<(), RepositoryError> {
        const ATTEMPTED: &str = "look for scans whose process has ended";
        if self.0.read(ATTEMPTED, scans::abandoned(now)).await?.is_empty() {
            return Ok(());
        }
        let job = job(move |connection| scans::interrupt(now, connection).boxed());
        self.0.write(ATTEMPTED, job).await
    }

    async fn report(
        &self,
        id: ScanId,
        report: &ScanReport,
        lease: Lease,
    ) -> Result<Instruction, RepositoryError> {
        let report = report.clone();
        let job = job(move |connection| scans::report(id, report, lease, connection).boxed());
        self.0.write("note how a scan stands", job).await
    }

    async fn end(
        &self,
        id: ScanId,
        end: &ScanEnd,
        runner: RunnerId,
        at: Timestamp,
    ) -> Result<(), RepositoryError> {
        let end = end.clone();
        let job = job(move |connection| scans::end(id, end, runner, at, connection).boxed());
        self.0.write("end a scan", job).await
    }

    async fn cancel(&self, id: ScanId, at: Timestamp) -> Result<Option<ScanJob>, RepositoryError> {
        let job = job(move |connection| scans::cancel(id, at, connection).boxed());
        self.0.write("stop a scan", job).await
    }

    async fn scan(&self, id: ScanId) -> Result<Option<ScanJob>, RepositoryError> {
        Ok(self.0.read("look up a scan", scans::one(id)).await?.pop())
    }

    async fn scans(
        &self,
        filter: &ScanFilter,
        request: &PageRequest<ScanPlace>,
    ) -> Result<Page<ScanJob>, RepositoryError> {
        let query = scans::page(D::DIALECT, filter, request);
        let rows = self.0.read("list scans", query).await?;
        let newest_first =
            |one: &ScanJob, other: &ScanJob| ScanPlace::of(other).cmp(&ScanPlace::of(one));
        Ok(page_from(request, rows, newest_first))
    }

    async fn count_scans(&self, filter: &ScanFilter) -> Result<u64, RepositoryError> {
        self.count("count scans", scans::count(D::DIALECT, filter)).await
    }
}
