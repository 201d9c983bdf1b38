//! How the server bears clients that mean it harm, all of them at once.
//!
//! `cargo bench --bench abuse` serves a library of 20,000 videos in a file and measures how long a
//! first page takes, in five rounds of which each half has other company. In the first half the page
//! is alone. In the second half one client sends pings and reads nothing, one repeats a query of 30
//! slow scans, 16 write, and the log is read a line at a time. It prints a table in Markdown with the
//! load average, and fails where one of these does not hold:
//!
//! - resident memory stays below 200 MB;
//! - the median of the five p99 in bad company is at most 5 × that of those alone, or 10 ms;
//! - SIGTERM ends the server in time, and every acknowledged change is in the library afterwards.
//!
//! `REELGRAPH_BENCH_SECONDS` says how long each half of a round is; 12 where it is not set. The
//! server and the clients share the machine, so it should have nothing else to do.

mod clients;
mod server;
#[path = "../support/server.rs"]
mod starting;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "this library always has the same size, and is asked over HTTP")]
mod support;

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use reelgraph::domain::VideoId;
use reelgraph::repository::sqlite::SqliteRepository;
use reelgraph::repository::{VideoReader, VideoRepository};
use tokio::runtime::Runtime;

use clients::{Page, ping_without_reading, scan, write};
use server::Server;
use support::Library;

const VIDEOS: usize = 20_000;
const ROUNDS: usize = 5;
const WRITERS: usize = 16;

const MAX_MEGABYTES: u64 = 200;
const MAX_RATIO: f64 = 5.0;
const ALWAYS_ALLOWED_MS: f64 = 10.0;

/// The version that each video was last acknowledged to have.
type Acknowledged = Mutex<HashMap<VideoId, i32>>;

/// The p99 of a first page in both halves of a round, in milliseconds.
struct Round {
    alone: f64,
    in_company: f64,
}

fn main() -> ExitCode {
    let seconds = env::var("REELGRAPH_BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    let half = Duration::from_secs(seconds.unwrap_or(12));
    let folder = tempfile::tempdir().expect("a folder for the library");
    let file = folder.path().join("library.db");
    let runtime = Runtime::new().expect("a runtime");
    runtime
        .block_on(async { Library::new(&file, VIDEOS).await.repository.close().await })
        .expect("a new library can be closed");

    let server = Server::start(&file);
    let acknowledged = Acknowledged::default();
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| round(&server, half, &acknowledged)).collect();
    let megabytes = server.peak_megabytes();
    let stop = server.stop();
    let lost = runtime.block_on(lost(&file, &acknowledged.into_inner().expect("no panic")));
    report(&rounds, megabytes, stop, lost)
}

fn round(server: &Server, half: Duration, acknowledged: &Acknowledged) -> Round {
    let alone = Page::p99_ms(server, half);
    let is_over = AtomicBool::new(false);
    let in_company = thread::scope(|scope| {
        scope.spawn(|| ping_without_reading(server, &is_over));
        scope.spawn(|| scan(server, &is_over));
        for number in 0..WRITERS {
            let is_over = &is_over;
            scope.spawn(move || write(server, number, is_over, acknowledged));
        }
        let p99 = Page::p99_ms(server, half);
        is_over.store(true, Ordering::Relaxed);
        p99
    });
    Round { alone, in_company }
}

/// How many acknowledged changes the library lacks. One more than acknowledged is no fault: its
/// answer was on the way.
async fn lost(file: &Path, acknowledged: &HashMap<VideoId, i32>) -> (usize, usize) {
    let library = SqliteRepository::open(file).await.expect("the library can be opened");
    let faults = library.check().await.expect("the library can be checked");
    assert_eq!(faults, Vec::<String>::new(), "the library is damaged");
    let ids: Vec<VideoId> = acknowledged.keys().copied().collect();
    let videos = library.get_many(&ids).await.expect("the library can be read");
    let is_lost = |(id, video): &(&VideoId, &Option<_>)| {
        let version = video.as_ref().map(|video: &reelgraph::domain::Video| video.version);
        version.is_none_or(|version| version < acknowledged[*id])
    };
    let lost = ids.iter().zip(&videos).filter(is_lost).count();
    library.close().await.expect("the library can be closed");
    (lost, ids.len())
}

fn report(
    rounds: &[Round],
    megabytes: u64,
    stop: Result<Duration, String>,
    (lost, written): (usize, usize),
) -> ExitCode {
    println!("First page of {VIDEOS} videos, p99 in ms; load average {}\n", load_average());
    println!("| Round | alone | in bad company |\n|--:|--:|--:|");
    for (number, round) in (1..).zip(rounds) {
        println!("| {number} | {:.2} | {:.2} |", round.alone, round.in_company);
    }
    let alone = median(rounds.iter().map(|round| round.alone));
    let in_company = median(rounds.iter().map(|round| round.in_company));
    println!("| median | {alone:.2} | {in_company:.2} |\n");
    println!("{megabytes} MB of memory at most, {lost} of {written} written videos lost.");
    let mut broken = Vec::new();
    if in_company > (MAX_RATIO * alone).max(ALWAYS_ALLOWED_MS) {
        broken.push(format!("the page took {in_company:.2} ms, alone {alone:.2}"));
    }
    if megabytes >= MAX_MEGABYTES {
        broken.push(format!("{megabytes} MB of memory"));
    }
    if lost > 0 || written == 0 {
        broken.push(format!("{lost} of {written} written videos lost"));
    }
    match stop {
        Ok(took) => println!("SIGTERM ended the server after {:.2} s.", took.as_secs_f64()),
        Err(problem) => broken.push(problem),
    }
    broken.iter().for_each(|promise| eprintln!("error: {promise}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Of the last minute.
fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// The time that is 99 % of these at most, in milliseconds.
fn p99_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    let index = (times.len() * 99).div_ceil(100).saturating_sub(1);
    times.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

/// What `ask` takes, again and again, until this time has passed.
fn timed(time: Duration, mut ask: impl FnMut()) -> Vec<Duration> {
    let end = Instant::now() + time;
    let mut times = Vec::new();
    while Instant::now() < end {
        let begin = Instant::now();
        ask();
        times.push(begin.elapsed());
    }
    times
}
