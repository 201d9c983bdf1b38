//! Library roots, files and scans, whose look-ups are counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reelgraph::domain::catalogue::{
    FileNumber, FileRow, Root, RootId, RootLook, RunnerId, ScanEnd, ScanId, ScanJob, ScanOrder,
};
use reelgraph::domain::file::Fingerprint;
use reelgraph::domain::{Page, PageRequest, Timestamp, VideoId};
use reelgraph::repository::RepositoryError;
use reelgraph::repository::catalogue::{
    Catalogue, FileCounts, Instruction, Lease, NotedProblem, ScanFilter, ScanPlace, ScanReport,
};

/// A catalogue whose calls are counted.
pub struct WatchedCatalogue {
    pub inner: Arc<dyn Catalogue>,
    pub calls: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl WatchedCatalogue {
    fn called(&self, method: &'static str) -> &dyn Catalogue {
        *self.calls.lock().unwrap().entry(method).or_default() += 1;
        &*self.inner
    }
}

#[async_trait]
impl Catalogue for WatchedCatalogue {
    async fn revision(&self) -> Result<i64, RepositoryError> {
        self.called("revision").revision().await
    }

    async fn roots(&self) -> Result<Vec<Root>, RepositoryError> {
        self.called("roots").roots().await
    }

    async fn add_root(&self, root: &Root) -> Result<bool, RepositoryError> {
        self.called("add_root").add_root(root).await
    }

    async fn move_root(&self, id: RootId, directory: &[u8]) -> Result<(), RepositoryError> {
        self.called("move_root").move_root(id, directory).await
    }

    async fn note_look(
        &self,
        id: RootId,
        look: &RootLook,
        served_until: Option<Timestamp>,
    ) -> Result<(), RepositoryError> {
        self.called("note_look").note_look(id, look, served_until).await
    }

    async fn serve(&self, ids: &[RootId], until: Timestamp) -> Result<(), RepositoryError> {
        self.called("serve").serve(ids, until).await
    }

    async fn watch(&self, id: RootId, until: Option<Timestamp>) -> Result<(), RepositoryError> {
        self.called("watch").watch(id, until).await
    }

    async fn count_files(&self, id: RootId) -> Result<FileCounts, RepositoryError> {
        self.called("count_files").count_files(id).await
    }

    async fn files_at(
        &self,
        root: RootId,
        paths: &[Vec<u8>],
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.called("files_at").files_at(root, paths).await
    }

    async fn files_like(
        &self,
        fingerprints: &[Fingerprint],
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.called("files_like").files_like(fingerprints).await
    }

    async fn files_after(
        &self,
        root: RootId,
        after: Option<FileNumber>,
        limit: usize,
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.called("files_after").files_after(root, after, limit).await
    }

    async fn files_of(&self, ids: &[VideoId]) -> Result<Vec<Option<FileRow>>, RepositoryError> {
        self.called("files_of").files_of(ids).await
    }

    async fn missing(
        &self,
        root: RootId,
        since_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<VideoId>, RepositoryError> {
        self.called("missing").missing(root, since_before, limit).await
    }

    async fn all_problems(&self, root: RootId) -> Result<Vec<NotedProblem>, RepositoryError> {
        self.called("all_problems").all_problems(root).await
    }

    async fn problems(
        &self,
        root: RootId,
        request: &PageRequest<Vec<u8>>,
    ) -> Result<Page<NotedProblem>, RepositoryError> {
        self.called("problems").problems(root, request).await
    }

    async fn count_problems(&self, root: RootId) -> Result<u64, RepositoryError> {
        self.called("count_problems").count_problems(root).await
    }

    async fn change_problems(
        &self,
        root: RootId,
        noted: &[NotedProblem],
        removed: &[Vec<u8>],
    ) -> Result<(), RepositoryError> {
        self.called("change_problems").change_problems(root, noted, removed).await
    }

    async fn queue(
        &self,
        id: ScanId,
        order: &ScanOrder,
        at: Timestamp,
    ) -> Result<ScanJob, RepositoryError> {
        self.called("queue").queue(id, order, at).await
    }

    async fn begin(
        &self,
        roots: &[RootId],
        lease: Lease,
        now: Timestamp,
    ) -> Result<Option<ScanJob>, RepositoryError> {
        self.called("begin").begin(roots, lease, now).await
    }

    async fn interrupt(&self, now: Timestamp) -> Result<(), RepositoryError> {
        self.called("interrupt").interrupt(now).await
    }

    async fn report(
        &self,
        id: ScanId,
        report: &ScanReport,
        lease: Lease,
    ) -> Result<Instruction, RepositoryError> {
        self.called("report").report(id, report, lease).await
    }

    async fn end(
        &self,
        id: ScanId,
        end: &ScanEnd,
        runner: RunnerId,
        at: Timestamp,
    ) -> Result<(), RepositoryError> {
        self.called("end").end(id, end, runner, at).await
    }

    async fn cancel(&self, id: ScanId, at: Timestamp) -> Result<Option<ScanJob>, RepositoryError> {
        self.called("cancel").cancel(id, at).await
    }

    async fn scan(&self, id: ScanId) -> Result<Option<ScanJob>, RepositoryError> {
        self.called("scan").scan(id).await
    }

    async fn scans(
        &self,
        filter: &ScanFilter,
        request: &PageRequest<ScanPlace>,
    ) -> Result<Page<ScanJob>, RepositoryError> {
        self.called("scans").scans(filter, request).await
    }

    async fn count_scans(&self, filter: &ScanFilter) -> Result<u64, RepositoryError> {
        self.called("count_scans").count_scans(filter).await
    }
}
