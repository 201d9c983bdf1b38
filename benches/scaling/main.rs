//! What servers on one PostgreSQL achieve together, and what a request costs them and the database.
//!
//! `cargo bench --bench scaling` starts a PostgreSQL server with a streaming replica, Reelgraph on both
//! of them and on SQLite, and PostGraphile, on the same libraries of 10,000 and 100,000 videos, compares
//! their answers, and prints tables in Markdown: requests a second by 32 clients, and the processor time
//! of a request. `REELGRAPH_BENCH_VIDEOS=10000,100000,1000000` says how many videos,
//! `REELGRAPH_BENCH_FOLDER` where the SQLite libraries are kept, and `REELGRAPH_BENCH_SECONDS` how long
//! each service is measured with each workload.
//!
//! All processes share the machine, that of the clients included: with few cores, more servers do not
//! answer more requests. Commits are durable. It needs Linux and PostgreSQL where Debian has it.
//! PostGraphile is left out unless `npm ci` was run in `benches/scaling/postgraphile`.

#[expect(dead_code, reason = "the program itself copies the library here")]
#[path = "../support/database.rs"]
mod database;
#[path = "../support/documents.rs"]
mod documents;
mod libraries;
#[expect(dead_code, reason = "these programs share all cores")]
#[path = "../floor/load.rs"]
mod load;
#[path = "../support/machine.rs"]
mod machine;
mod postgraphile;
#[allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "it belongs to the tests, which use all of it"
)]
mod servers;
#[path = "../support/mod.rs"]
mod support;
#[path = "../floor/workloads.rs"]
mod workloads;

use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use libraries::Libraries;
use load::{Measured, Program, Service};
use workloads::{Workload, workloads};

/// The names of the workloads that are measured.
const PAGE: &str = "page of 50";
const BY_ID: &str = "one video by ID";
const UPDATE: &str = "update of the width";

/// What others are compared with.
const ONE: &str = "1 instance";

/// How long it may take until a server reads from its replica.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    if let Some(fault) = servers::fault() {
        return println!("Nothing is measured: {fault}.");
    }
    let runtime = Runtime::new().expect("a runtime");
    for videos in support::sizes("10000,100000") {
        let before = machine::load_average();
        let libraries = Libraries::new(&runtime, videos);
        let bench = Bench::new(&libraries, videos);
        bench.measure_with_replica();
        libraries.servers.stop_replica();
        bench.measure_alone();
        println!("\nLoad average: {before} before, {} after.", machine::load_average());
    }
}

/// What is measured of libraries of one size.
struct Bench<'a> {
    libraries: &'a Libraries,
    videos: usize,
    workloads: Vec<Workload>,
    next: AtomicUsize,
    time: Duration,
}

/// A service that is measured with a workload, and what it is called.
type Asked<'a> = (&'static str, Service<'a>, &'a Workload);

impl<'a> Bench<'a> {
    fn new(libraries: &'a Libraries, videos: usize) -> Self {
        let mut workloads = workloads(&libraries.subjects);
        workloads.retain(|workload| [PAGE, BY_ID, UPDATE].contains(&workload.name));
        Self { libraries, videos, workloads, next: AtomicUsize::new(0), time: load::time() }
    }

    /// Measures servers while a replica follows the database; one of them reads from it.
    fn measure_with_replica(&self) {
        let (one, other) = (self.libraries.on_primary(), self.libraries.on_replica());
        let sqlite = self.libraries.on_sqlite();
        self.wait_until_replica_is_read(&other);
        for workload in self.reads() {
            load::compare(workload, &self.next, &sqlite, &one);
            load::compare(workload, &self.next, &sqlite, &other);
        }
        drop(sqlite);
        self.print_head("with a replica");
        let databases = || vec![&self.libraries.primary, &self.libraries.replica];
        let of = |program| Service { programs: vec![program], databases: databases() };
        for workload in &self.workloads {
            self.measure(&[
                (ONE, of(&one), workload),
                ("1 instance that reads from the replica", of(&other), workload),
            ]);
        }
    }

    /// Measures servers on SQLite, and on PostgreSQL without a replica.
    fn measure_alone(&self) {
        let sqlite = self.libraries.on_sqlite();
        let instances = [(); 4].map(|()| self.libraries.on_primary());
        let postgraphile = postgraphile::start(&self.libraries.servers.primary());
        self.print_head("without a replica");
        for workload in &self.workloads {
            let translated = postgraphile::translated(workload.name, &self.libraries.subjects);
            let mut asked = vec![
                ("SQLite", Service::of(&sqlite), workload),
                (ONE, self.on_primary(&instances[..1]), workload),
                ("2 instances", self.on_primary(&instances[..2]), workload),
                ("4 instances", self.on_primary(&instances), workload),
            ];
            if let (Ok(program), Some(translated)) = (&postgraphile, &translated) {
                let answer = program.answer(&translated.request(0));
                postgraphile::compare(&instances[0].answer(&workload.request(0)), &answer);
                postgraphile::warm_up(program, translated);
                let service = self.on_primary(std::slice::from_ref(program));
                asked.push(("PostGraphile", service, translated));
            }
            self.measure(&asked);
        }
        if let Err(fault) = postgraphile {
            println!("\nWithout PostGraphile: {fault}.");
        }
    }

    fn on_primary<'b>(&'b self, programs: &'b [Program]) -> Service<'b> {
        Service { programs: programs.iter().collect(), databases: vec![&self.libraries.primary] }
    }

    fn reads(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(|workload| workload.name != UPDATE)
    }

    /// Waits until pages come from the replica, which a server uses once it has found it fit.
    fn wait_until_replica_is_read(&self, program: &Program) {
        let deadline = Instant::now() + PATIENCE;
        let servers = [&self.libraries.primary, &self.libraries.replica];
        loop {
            let before = servers.map(machine::Family::cpu_seconds);
            for workload in self.reads() {
                (0..200).for_each(|number| drop(program.answer(&workload.request(number))));
            }
            let after = servers.map(machine::Family::cpu_seconds);
            if after[1] - before[1] > after[0] - before[0] {
                return;
            }
            assert!(Instant::now() < deadline, "nothing is read from the replica");
        }
    }

    fn measure(&self, asked: &[Asked<'_>]) {
        let services: Vec<_> =
            asked.iter().map(|(_, service, workload)| (service, *workload)).collect();
        let measured = load::measure(&services, &self.next, self.time);
        let one = asked.iter().position(|(name, ..)| *name == ONE).unwrap_or_default();
        for ((name, _, workload), costs) in asked.iter().zip(&measured) {
            print_row(&format!("{}: {name}", workload.name), costs, total_us(&measured[one]));
        }
    }

    fn print_head(&self, how: &str) {
        println!(
            "\n| {} videos, {how} | requests/s | servers, µs | PostgreSQL, µs | together, µs | to {ONE} | p50, ms | p99, ms |",
            self.videos
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    }
}

/// The processor time of a request, in microseconds.
fn total_us(measured: &Measured) -> f64 {
    measured.cpu_us() + measured.database_us()
}

fn print_row(name: &str, measured: &Measured, total_of_one: f64) {
    println!(
        "| {name} | {:.0} | {:.1} | {:.1} | {:.1} | {:.2} | {:.1} | {:.1} |",
        measured.per_second(),
        measured.cpu_us(),
        measured.database_us(),
        total_us(measured),
        total_us(measured) / total_of_one,
        measured.all_ms(50),
        measured.all_ms(99),
    );
}
