//! A folder in which much happens while it is watched: the library has what a scan of it would find.
//!
//! `REELGRAPH_TEST_WATCHED_FILES=5000 cargo test --lib catalogue::watch` does it with as many files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::catalogue::keeper::{Keeper, Keeping, Pace};
use crate::catalogue::runner::{OsDisks, Runner};
use crate::catalogue::scan::ScanSettings;
use crate::catalogue::scripted_prober::ScriptedProber;
use crate::catalogue::watch::{
    Event, FolderEvents, Inotify, Settling, Unwatchable, WatchId, Watcher,
};
use crate::catalogue::{Folder, Reader, Scanner};
use crate::domain::catalogue::{
    Extensions, Guard, Root, RootId, RootLook, RunnerId, ScanId, ScanOrder, ScanState,
};
use crate::domain::chance::Chance;
use crate::domain::{Clock, IdSource, PageRequest, RandomIds, SystemClock, Text, Timestamp};
use crate::repository::catalogue::ScanFilter;
use crate::repository::memory::MemoryRepository;
use crate::repository::{Catalogue, VideoRepository};

/// A clock that is so far ahead that no file is being written.
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().after(Duration::from_hours(1))
    }
}

/// Loses events now and then, and reports that as the system does.
struct Losing {
    events: Arc<dyn FolderEvents>,
    chance: Mutex<Chance>,
    lost: Arc<AtomicU64>,
}

struct LosingWatcher(Inotify, Arc<AtomicU64>);

impl Watcher for LosingWatcher {
    fn events(&self) -> Arc<dyn FolderEvents> {
        let chance = Mutex::new(Chance::new(7));
        Arc::new(Losing { events: self.0.events(), chance, lost: Arc::clone(&self.1) })
    }
}

#[async_trait]
impl FolderEvents for Losing {
    fn watch(&self, folder: &dyn Folder) -> Result<WatchId, Unwatchable> {
        self.events.watch(folder)
    }

    fn unwatch(&self, folder: WatchId) {
        self.events.unwatch(folder);
    }

    async fn next(&self) -> Vec<Event> {
        let mut events = self.events.next().await;
        let mut chance = self.chance.lock().unwrap();
        // Some are lost in every storm, however many come at once on a busy machine.
        if chance.one_in(20) || self.lost.load(Ordering::Relaxed) == 0 {
            let kept = usize::try_from(chance.below(events.len() as u64)).unwrap();
            self.lost.fetch_add((events.len() - kept) as u64, Ordering::Relaxed);
            events.truncate(kept);
            events.push(Event::Lost);
        }
        events
    }

    fn limits(&self) -> Vec<u64> {
        self.events.limits()
    }
}

/// A library of a folder.
struct Library {
    repository: Arc<dyn VideoRepository>,
    runner: Arc<Runner>,
    root: RootId,
}

impl Library {
    async fn of(folder: &Path) -> Self {
        let repository: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
        let clock = Arc::new(Ahead);
        let path = folder.to_str().unwrap();
        let root = Root {
            id: RootId::from(RandomIds.next_id()),
            name: "films".parse().unwrap(),
            directory: path.as_bytes().to_vec(),
            path_prefix: Text::new(path).unwrap(),
            look: RootLook::default(),
            served_until: None,
            watched_until: None,
        };
        let catalogue = repository.catalogue();
        assert!(catalogue.add_root(&root).await.unwrap());
        let scanner = Scanner {
            repository: Arc::clone(&repository),
            reader: Reader::new(Arc::new(ScriptedProber::default()), clock.clone()),
            clock: clock.clone(),
            ids: Arc::new(RandomIds),
            settings: ScanSettings {
                extensions: Extensions::default(),
                guard: Guard::of_percent(100),
                probes: 2,
                patience: ScanSettings::PATIENCE,
            },
        };
        let disks = Arc::new(OsDisks::new(Vec::new()));
        let id = RunnerId::from_bytes([9; 16]);
        let promise = Some(Keeper::PROMISE);
        let runner = Runner { catalogue, scanner, disks, clock, id, promise };
        Self { repository, runner: Arc::new(runner), root: root.id }
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        self.repository.catalogue()
    }

