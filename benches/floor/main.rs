//! How near the server is to the floor: to a program that answers the same requests over the same
//! file with nothing between HTTP and SQLite.
//!
//! `cargo bench --bench floor` starts both on libraries of 10,000 and 100,000 videos, compares their
//! answers, and prints a table in Markdown for each; `REELGRAPH_BENCH_VIDEOS=10000,100000,1000000`
//! says how many, `REELGRAPH_BENCH_FOLDER` where libraries are kept, and `REELGRAPH_BENCH_SECONDS`
//! how long each workload is measured. It needs Linux, `taskset` and two cores: one for the program
//! that is measured, one for 32 clients. What counts is the processor time of a request, which other
//! work on the machine disturbs least.

#[path = "../support/documents.rs"]
mod documents;
mod json;
#[expect(dead_code, reason = "neither program has a database server")]
mod load;
#[expect(dead_code, reason = "neither program has a database server")]
#[path = "../support/machine.rs"]
mod machine;
mod program;
mod reading;
#[path = "../support/mod.rs"]
mod support;
mod workloads;
mod writing;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::{env, fs};

use reelgraph::repository::VideoRepository;
use reelgraph::repository::sqlite::SqliteRepository;
use tokio::runtime::Runtime;

use load::{Measured, Program, Service};
use support::sizes;
use workloads::{Workload, workloads};

/// Up to how many videos a library is checked after all its updates, which takes long in large ones.
const CHECKED: usize = 100_000;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let mut arguments = env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "serve") {
        let file = arguments.next().expect("the library's file");
        return runtime.block_on(program::serve(Path::new(&file)));
    }
    load::keep_to_core_of_clients();
    let sizes = sizes("10000,100000");
    let before = machine::load_average();
    let tables: Vec<Vec<Row>> = sizes.iter().map(|videos| table(&runtime, *videos)).collect();
    print_growth(&sizes, &tables);
    println!("\nLoad average: {before} before, {} after.", machine::load_average());
}

/// A workload, and what it cost both programs.
struct Row {
    name: &'static str,
    floor: Measured,
    reelgraph: Measured,
}

/// What each workload costs in a library of as many videos.
fn table(runtime: &Runtime, videos: usize) -> Vec<Row> {
    let temporary = tempfile::tempdir().expect("a folder for libraries");
    let kept = env::var_os("REELGRAPH_BENCH_FOLDER").map(PathBuf::from);
    let file = kept.as_deref().unwrap_or(temporary.path()).join(format!("{videos}.db"));
    let subjects = runtime.block_on(workloads::prepare(&file, videos));
    // Both programs change a copy, so that one that is kept begins the next time as it did now.
    let copy = temporary.path().join("copy.db");
    fs::copy(&file, &copy).expect("there is room for a copy");
    let rows = measure(&copy, &workloads(&subjects));
    if videos <= CHECKED {
        runtime.block_on(check(&copy));
    }
    print_table(videos, &rows);
    rows
}

fn measure(library: &Path, workloads: &[Workload]) -> Vec<Row> {
    let (floor, reelgraph) = (Program::floor(library), Program::reelgraph(library));
    let next = AtomicUsize::new(0);
    let compare_all = || {
        for workload in workloads {
            load::compare(workload, &next, &floor, &reelgraph);
        }
    };
    compare_all();
    let time = load::time();
    let row = |workload: &Workload| {
        let services = [Service::of(&floor), Service::of(&reelgraph)];
        let asked = services.each_ref().map(|service| (service, workload));
        let measured = load::measure(&asked, &next, time);
        let [floor, reelgraph] = measured.try_into().expect("two services were measured");
        let row = Row { name: workload.name, floor, reelgraph };
        let Row { name, floor, reelgraph } = &row;
        eprintln!("{name}: {:.1} µs, {:.1} µs", floor.cpu_us(), reelgraph.cpu_us());
        row
    };
    let rows = workloads.iter().map(row).collect();
    compare_all();
    rows
}

async fn check(file: &Path) {
    let repository = SqliteRepository::open(file).await.expect("a library");
    let faults = repository.check().await.expect("the library can be read");
    assert!(faults.is_empty(), "the floor or Reelgraph left faults: {faults:?}");
    repository.close().await.expect("the library can be closed");
}

fn print_table(videos: usize, rows: &[Row]) {
    println!(
        "\n| {videos} videos | floor, µs | Reelgraph, µs | ratio | floor, requests/s | Reelgraph, requests/s | p50, ms | p99, ms |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for Row { name, floor, reelgraph } in rows {
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.0} | {:.0} | {:.1} | {:.1} |",
            floor.cpu_us(),
            reelgraph.cpu_us(),
            reelgraph.cpu_us() / floor.cpu_us(),
            floor.per_second(),
            reelgraph.per_second(),
            reelgraph.all_ms(50),
            reelgraph.all_ms(99),
        );
        if reelgraph.is_mixed() {
            let (p50, p99) = (reelgraph.reads_ms(50), reelgraph.reads_ms(99));
            println!("| – those that read | | | | | | {p50:.1} | {p99:.1} |");
        }
    }
}

/// How the cost of each workload grows with the library.
fn print_growth(sizes: &[usize], tables: &[Vec<Row>]) {
    let (Some(first), true) = (tables.first(), sizes.len() > 1) else { return };
    let headings: String = sizes.iter().map(|videos| format!(" {videos} |")).collect();
    println!("\n| Reelgraph, µs, by the number of videos |{headings}");
    println!("|---|{}", "--:|".repeat(sizes.len()));
    for (index, row) in first.iter().enumerate() {
        let cell = |rows: &Vec<Row>| format!(" {:.1} |", rows[index].reelgraph.cpu_us());
        println!("| {} |{}", row.name, tables.iter().map(cell).collect::<String>());
    }
}
