//! Library roots, their files and scans in memory.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use super::library::Library;
use crate::domain::catalogue::{
    FileNumber, FileRow, Root, RootId, RootLook, RunnerId, ScanEnd, ScanId, ScanJob, ScanOrder,
};
use crate::domain::file::Fingerprint;
use crate::domain::{Page, PageRequest, Timestamp, VideoId};
use crate::repository::RepositoryError;
use crate::repository::catalogue::{
    Catalogue, FileCounts, Instruction, Lease, NotedProblem, ScanFilter, ScanPlace, ScanReport,
};

/// The catalogue of a library in memory.
pub(super) struct MemoryCatalogue(pub(super) Arc<RwLock<Arc<Library>>>);

impl MemoryCatalogue {
    fn read<T>(&self, read: impl FnOnce(&Library) -> T) -> Result<T, RepositoryError> {
        let library = self.0.read().unwrap_or_else(PoisonError::into_inner);
        library.expect_open("read the library")?;
        Ok(read(&library))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Library) -> T) -> Result<T, RepositoryError> {
        let mut library = self.0.write().unwrap_or_else(PoisonError::into_inner);
        library.expect_open("change the library")?;
        Ok(change(Arc::make_mut(&mut library)))
    }

    fn rows(
        &self,
        is_wanted: impl Fn(&Library, &FileRow) -> bool,
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.read(|library| library.files().filter(|row| is_wanted(library, row)).collect())
    }
}

#[async_trait]
impl Catalogue for MemoryCatalogue {
    async fn revision(&self) -> Result<i64, RepositoryError> {
        self.read(|library| library.catalogued.revision)
    }

    async fn roots(&self) -> Result<Vec<Root>, RepositoryError> {
        self.read(|library| library.catalogued.roots.clone())
    }

    async fn add_root(&self, root: &Root) -> Result<bool, RepositoryError> {
        self.change(|library| library.catalogued.add_root(root))
    }

    async fn move_root(&self, id: RootId, directory: &[u8]) -> Result<(), RepositoryError> {
        self.change(|library| {
            library.catalogued.change_root(id, |root| root.directory = directory.to_vec());
        })
    }

    async fn note_look(
        &self,
        id: RootId,
        look: &RootLook,
        served_until: Option<Timestamp>,
    ) -> Result<(), RepositoryError> {
        self.change(|library| {
            library.catalogued.change_root(id, |root| {
                root.look = look.clone();
                root.served_until =
                    served_until.map(|until| root.served_until.max(Some(until)).unwrap_or(until));
            });
        })
    }

    async fn serve(&self, ids: &[RootId], until: Timestamp) -> Result<(), RepositoryError> {
        self.change(|library| {
            for root in library.catalogued.roots.iter_mut().filter(|root| ids.contains(&root.id)) {
                root.served_until = root.served_until.max(Some(until));
            }
        })
    }

    async fn watch(&self, id: RootId, until: Option<Timestamp>) -> Result<(), RepositoryError> {
        self.change(|library| {
            let root = library.catalogued.roots.iter_mut().find(|root| root.id == id);
            if let Some(root) = root {
                root.watched_until =
                    until.map(|until| root.watched_until.unwrap_or(until).max(until));
            }
        })
    }

    async fn count_files(&self, id: RootId) -> Result<FileCounts, RepositoryError> {
        let rows = self.rows(|_, row| row.file.root == id && row.file.video.is_some())?;
        let missing = rows.iter().filter(|row| row.missing_since.is_some()).count();
        Ok(FileCounts { videos: rows.len() as u64, missing: missing as u64 })
    }

    async fn files_at(
        &self,
        root: RootId,
        paths: &[Vec<u8>],
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.read(|library| {
            let numbers = paths.iter().filter_map(|path| library.catalogued.number_at(root, path));
            numbers.filter_map(|number| library.file(number)).collect()
        })
    }

    async fn files_like(
        &self,
        fingerprints: &[Fingerprint],
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.rows(|_, row| fingerprints.contains(&row.file.fingerprint))
    }

