//! Batched look-ups of library roots, their files, scans and problems.
//!
//! They are made in the library itself: how the disks are is not part of a snapshot, and not in copies.

use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::domain::catalogue::{FileRow, Root, RootId, RootState, ScanId, ScanJob};
use crate::domain::{Clock, Page, PageRequest, VideoId};
use crate::graphql::error::ApiError;
use crate::graphql::execution::batch::{Batching, Fetch};
use crate::graphql::execution::rounds::Rounds;
use crate::repository::RepositoryError;
use crate::repository::catalogue::{Catalogue, FileCounts, NotedProblem, ScanFilter};

type Shared = Arc<dyn Catalogue>;

/// The look-ups of one request.
pub struct CatalogueLoaders {
    /// Roots by their IDs.
    pub roots: Batching<Roots>,
    /// The files of videos.
    pub files: Batching<Files>,
    /// Files by their roots and paths.
    pub files_at: Batching<FilesAt>,
    /// How many videos roots have.
    pub file_counts: Batching<OneByOne<CountFiles>>,
    /// The newest scans of roots.
    pub last_scans: Batching<OneByOne<LastScan>>,
    /// Scans by their IDs.
    pub scans: Batching<OneByOne<ScanById>>,
    /// Pages of the problems of roots.
    pub problems: Batching<OneByOne<ProblemPage>>,
    /// How many problems roots have.
    pub problem_counts: Batching<OneByOne<CountProblems>>,
}

impl CatalogueLoaders {
    /// Look-ups in this catalogue; the state of roots is that at the time of the look-up.
    pub fn new(catalogue: &Shared, clock: &Arc<dyn Clock>, rounds: &Arc<Rounds>) -> Self {
        let shared = || Arc::clone(catalogue);
        Self {
            roots: Batching::new(Roots(shared(), Arc::clone(clock)), rounds),
            files: Batching::new(Files(shared()), rounds),
            files_at: Batching::new(FilesAt(shared()), rounds),
            file_counts: Batching::new(OneByOne::of(shared()), rounds),
            last_scans: Batching::new(OneByOne::of(shared()), rounds),
            scans: Batching::new(OneByOne::of(shared()), rounds),
            problems: Batching::new(OneByOne::of(shared()), rounds),
            problem_counts: Batching::new(OneByOne::of(shared()), rounds),
        }
    }
}

impl CatalogueLoaders {
    /// The file of a video, and the root that it is in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn root_of(&self, id: VideoId) -> Result<Option<(FileRow, RootNow)>, ApiError> {
        let Some(row) = self.files.get(id).await? else { return Ok(None) };
        let root = self.roots.get(row.file.root).await?;
        Ok(root.map(|root| (row, root)))
    }
}

/// A root as it is now.
#[derive(Clone, Debug)]
pub struct RootNow {
    /// The root.
    pub root: Root,
    /// Whether it can be reached.
    pub state: RootState,
    /// Whether a server notices what changes in it.
    pub is_watched: bool,
}

/// Every root as it is now, by name.
///
/// # Errors
/// When the store cannot be read.
pub async fn all_roots(
    catalogue: &dyn Catalogue,
    clock: &dyn Clock,
) -> Result<Vec<RootNow>, RepositoryError> {
    let (roots, now) = (catalogue.roots().await?, clock.now());
    let as_now =
        |root: Root| RootNow { state: root.state(now), is_watched: root.is_watched(now), root };
    Ok(roots.into_iter().map(as_now).collect())
}

/// Looks up roots, of which there are few.
pub struct Roots(Shared, Arc<dyn Clock>);

impl Fetch for Roots {
    type Key = RootId;
    type Value = Option<RootNow>;

    async fn fetch(&self, ids: &[RootId]) -> Result<Vec<Option<RootNow>>, RepositoryError> {
        let roots = all_roots(&*self.0, &*self.1).await?;
        let with_id = |id: &RootId| roots.iter().find(|now| now.root.id == *id).cloned();
        Ok(ids.iter().map(with_id).collect())
    }
}

/// Looks up the files of videos.
pub struct Files(Shared);

