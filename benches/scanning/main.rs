//! What scans cost, and how the library bears them.
//!
//! `cargo bench --bench scanning` makes five folders of 20,000 sparse files and catalogues one after another,
//! with a prober that costs nothing. Beside each scan it measures how long a page of 50 and a single update
//! take, in turns with the same alone. Then it scans all folders again, when nothing has changed, and
//! compares that with a bare walk. It prints tables in Markdown with the load average, and fails where one of
//! these does not hold:
//!
//! - the scans that find nothing new write nothing and probe nothing;
//! - they take at most 10 × the time of the walk;
//! - memory stays below 300 MB;
//! - the median of the five p99 beside a scan is at most 3 × that of those alone, or 10 ms.
//!
//! `REELGRAPH_BENCH_FILES` says how many files there are in all; 100,000 where it is not set. The machine
//! should have nothing else to do.

mod company;
mod films;
#[path = "../support/machine.rs"]
#[expect(dead_code, reason = "there is one process")]
mod machine;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs};

use async_trait::async_trait;
use reelgraph::catalogue::disk::MediaFile;
use reelgraph::catalogue::scan::{ScanSettings, ScanTask};
use reelgraph::catalogue::{NotProbed, OsDisk, Prober, Reader, Scanner};
use reelgraph::domain::catalogue::{
    Extensions, Guard, Probed, Report, Root, RootId, RootLook, ScanCounts, ScanId, ScanJob,
    ScanOrder, ScanPhase, ScanState,
};
use reelgraph::domain::{IdSource, RandomIds, SystemClock, Text, Timestamp};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::catalogue::ScanReport;
use reelgraph::repository::sqlite::SqliteRepository;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use company::{Company, Round, median};

const ROUNDS: usize = 5;
const MAX_WALKS: f64 = 10.0;
const MAX_MEGABYTES: u64 = 300;
const MAX_RATIO: f64 = 3.0;
const ALWAYS_ALLOWED_MS: f64 = 10.0;

fn main() -> ExitCode {
    let files = env::var("REELGRAPH_BENCH_FILES")
        .map_or(100_000, |text| text.parse().expect("REELGRAPH_BENCH_FILES is a number"));
    let folder = tempfile::tempdir().expect("a folder for files");
    for round in 0..ROUNDS {
        films::make(&folder.path().join(round.to_string()), round, files / ROUNDS);
    }
    Runtime::new().expect("a runtime").block_on(measure(folder.path(), files))
}

