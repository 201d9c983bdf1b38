//! The load: 32 clients, each of which has one request under way at a time on a connection of its
//! own, and what their requests cost the programs that answer them.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::machine::{Family, Process};
use super::workloads::{Request, Workload};

const CLIENTS: usize = 32;

/// For how long a program is asked before it is measured.
const WARM_UP: Duration = Duration::from_millis(250);

/// How often programs take turns at a workload, so that what else the machine does meets them alike.
const TURNS: u32 = 4;

/// The cores that the programs and the clients keep to.
const CORE_OF_PROGRAMS: &str = "0";
const CORE_OF_CLIENTS: &str = "1";

/// How long each workload is measured: `REELGRAPH_BENCH_SECONDS`.
pub fn time() -> Duration {
    let seconds = env::var("REELGRAPH_BENCH_SECONDS").unwrap_or_else(|_| "3".to_owned());
    Duration::from_secs(seconds.parse().expect("a whole number of seconds"))
}

/// A program that answers. It ends with this.
pub struct Program {
    process: Child,
    address: SocketAddr,
    takes_all_at: Option<&'static str>,
}

impl Program {
    /// The floor, over the library in this file.
    pub fn floor(library: &Path) -> Self {
        let this = env::current_exe().expect("this program has a path");
        let mut command = on_its_core(&this);
        command.arg("serve").arg(library);
        Self::start(command, None)
    }

    /// Reelgraph, over the library in this file.
    pub fn reelgraph(library: &Path) -> Self {
        let mut command = on_its_core(Path::new(env!("CARGO_BIN_EXE_reelgraph")));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"]);
        command.arg("--database-url").arg(format!("sqlite:{}", library.display()));
        Self::start(command, Some("/graphql"))
    }

    /// One that prints its URL in its first line.
    pub fn start(mut command: Command, takes_all_at: Option<&'static str>) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the program is there");
        let output = process.stdout.take().expect("its output is a pipe");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("its output is text");
        let url = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        let address = url.and_then(|(address, _)| address.parse().ok());
        let address = address.expect("it tells its address in its first line");
        Self { process, address, takes_all_at }
    }

    /// The answer to one request.
    pub fn answer(&self, request: &Request) -> Value {
        let mut client = Client::connect(self);
        serde_json::from_slice(client.ask(request)).expect("an answer is JSON")
    }

    /// The processor time that it has taken so far.
    fn cpu_seconds(&self) -> f64 {
        Process::of(self.process.id()).expect("the program runs, on Linux").seconds
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Programs that clients spread over, and the servers of the database that they use.
pub struct Service<'a> {
    pub programs: Vec<&'a Program>,
    pub databases: Vec<&'a Family>,
}

impl<'a> Service<'a> {
    /// One program, which does all by itself.
    pub fn of(program: &'a Program) -> Self {
        Self { programs: vec![program], databases: Vec::new() }
    }

    /// Adds what a workload costs that is asked for as long, with requests of the next numbers.
    fn measure(
        &self,
        workload: &Workload,
        next: &AtomicUsize,
        time: Duration,
        measured: &mut Measured,
    ) {
        self.load(workload, next, WARM_UP);
        let (cpu, begin) = (self.cpu_seconds(), Instant::now());
        measured.times.extend(self.load(workload, next, time));
        measured.seconds += begin.elapsed().as_secs_f64();
        let (of_programs, of_databases) = self.cpu_seconds();
        measured.cpu_seconds += of_programs - cpu.0;
        measured.cpu_seconds_of_databases += of_databases - cpu.1;
    }

    fn load(&self, workload: &Workload, next: &AtomicUsize, time: Duration) -> Vec<Time> {
        let end = Instant::now() + time;
        let asking = |program| {
            let mut client = Client::connect(program);
            let mut times = Vec::new();
            while Instant::now() < end {
                let request = workload.request(next.fetch_add(1, Ordering::Relaxed));
                let begin = Instant::now();
                client.ask(&request);
                times.push(Time { elapsed: begin.elapsed(), is_of_write: request.is_write() });
            }
            times
        };
        let programs = self.programs.iter().copied().cycle().take(CLIENTS);
        thread::scope(|scope| {
            let clients: Vec<_> =
                programs.map(|program| scope.spawn(move || asking(program))).collect();
            clients.into_iter().flat_map(|client| client.join().expect("all is answered")).collect()
        })
    }