impl Fetch for Files {
    type Key = VideoId;
    type Value = Option<FileRow>;

    async fn fetch(&self, ids: &[VideoId]) -> Result<Vec<Option<FileRow>>, RepositoryError> {
        self.0.files_of(ids).await
    }
}

/// Looks up files by their roots and paths.
pub struct FilesAt(Shared);

impl Fetch for FilesAt {
    type Key = (RootId, Vec<u8>);
    type Value = Option<FileRow>;

    async fn fetch(&self, places: &[Self::Key]) -> Result<Vec<Option<FileRow>>, RepositoryError> {
        let mut paths: HashMap<RootId, Vec<Vec<u8>>> = HashMap::new();
        for (root, path) in places {
            paths.entry(*root).or_default().push(path.clone());
        }
        let mut found = HashMap::new();
        for (root, paths) in paths {
            let rows = self.0.files_at(root, &paths).await?;
            found.extend(rows.into_iter().map(|row| ((root, row.file.path.clone()), row)));
        }
        Ok(places.iter().map(|place| found.remove(place)).collect())
    }
}

/// Looks up what few are asked for at the same time, each with its own call.
pub struct OneByOne<L>(Shared, PhantomData<fn() -> L>);

impl<L> OneByOne<L> {
    fn of(catalogue: Shared) -> Self {
        Self(catalogue, PhantomData)
    }
}

/// One look-up.
pub trait LookUp: 'static {
    /// What is looked up.
    type Key: Clone + Eq + std::hash::Hash + Send + Sync;
    /// What is found.
    type Value: Clone + Send + Sync;

    /// Looks it up.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn look_up(
        catalogue: &dyn Catalogue,
        key: &Self::Key,
    ) -> impl Future<Output = Result<Self::Value, RepositoryError>> + Send;
}

impl<L: LookUp> Fetch for OneByOne<L> {
    type Key = L::Key;
    type Value = L::Value;

    async fn fetch(&self, keys: &[L::Key]) -> Result<Vec<L::Value>, RepositoryError> {
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(L::look_up(&*self.0, key).await?);
        }
        Ok(values)
    }
}

/// How many videos a root has.
pub struct CountFiles;

impl LookUp for CountFiles {
    type Key = RootId;
    type Value = FileCounts;

    async fn look_up(
        catalogue: &dyn Catalogue,
        root: &RootId,
    ) -> Result<FileCounts, RepositoryError> {
        catalogue.count_files(*root).await
    }
}

/// The newest scan of a root.
pub struct LastScan;

impl LookUp for LastScan {
    type Key = RootId;
    type Value = Option<ScanJob>;

    async fn look_up(
        catalogue: &dyn Catalogue,
        root: &RootId,
    ) -> Result<Option<ScanJob>, RepositoryError> {
        let filter = ScanFilter { root: Some(*root), states: None };
        let newest = PageRequest::Forward { limit: 1, after: None };
        Ok(catalogue.scans(&filter, &newest).await?.items.pop())
    }
}

/// A scan by its ID.
pub struct ScanById;

impl LookUp for ScanById {
    type Key = ScanId;
    type Value = Option<ScanJob>;

    async fn look_up(
        catalogue: &dyn Catalogue,
        id: &ScanId,
    ) -> Result<Option<ScanJob>, RepositoryError> {
        catalogue.scan(*id).await
    }
}

/// A page of the problems of a root.
pub struct ProblemPage;

impl LookUp for ProblemPage {
    type Key = (RootId, PageRequest<Vec<u8>>);
    type Value = Page<NotedProblem>;

    async fn look_up(
        catalogue: &dyn Catalogue,
        (root, page): &Self::Key,
    ) -> Result<Page<NotedProblem>, RepositoryError> {
        catalogue.problems(*root, page).await
    }
}

/// How many problems a root has.
pub struct CountProblems;

impl LookUp for CountProblems {
    type Key = RootId;
    type Value = u64;

    async fn look_up(catalogue: &dyn Catalogue, root: &RootId) -> Result<u64, RepositoryError> {
        catalogue.count_problems(*root).await
    }
}
