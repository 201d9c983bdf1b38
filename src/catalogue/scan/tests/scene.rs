//! A library, a disk, and scans of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use crate::catalogue::scan::{Outcome, ScanSettings, ScanTask, Scanner};
use crate::catalogue::scripted_disk::ScriptedDisk;
use crate::catalogue::scripted_prober::ScriptedProber;
use crate::catalogue::{Disk, Reader};
use crate::domain::catalogue::{
    Extensions, FileRow, Guard, Root, RootId, RootLook, ScanCounts, ScanId, ScanJob, ScanOrder,
    ScanPhase, ScanState,
};
use crate::domain::samples::{CountedIds, new_video};
use crate::domain::{Clock, Text, Timestamp, Video, VideoId, VideoPatch};
use crate::repository::catalogue::{NotedProblem, ScanReport};
use crate::repository::memory::MemoryRepository;
use crate::repository::{ChangeContext, VideoReader, VideoRepository};

/// A clock that tests set.
pub struct SetClock(pub Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A library with a root on a scripted disk.
pub struct Scene {
    pub store: Arc<MemoryRepository>,
    pub disk: ScriptedDisk,
    pub prober: Arc<ScriptedProber>,
    pub clock: Arc<SetClock>,
    pub scanner: Scanner,
    pub root: Mutex<Root>,
    pub stop: Arc<AtomicBool>,
    scans: AtomicU64,
}

impl Scene {
    /// A library without videos, and a disk with these files, each with its path as its content.
    pub async fn with(paths: &[&str]) -> Self {
        let store = Arc::new(MemoryRepository::new());
        let scene = Self::of(store, 1, "films").await;
        paths.iter().for_each(|path| scene.disk.write(path, path.as_bytes()));
        scene
    }

    /// The same after a scan.
    pub async fn scanned(paths: &[&str]) -> Self {
        let scene = Self::with(paths).await;
        let outcome = scene.scan().await;
        assert_eq!(outcome.end.state, ScanState::Succeeded, "{:?}", outcome.end);
        assert_eq!(outcome.end.counts.added, paths.len() as u64);
        scene
    }

    /// A root of a library.
    pub async fn of(store: Arc<MemoryRepository>, number: u8, name: &str) -> Self {
        let clock = Arc::new(SetClock(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap())));
        let prober = Arc::new(ScriptedProber::default());
        let root = Root {
            id: RootId::from_bytes([number; 16]),
            name: name.parse().unwrap(),
            directory: format!("/mnt/{name}").into_bytes(),
            path_prefix: Text::new(&format!("/{name}")).unwrap(),
            look: RootLook::default(),
            served_until: None,
            watched_until: None,
        };
        assert!(store.catalogue().add_root(&root).await.unwrap());
        let settings = ScanSettings {
            extensions: Extensions::default(),
            guard: Guard::of_percent(20),
            probes: 2,
            patience: Duration::from_secs(60),
        };
        let scanner = Scanner {
            repository: store.clone(),
            reader: Reader::new(prober.clone(), clock.clone()),
            clock: clock.clone(),
            ids: Arc::new(CountedIds(AtomicU64::new(u64::from(number) << 32))),
            settings,
        };
        Self {
            store,
            disk: ScriptedDisk::new(),
            prober,
            clock,
            scanner,
            root: Mutex::new(root),
            stop: Arc::default(),
            scans: AtomicU64::new(u64::from(number) << 32),
        }
    }

    pub fn order(&self) -> ScanOrder {
        ScanOrder {
            root: self.root.lock().unwrap().id,
            paths: Vec::new(),
            rescan: false,
            confirmed_missing: None,
            requested_by: None,
        }
    }

    /// Scans the whole root, and checks the library.
    pub async fn scan(&self) -> Outcome {
        self.scan_with(|_| {}).await
    }

    /// Scans as it is asked for.
    pub async fn scan_with(&self, ask: impl FnOnce(&mut ScanOrder)) -> Outcome {
        let mut order = self.order();
        ask(&mut order);
        let task = self.task(order);
        let outcome = self.scanner.scan(&task).await;
        self.note(&outcome).await;
        outcome
    }

    pub fn task(&self, order: ScanOrder) -> ScanTask {
        let number = self.scans.fetch_add(1, Ordering::Relaxed);
        let job = ScanJob {
            id: ScanId::from_bytes(u128::from(number).to_be_bytes()),
            order,
            state: ScanState::Running,
            phase: None,
            progress: None,
            counts: ScanCounts::default(),
            message: None,
            is_cancelled: false,
            created_at: self.clock.now(),
            started_at: Some(self.clock.now()),
            ended_at: None,
        };
        let counts = ScanCounts::default();
        let report = ScanReport { phase: ScanPhase::Walking, progress: None, counts };
        ScanTask {
            job,
            root: self.root.lock().unwrap().clone(),
            disk: Arc::new(self.disk.clone()),
            progress: watch::Sender::new(report),
            stop: Arc::clone(&self.stop),
        }
    }

    async fn note(&self, outcome: &Outcome) {
        assert!(outcome.error.is_none(), "{:?}", outcome.error);
        if let Some(look) = &outcome.look {
            self.root.lock().unwrap().look = look.clone();
        }
        assert_eq!(self.store.check().await.unwrap(), [""; 0]);
        let problems = self.problems().await.len() as u64;
        if outcome.end.state == ScanState::Succeeded {
            assert_eq!(outcome.end.counts.problems, problems, "{:?}", outcome.end.counts);
        }
    }

    pub fn rows_limit() -> usize {
        1_000_000
    }

    /// The known files, by path.
    pub async fn rows(&self) -> Vec<FileRow> {
        let id = self.root.lock().unwrap().id;
        let catalogue = self.store.catalogue();
        let mut rows = catalogue.files_after(id, None, Self::rows_limit()).await.unwrap();
        rows.sort_by(|one, other| one.file.path.cmp(&other.file.path));
        rows
    }

    /// The video at a path below the root.
    pub async fn video(&self, path: &str) -> Option<Video> {
        let path = self.root.lock().unwrap().path_of(path.as_bytes()).unwrap();
        self.store.get_by_path(path.as_str()).await.unwrap()
    }

    /// Its ID.
    pub async fn id(&self, path: &str) -> VideoId {
        self.video(path).await.unwrap_or_else(|| panic!("no video at {path}")).id
    }

    /// The paths of the videos that are missing.
    pub async fn missing(&self) -> Vec<String> {
        let rows = self.rows().await.into_iter().filter(|row| row.missing_since.is_some());
        rows.map(|row| String::from_utf8(row.file.path).unwrap()).collect()
    }

    /// The paths of the files that are on disks which cannot be reached.
    pub async fn unreachable(&self) -> Vec<String> {
        let rows = self.rows().await.into_iter().filter(|row| row.file.is_unreachable);
        rows.map(|row| String::from_utf8(row.file.path).unwrap()).collect()
    }

    pub async fn problems(&self) -> Vec<NotedProblem> {
        let id = self.root.lock().unwrap().id;
        self.store.catalogue().all_problems(id).await.unwrap()
    }

    /// The problems, each as its path and its kind.
    pub async fn problem_lines(&self) -> Vec<String> {
        let line = |noted: NotedProblem| {
            let path = crate::domain::catalogue::shown(&noted.path);
            format!("{path}: {}", noted.problem.code.as_str())
        };
        self.problems().await.into_iter().map(line).collect()
    }

    pub fn person(&self) -> ChangeContext {
        ChangeContext { at: self.clock.now(), actor: Some("anna".to_owned()), request_id: None }
    }

    /// Changes a video as a person does.
    pub async fn edit(&self, path: &str, patch: VideoPatch) {
        let id = self.id(path).await;
        self.store.update(id, patch, None, self.person()).await.unwrap();
    }

    /// Deletes a video as a person does.
    pub async fn delete(&self, path: &str) {
        let id = self.id(path).await;
        self.store.delete(id, None, self.person()).await.unwrap();
    }

    /// Adds a video as a person does who knows little of it.
    pub async fn add_by_hand(&self, path: &str) {
        let path = self.root.lock().unwrap().path_of(path.as_bytes()).unwrap();
        let mut video = new_video(0, path.as_str());
        video.id = VideoId::from_bytes((u128::MAX - u128::from(self.count())).to_be_bytes());
        video.values.file = None;
        self.store.insert(video, self.person()).await.unwrap();
    }

    fn count(&self) -> u64 {
        self.scans.fetch_add(1, Ordering::Relaxed)
    }

    /// The inode of a file on the disk.
    pub fn disk_inode(&self, path: &str) -> u64 {
        self.disk.open().unwrap().stat(path.as_bytes()).unwrap().inode
    }

    /// How many changes the library has.
    pub async fn changes(&self) -> i64 {
        self.store.newest().await.unwrap().sequence
    }

    pub async fn revision(&self) -> i64 {
        self.store.catalogue().revision().await.unwrap()
    }

    /// Lets some time pass.
    pub fn pass(&self, seconds: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now = Timestamp::from_micros(now.as_micros() + seconds * 1_000_000).unwrap();
    }
}