    /// The processor time that the programs and the databases have taken so far.
    fn cpu_seconds(&self) -> (f64, f64) {
        let of_programs = self.programs.iter().map(|program| program.cpu_seconds()).sum();
        (of_programs, self.databases.iter().map(|server| server.cpu_seconds()).sum())
    }
}

/// What each of these services needs for its workload, which is asked for as long.
pub fn measure(
    services: &[(&Service<'_>, &Workload)],
    next: &AtomicUsize,
    time: Duration,
) -> Vec<Measured> {
    let mut all: Vec<_> = services.iter().map(|_| Measured::default()).collect();
    for _ in 0..TURNS {
        for ((service, workload), measured) in services.iter().zip(&mut all) {
            service.measure(workload, next, time / TURNS, measured);
        }
    }
    all
}

/// Makes sure that two programs give the same answers, and that what one writes the other reads, if
/// they share a library.
pub fn compare(workload: &Workload, next: &AtomicUsize, one: &Program, other: &Program) {
    for _ in 0..40 {
        let request = workload.request(next.fetch_add(1, Ordering::Relaxed));
        // The second program finds the video as an update wants it, so that its version stays.
        let (answer, other) = (one.answer(&request), other.answer(&request));
        assert_eq!(answer, other, "{}: {}", workload.name, request.body);
    }
}

/// Keeps this process, and the clients that it starts, to their core.
pub fn keep_to_core_of_clients() {
    let mut command = Command::new("taskset");
    command.args(["--pid", "--cpu-list", CORE_OF_CLIENTS, &process::id().to_string()]);
    let status = command.stdout(Stdio::null()).status().expect("taskset is installed");
    assert!(status.success(), "there are two cores, one for the programs and one for the clients");
}

fn on_its_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", CORE_OF_PROGRAMS]).arg(program);
    command
}

/// What a workload cost.
#[derive(Debug, Default)]
pub struct Measured {
    cpu_seconds: f64,
    cpu_seconds_of_databases: f64,
    seconds: f64,
    times: Vec<Time>,
}

/// How long a client waited for an answer.
#[derive(Debug)]
struct Time {
    elapsed: Duration,
    is_of_write: bool,
}

impl Measured {
    /// Microseconds of processor time a request, of the programs alone.
    pub fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.requests()
    }

    /// The same of the servers of the database.
    pub fn database_us(&self) -> f64 {
        self.cpu_seconds_of_databases * 1e6 / self.requests()
    }

    /// Requests a second.
    pub fn per_second(&self) -> f64 {
        self.requests() / self.seconds
    }

    fn requests(&self) -> f64 {
        f64::from(u32::try_from(self.times.len()).expect("some thousands a second"))
    }

    /// Whether it was of requests that read and of some that write.
    pub fn is_mixed(&self) -> bool {
        let writes = self.times.iter().filter(|time| time.is_of_write).count();
        writes > 0 && writes < self.times.len()
    }

    /// In how many milliseconds so many percent of all requests are answered.
    pub fn all_ms(&self, percent: usize) -> f64 {
        percentile(self.times.iter(), percent)
    }

    /// In how many milliseconds so many percent of those are answered that only read.
    pub fn reads_ms(&self, percent: usize) -> f64 {
        percentile(self.times.iter().filter(|time| !time.is_of_write), percent)
    }
}

fn percentile<'a>(times: impl Iterator<Item = &'a Time>, percent: usize) -> f64 {
    let mut times: Vec<Duration> = times.map(|time| time.elapsed).collect();
    times.sort_unstable();
    let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

/// A client of one connection, which it keeps.
struct Client<'a> {
    program: &'a Program,
    stream: TcpStream,
    sent: Vec<u8>,
    received: Vec<u8>,
}

impl<'a> Client<'a> {
    fn connect(program: &'a Program) -> Self {
        let stream = TcpStream::connect(program.address).expect("the program listens");
        stream.set_nodelay(true).expect("the connection is open");
        Self { program, stream, sent: Vec::new(), received: Vec::new() }
    }

    /// The body of the answer to a request, which must have succeeded.
    fn ask(&mut self, Request { path, body }: &Request) -> &[u8] {
        let path = self.program.takes_all_at.unwrap_or(path);
        self.sent.clear();
        write!(
            self.sent,
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             accept: application/graphql-response+json\r\ncontent-length: {}\r\n\r\n{body}",
            self.program.address,
            body.len()
        )
        .expect("memory takes what is written");
        self.stream.write_all(&self.sent).expect("the program reads");
        let body = self.receive();
        let answer = &self.received[body..];
        assert!(answer.starts_with(b"{\"data\":{"), "{}", String::from_utf8_lossy(answer));
        answer
    }

    /// Reads one response, and tells where in it the body begins.
    fn receive(&mut self) -> usize {
        self.received.clear();
        let mut chunk = [0; 64 * 1024];
        let mut whole = None;
        loop {
            let length = self.stream.read(&mut chunk).expect("the program answers");
            assert_ne!(length, 0, "the program closed a connection");
            self.received.extend_from_slice(&chunk[..length]);
            whole = whole.or_else(|| head(&self.received));
            if let Some((begin, end)) = whole
                && self.received.len() >= end
            {
                return begin;
            }
        }
    }
}

/// Where the body of a response begins and ends, once its head is there.
fn head(response: &[u8]) -> Option<(usize, usize)> {
    let end = response.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&response[..end]).expect("a head is text");
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    let length: usize = head.lines().find_map(field).expect("an answer tells its length");
    Some((end, end + length))
}