async fn measure(folder: &Path, files: usize) -> ExitCode {
    let library = SqliteRepository::open(&folder.join("library.db")).await.expect("a new library");
    let scans = Scans::of(Arc::new(library));
    let company = Company::new(Arc::clone(&scans.repository)).await;
    let mut broken = Vec::new();
    println!("{files} files in {ROUNDS} folders; load average {}\n", machine::load_average());
    let mut rounds = Vec::new();
    let mut first = Duration::ZERO;
    for round in 0..ROUNDS {
        let alone = company.p99(Duration::from_secs(3)).await;
        let root = scans.add_root(&folder.join(round.to_string()), round).await;
        let begin = Instant::now();
        let is_over = AtomicBool::new(false);
        let scan = async {
            let counts = scans.scan(&root).await;
            is_over.store(true, Ordering::Relaxed);
            counts
        };
        let (counts, beside) = tokio::join!(scan, company.p99_until(&is_over));
        first += begin.elapsed();
        assert_eq!(counts.added, (files / ROUNDS) as u64, "{counts:?}");
        rounds.push(Round { alone, beside });
    }
    broken.extend(company::report(&rounds, MAX_RATIO, ALWAYS_ALLOWED_MS));
    broken.extend(second(&scans, folder, files, first).await);
    let megabytes = peak_megabytes();
    println!("\n{megabytes} MB of memory at most.");
    if megabytes >= MAX_MEGABYTES {
        broken.push(format!("{megabytes} MB of memory"));
    }
    broken.iter().for_each(|promise| eprintln!("error: {promise}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Scans everything again, and returns which promises were broken.
async fn second(scans: &Scans, folder: &Path, files: usize, first: Duration) -> Vec<String> {
    let before = scans.repository.newest().await.expect("a position");
    let probes = scans.probes.load(Ordering::Relaxed);
    let roots = scans.repository.catalogue().roots().await.expect("roots");
    let (mut walks, mut again) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        assert!(films::walk(folder) >= files);
        walks.push(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        for root in &roots {
            let counts = scans.scan(root).await;
            assert_eq!(counts.unchanged, (files / ROUNDS) as u64, "{counts:?}");
        }
        again.push(begin.elapsed().as_secs_f64());
    }
    let (walk, again) = (median(walks.into_iter()), median(again.into_iter()));
    println!("\n| What | seconds |\n|---|--:|");
    println!("| First scan | {:.2} |", first.as_secs_f64());
    println!("| Scan that finds nothing new | {again:.2} |");
    println!("| Bare walk | {walk:.2} |");
    let mut broken = Vec::new();
    if again > MAX_WALKS * walk {
        broken.push(format!("a scan that finds nothing new took {:.1} walks", again / walk));
    }
    if scans.repository.newest().await.expect("a position") != before {
        broken.push("a scan that finds nothing new wrote something".to_owned());
    }
    if scans.probes.load(Ordering::Relaxed) != probes {
        broken.push("a scan that finds nothing new probed something".to_owned());
    }
    broken
}

/// A library, and the scans of its roots.
struct Scans {
    repository: Arc<dyn VideoRepository>,
    scanner: Scanner,
    probes: Arc<AtomicU64>,
}

impl Scans {
    fn of(repository: Arc<dyn VideoRepository>) -> Self {
        let probes = Arc::new(AtomicU64::new(0));
        let clock = Arc::new(SystemClock);
        let scanner = Scanner {
            repository: Arc::clone(&repository),
            reader: Reader::new(Arc::new(NoCost(Arc::clone(&probes))), clock.clone()),
            clock,
            ids: Arc::new(RandomIds),
            settings: ScanSettings {
                extensions: Extensions::default(),
                guard: Guard::of_percent(20),
                probes: 2,
                patience: ScanSettings::PATIENCE,
            },
        };
        Self { repository, scanner, probes }
    }

    async fn add_root(&self, folder: &Path, number: usize) -> Root {
        let path = folder.to_str().expect("a text");
        let root = Root {
            id: RootId::from(RandomIds.next_id()),
            name: format!("films-{number}").parse().expect("a name"),
            directory: path.as_bytes().to_vec(),
            path_prefix: Text::new(path).expect("a path"),
            look: RootLook::default(),
            served_until: None,
            watched_until: None,
        };
        assert!(self.repository.catalogue().add_root(&root).await.expect("a root"));
        root
    }

    async fn scan(&self, root: &Root) -> ScanCounts {
        let id = ScanId::from(RandomIds.next_id());
        let report =
            ScanReport { phase: ScanPhase::Walking, progress: None, counts: ScanCounts::default() };
        let directory = Path::new(root.path_prefix.as_str());
        let task = ScanTask {
            job: ScanJob::queued(id, ScanOrder::of_root(root.id), Timestamp::MIN),
            root: root.clone(),
            disk: Arc::new(OsDisk::new(directory, [directory.to_owned()].into())),
            progress: watch::channel(report).0,
            stop: Arc::new(AtomicBool::new(false)),
        };
        let outcome = self.scanner.scan(&task).await;
        assert_eq!(outcome.end.state, ScanState::Succeeded, "{outcome:?}");
        outcome.end.counts
    }
}

/// A prober that costs nothing: every file is the same video.
struct NoCost(Arc<AtomicU64>);

#[async_trait]
impl Prober for NoCost {
    async fn probe(&self, _: &dyn MediaFile, _: &[u8]) -> Result<Probed, NotProbed> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let report: Report = serde_json::from_str(films::REPORT).expect("a report");
        Ok(Probed::of(&report, "mkv", None).expect("a video"))
    }
}

/// The most memory that the process has had.
fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map_or(0, |kib| kib * 1024 / 1_000_000)
}
