//! A library, a disk, and a process that scans, for tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, watch};

use super::{Disks, Runner};
use crate::catalogue::disk::{Disk, MediaFile};
use crate::catalogue::scan::ScanSettings;
use crate::catalogue::scripted_disk::ScriptedDisk;
use crate::catalogue::scripted_prober::ScriptedProber;
use crate::catalogue::{NotProbed, Prober, Reader, Scanner};
use crate::domain::catalogue::{
    Extensions, Guard, Probed, Root, RootId, RootLook, RunnerId, ScanId, ScanJob, ScanOrder,
};
use crate::domain::{Clock, IdSource, RandomIds, SystemClock, Text, Timestamp};
use crate::repository::memory::MemoryRepository;
use crate::repository::{Catalogue, VideoRepository};

/// A library, a disk, and a process that scans.
pub struct World {
    pub catalogue: Arc<dyn Catalogue>,
    pub disk: ScriptedDisk,
    pub gate: Arc<Gate>,
    pub runner: Arc<Runner>,
    pub root: RootId,
}

impl Disks for ScriptedDisk {
    fn disk_of(&self, _: &Root) -> Arc<dyn Disk> {
        Arc::new(self.clone())
    }
}

/// A prober that waits until somebody lets it go on, if it is closed.
#[derive(Default)]
pub struct Gate {
    pub is_closed: Mutex<bool>,
    pub reached: Notify,
}

#[async_trait]
impl Prober for Gate {
    async fn probe(&self, file: &dyn MediaFile, name: &[u8]) -> Result<Probed, NotProbed> {
        self.reached.notify_one();
        if *self.is_closed.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        ScriptedProber::default().probe(file, name).await
    }
}

/// A library root with one film, which nobody has scanned.
pub async fn world(promise: Option<Duration>) -> World {
    let repository: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
    let catalogue = repository.catalogue();
    let (disk, gate) = (ScriptedDisk::new(), Arc::new(Gate::default()));
    let clock = Arc::new(SystemClock);
    let settings = ScanSettings {
        extensions: Extensions::default(),
        guard: Guard::of_percent(20),
        probes: 1,
        patience: ScanSettings::PATIENCE,
    };
    let root = Root {
        id: RootId::from(RandomIds.next_id()),
        name: "films".parse().unwrap(),
        directory: b"/films".to_vec(),
        path_prefix: Text::new("/films").unwrap(),
        look: RootLook { fault: Some("Nobody looked yet.".to_owned()), device: None },
        served_until: None,
        watched_until: None,
    };
    assert!(catalogue.add_root(&root).await.unwrap());
    disk.write("a.mkv", b"a film");
    let scanner = Scanner {
        repository,
        reader: Reader::new(gate.clone(), clock.clone()),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
        settings,
    };
    let disks = Arc::new(disk.clone());
    let runner = Runner {
        catalogue: catalogue.clone(),
        scanner,
        disks,
        clock,
        id: RunnerId::from_bytes([9; 16]),
        promise,
    };
    let runner = Arc::new(runner);
    World { catalogue, disk, gate, runner, root: root.id }
}

impl World {
    /// Asks for a scan.
    pub async fn queue(&self) -> ScanId {
        self.queue_at(SystemClock.now()).await
    }

    /// Asks for a scan at this time.
    pub async fn queue_at(&self, at: Timestamp) -> ScanId {
        let id = ScanId::from(RandomIds.next_id());
        let order = ScanOrder::of_root(self.root);
        self.catalogue.queue(id, &order, at).await.unwrap().id
    }

    /// How a scan stands.
    pub async fn job(&self, id: ScanId) -> ScanJob {
        self.catalogue.scan(id).await.unwrap().unwrap()
    }

    /// The root.
    pub async fn root(&self) -> Root {
        self.catalogue.roots().await.unwrap().remove(0)
    }
}

/// A process that goes on, until the sender says otherwise.
pub fn open() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}