    /// The content of each file that is there, by path.
    async fn files(&self) -> BTreeMap<String, String> {
        let rows = self.catalogue().files_after(self.root, None, usize::MAX).await.unwrap();
        let there = rows.into_iter().filter(|row| row.missing_since.is_none());
        let entry = |row: crate::domain::catalogue::FileRow| {
            assert!(row.file.video.is_some() && !row.file.is_unreachable);
            (String::from_utf8(row.file.path).unwrap(), row.file.fingerprint.to_string())
        };
        there.map(entry).collect()
    }

    async fn scan(&self) {
        let (id, order) = (ScanId::from(RandomIds.next_id()), ScanOrder::of_root(self.root));
        self.catalogue().queue(id, &order, Ahead.now()).await.unwrap();
        let (_close, closing) = tokio::sync::watch::channel(false);
        let job = self.runner.run_next(self.root, &closing).await.unwrap().unwrap();
        assert_eq!(job.state, ScanState::Succeeded, "{job:?}");
    }

    /// How many scans there were: of the whole root, and of parts of it.
    async fn scans(&self) -> (usize, usize) {
        let page = PageRequest::first(usize::MAX >> 1);
        let scans = self.catalogue().scans(&ScanFilter::default(), &page).await.unwrap().items;
        let (whole, parts): (Vec<_>, Vec<_>) =
            scans.iter().partition(|job| job.order.paths.is_empty());
        (whole.len(), parts.len())
    }
}

/// A folder, one beside it on the same disk, and what is done to both.
struct Storm {
    root: PathBuf,
    outside: PathBuf,
    chance: Chance,
    number: u64,
}

impl Storm {
    fn new(folder: &Path, seed: u64) -> Self {
        let [root, outside] = ["root", "outside"].map(|name| folder.join(name));
        for made in [&root, &outside] {
            fs::create_dir(made).unwrap();
        }
        fs::write(root.join("readme.txt"), "It is never empty.").unwrap();
        Self { root, outside, chance: Chance::new(seed), number: 0 }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.number += 1;
        format!("{prefix}{}", self.number)
    }

    fn write(&mut self, folder: &Path) {
        let name = self.name("") + ".mkv";
        fs::write(folder.join(&name), format!("content {name}")).unwrap();
    }

    /// Makes a tree of files outside, and moves it in.
    fn move_in(&mut self, files: usize) {
        let name = self.name("tree");
        let tree = self.outside.join(name);
        for number in 0..files {
            let folder = tree.join(format!("{}/{}", number % 7, number % 3));
            fs::create_dir_all(&folder).unwrap();
            self.write(&folder);
        }
        let into = self.any(Path::is_dir).unwrap();
        fs::rename(&tree, into.join(tree.file_name().unwrap())).unwrap();
    }

    /// Something in the root.
    fn any(&mut self, is_one: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let mut all = vec![self.root.clone()];
        let mut at = 0;
        while at < all.len() {
            if all[at].is_dir() {
                let entries = fs::read_dir(&all[at]).unwrap();
                all.extend(entries.map(|entry| entry.unwrap().path()));
            }
            at += 1;
        }
        all.retain(|path| is_one(path));
        all.sort_unstable();
        self.chance.pick(&all)
    }

    fn any_file(&mut self) -> Option<PathBuf> {
        self.any(|path| path.extension().is_some_and(|it| it == "mkv"))
    }

    fn any_folder(&mut self) -> Option<PathBuf> {
        let root = self.root.clone();
        self.any(move |path| path.is_dir() && path != root)
    }