    async fn files_after(
        &self,
        root: RootId,
        after: Option<FileNumber>,
        limit: usize,
    ) -> Result<Vec<FileRow>, RepositoryError> {
        self.read(|library| {
            let rows = library.files_after(after).filter(|row| row.file.root == root);
            rows.take(limit).collect()
        })
    }

    async fn files_of(&self, ids: &[VideoId]) -> Result<Vec<Option<FileRow>>, RepositoryError> {
        self.read(|library| {
            let file_of = |id: &VideoId| library.file(library.catalogued.number_of(*id)?);
            ids.iter().map(file_of).collect()
        })
    }

    async fn missing(
        &self,
        root: RootId,
        since_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<VideoId>, RepositoryError> {
        let is_missing = |row: &FileRow| row.missing_since.is_some_and(|at| at < since_before);
        let rows = self.rows(|_, row| row.file.root == root && is_missing(row))?;
        let mut missing: Vec<_> =
            rows.iter().filter_map(|row| Some((row.missing_since?, row.file.video?))).collect();
        missing.sort_unstable();
        Ok(missing.into_iter().map(|(_, id)| id).take(limit).collect())
    }

    async fn all_problems(&self, root: RootId) -> Result<Vec<NotedProblem>, RepositoryError> {
        self.read(|library| library.catalogued.problems_of(root))
    }

    async fn problems(
        &self,
        root: RootId,
        request: &PageRequest<Vec<u8>>,
    ) -> Result<Page<NotedProblem>, RepositoryError> {
        let problems = self.all_problems(root).await?;
        Ok(Page::cut(&problems, request, |problem, path| problem.path.cmp(path)))
    }

    async fn count_problems(&self, root: RootId) -> Result<u64, RepositoryError> {
        Ok(self.all_problems(root).await?.len() as u64)
    }

    async fn change_problems(
        &self,
        root: RootId,
        noted: &[NotedProblem],
        removed: &[Vec<u8>],
    ) -> Result<(), RepositoryError> {
        self.change(|library| library.catalogued.change_problems(root, noted, removed))
    }

    async fn queue(
        &self,
        id: ScanId,
        order: &ScanOrder,
        at: Timestamp,
    ) -> Result<ScanJob, RepositoryError> {
        self.change(|library| library.catalogued.queue(id, order, at))
    }

    async fn begin(
        &self,
        roots: &[RootId],
        lease: Lease,
        now: Timestamp,
    ) -> Result<Option<ScanJob>, RepositoryError> {
        self.change(|library| library.catalogued.begin(roots, lease, now))
    }

    async fn interrupt(&self, now: Timestamp) -> Result<(), RepositoryError> {
        match self.read(|library| library.catalogued.is_any_abandoned(now))? {
            true => self.change(|library| library.catalogued.interrupt(|_| true, now)),
            false => Ok(()),
        }
    }

    async fn report(
        &self,
        id: ScanId,
        report: &ScanReport,
        lease: Lease,
    ) -> Result<Instruction, RepositoryError> {
        self.change(|library| library.catalogued.report(id, report, lease))
    }

    async fn end(
        &self,
        id: ScanId,
        end: &ScanEnd,
        runner: RunnerId,
        at: Timestamp,
    ) -> Result<(), RepositoryError> {
        self.change(|library| library.catalogued.end(id, end, runner, at))
    }

    async fn cancel(&self, id: ScanId, at: Timestamp) -> Result<Option<ScanJob>, RepositoryError> {
        self.change(|library| library.catalogued.cancel(id, at))
    }

    async fn scan(&self, id: ScanId) -> Result<Option<ScanJob>, RepositoryError> {
        self.read(|library| library.catalogued.scan(id).cloned())
    }

    async fn scans(
        &self,
        filter: &ScanFilter,
        request: &PageRequest<ScanPlace>,
    ) -> Result<Page<ScanJob>, RepositoryError> {
        let jobs = self.read(|library| library.catalogued.scans(filter))?;
        Ok(Page::cut(&jobs, request, |job, place| place.cmp(&ScanPlace::of(job))))
    }

    async fn count_scans(&self, filter: &ScanFilter) -> Result<u64, RepositoryError> {
        self.read(|library| library.catalogued.scans(filter).len() as u64)
    }
}
