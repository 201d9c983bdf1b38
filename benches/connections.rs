//! How a server bears many connections that stay open.
//!
//! `cargo bench --bench connections` starts the program with the sample library, opens 2,000
//! connections, and asks on each of them once a second for 60 seconds. It prints a table in Markdown
//! and fails where a request did, or was not answered as it should be. Both processes need a file for
//! each connection: `ulimit -n 8192` in the same shell lets them have as many.
//! `REELGRAPH_BENCH_CONNECTIONS` and `REELGRAPH_BENCH_SECONDS` ask for another load.

#[path = "support/server.rs"]
mod starting;

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::process::{Child, ExitCode};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep_until, timeout};

use starting::listening;

/// How often each connection is used.
const PACE: Duration = Duration::from_secs(1);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for a video of the sample library.
const BODY: &str =
    r#"{"query":"{ video(id: \"e8656209-4084-41e7-a3bd-8cd6a7b5aa71\") { filename } }"}"#;

/// How the answer begins.
const FOUND: &str = r#"{"data":{"video":{"filename":"#;

/// The number in this environment variable.
fn setting(name: &str, default: u32) -> u32 {
    env::var(name).map_or(default, |text| text.parse().expect("the setting is a number"))
}

/// A server in a process of its own, which ends with this.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let (process, address, lines) = listening(&["--sample"]);
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// Its memory in megabytes; none where there is no `/proc`.
    fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024 / 1_000_000)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    errors: Vec<String>,
}

/// Asks on one connection, at its pace, until the end.
async fn ask_until(end: Instant, first: Instant, address: String) -> Seen {
    let mut seen = Seen::default();
    let mut stream = match TcpStream::connect(&address).await {
        Ok(stream) => stream,
        Err(error) => return Seen { errors: vec![error.to_string()], ..seen },
    };
    let mut pace = interval_at(first, PACE);
    while pace.tick().await < end {
        let begin = Instant::now();
        let asked = timeout(PATIENCE, ask(&mut stream)).await;
        match asked.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into())) {
            Ok(()) => seen.times.push(begin.elapsed()),
            Err(error) => {
                seen.errors.push(error.to_string());
                return seen;
            }
        }
    }
    seen
}

/// One request and its answer, which must be a good one.
async fn ask(stream: &mut TcpStream) -> io::Result<()> {
    let length = BODY.len();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{BODY}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if length.and_then(|length| length.parse().ok()).is_some_and(|length| body.len() < length) {
            continue;
        }
        let is_good = head.starts_with("HTTP/1.1 200 ") && body.starts_with(FOUND);
        return is_good.then_some(()).ok_or_else(|| io::Error::other(text.into_owned()));
    }
}

async fn measure(connections: u32, seconds: u32) -> Result<(), String> {
    let server = Server::start();
    let megabytes = || server.memory().map_or("?".to_owned(), |memory| format!("{memory} MB"));
    let begin = Instant::now() + PACE;
    let end = begin + PACE * seconds;
    let mut clients = JoinSet::new();
    for number in 0..connections {
        // They take turns, as people do.
        let first = begin + PACE * number / connections;
        clients.spawn(ask_until(end, first, server.address.clone()));
    }
    // Once each of them was answered.
    sleep_until(begin + PACE * 2).await;
    let at_begin = megabytes();
    sleep_until(begin + (end - begin) / 2).await;
    let in_the_middle = megabytes();
    sleep_until(end).await;
    let at_end = megabytes();
    let seen = clients.join_all().await;
    let mut times: Vec<Duration> = seen.iter().flat_map(|seen| &seen.times).copied().collect();
    let errors: Vec<&String> = seen.iter().flat_map(|seen| &seen.errors).collect();
    times.sort_unstable();
    let percentile = |percent: usize| {
        let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    };
    println!("{connections} connections for {seconds} s, one request a second on each\n");
    println!("| Requests | Errors | p50 ms | p99 ms | Memory at begin | middle | end |");
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    let (requests, failed) = (times.len(), errors.len());
    let (p50, p99) = (percentile(50), percentile(99));
    println!(
        "| {requests} | {failed} | {p50:.2} | {p99:.2} | {at_begin} | {in_the_middle} | {at_end} |"
    );
    match errors.first() {
        Some(error) => Err(format!("{failed} requests failed, the first with: {error}")),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    let connections = setting("REELGRAPH_BENCH_CONNECTIONS", 2_000);
    let seconds = setting("REELGRAPH_BENCH_SECONDS", 60);
    let runtime = Runtime::new().expect("a runtime");
    match runtime.block_on(measure(connections, seconds)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