    fn step(&mut self) {
        let into = self.any(Path::is_dir).unwrap();
        let (Some(file), Some(folder)) = (self.any_file(), self.any_folder()) else {
            return self.move_in(20);
        };
        let name = self.name("");
        match self.chance.below(14) {
            0..=2 => fs::rename(&file, into.join(name + ".mkv")).unwrap(),
            3 => fs::remove_file(&file).unwrap(),
            4 | 5 => self.write(&into),
            6 => fs::write(&file, format!("content {name}")).unwrap(),
            7 | 8 if !into.starts_with(&folder) => fs::rename(&folder, into.join(name)).unwrap(),
            9 => {
                let deep = into.join(&name).join("deep/deeper");
                fs::create_dir_all(&deep).unwrap();
                (0..3).for_each(|_| self.write(&deep));
            }
            10 if self.chance.one_in(8) => fs::remove_dir_all(&folder).unwrap(),
            11 if self.chance.one_in(8) => fs::rename(&folder, self.outside.join(name)).unwrap(),
            12 => match self.any(|path| path.ends_with(".nomedia")) {
                Some(marker) => fs::remove_file(marker).unwrap(),
                None => fs::write(folder.join(".nomedia"), "").unwrap(),
            },
            _ => {
                // Names that are exchanged, by way of one that is no video.
                let Some(other) = self.any_file().filter(|other| *other != file) else { return };
                let aside = file.with_extension("part");
                fs::rename(&file, &aside).unwrap();
                fs::rename(&other, &file).unwrap();
                fs::rename(&aside, &other).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_in_a_watched_folder_the_library_has_what_a_scan_finds() {
    let files = std::env::var("REELGRAPH_TEST_WATCHED_FILES");
    let files: usize = files.map_or(300, |files| files.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut storm = Storm::new(folder.path(), 1);
    let library = Library::of(&storm.root).await;
    let [quiet, most] = [20, 200].map(Duration::from_millis);
    let lost = Arc::new(AtomicU64::new(0));
    let keeping = Keeping {
        runner: Arc::clone(&library.runner),
        ids: Arc::new(RandomIds),
        every: Duration::ZERO,
        watcher: Some(Arc::new(LosingWatcher(Inotify::default(), Arc::clone(&lost)))),
        pace: Pace {
            look: Duration::from_millis(10),
            settling: Settling { quiet, written: quiet, most },
            // What was moved while it was read is looked at again then.
            schedule: Duration::from_secs(2),
            ..Pace::default()
        },
    };
    let keeper = Keeper::start(&keeping, &[library.root]);
    storm = rage(storm, move |storm| storm.move_in(files)).await;
    let mut steps = files.min(1_000);
    while steps > 0 {
        let some = usize::try_from(1 + storm.chance.below(40)).unwrap().min(steps);
        steps -= some;
        let before = library.scans().await;
        storm = rage(storm, move |storm| (0..some).for_each(|_| storm.step())).await;
        // Some changes come while a scan runs, and some need none.
        let end = Instant::now() + 4 * most;
        while library.scans().await == before && Instant::now() < end {
            tokio::task::yield_now().await;
        }
    }
    let fresh = Library::of(&storm.root).await;
    fresh.scan().await;
    let expected = fresh.files().await;
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut revision = None;
    while revision.is_none() || library.files().await != expected {
        while library.catalogue().revision().await.ok() == revision {
            let found = library.files().await;
            let is_late = Instant::now() >= deadline;
            assert!(!is_late || found == expected, "{:?}", difference(&expected, &found));
            tokio::task::yield_now().await;
        }
        revision = library.catalogue().revision().await.ok();
    }
    keeper.close().await;
    let (whole, parts) = library.scans().await;
    let lost = lost.load(Ordering::Relaxed);
    let sums = (expected.len(), whole, parts, lost);
    assert!(expected.len() > files / 10 && whole + parts > 2 && lost > 0, "{sums:?}");
    assert_eq!(library.files().await, expected);
    assert_eq!(library.repository.check().await.unwrap(), [""; 0]);
}

/// Does something to the disk.
async fn rage(mut storm: Storm, rage: impl FnOnce(&mut Storm) + Send + 'static) -> Storm {
    let raging = tokio::task::spawn_blocking(move || {
        rage(&mut storm);
        storm
    });
    raging.await.unwrap()
}

/// What only one of them has.
fn difference<'f>(
    one: &'f BTreeMap<String, String>,
    other: &'f BTreeMap<String, String>,
) -> Vec<(&'f String, bool)> {
    let missing = one.iter().filter(|(path, content)| other.get(*path) != Some(*content));
    let excess = other.keys().filter(|path| !one.contains_key(*path));
    missing.map(|(path, _)| (path, true)).chain(excess.map(|path| (path, false))).collect()
}
