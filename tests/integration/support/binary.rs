//! Starting the program, and showing all about it when something is not as expected.

use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use ureq::{Agent, AsSendBody};

use super::process::{Log, Process};

pub use super::process::PATIENCE;

/// The program with these arguments, in an environment without settings of its own.
pub fn reelgraph(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reelgraph"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REELGRAPH_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// A program that has ended.
pub struct Finished {
    command: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// Runs a command to its end, which must come within [`PATIENCE`].
    #[track_caller]
    pub fn run(command: Command) -> Self {
        Self::run_within(PATIENCE, command)
    }

    /// Runs a command to its end, which must come within this time.
    #[track_caller]
    pub fn run_within(patience: Duration, command: Command) -> Self {
        let Process { command, mut child, stdout, stderr } = Process::start(command);
        let ends = |log: &Arc<Log>| log.wait_until(patience, |log| log.has_ended);
        let has_ended = [&stdout, &stderr].into_iter().all(ends);
        if !has_ended {
            child.kill().unwrap();
        }
        let code = child.wait().unwrap().code();
        let finished = Self { command, code, stdout: stdout.text(), stderr: stderr.text() };
        assert!(has_ended, "still running after {patience:?}\n{finished}");
        finished
    }

    /// Holds it to this exit code.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Holds standard error to this part.
    #[track_caller]
    pub fn saying(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "{part:?} is missing\n{self}");
        self
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "$ {command}\ncode: {code:?}\nstdout:\n{stdout}\nstderr:\n{stderr}")
    }
}

/// A running server, which is killed at the end of the test.
pub struct Server {
    command: String,
    process: Child,
    log: Arc<Log>,
    address: SocketAddr,
}

impl Server {
    /// Serves a library in memory on a free port, where `arguments` do not say otherwise.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = reelgraph(arguments);
        command.env("REELGRAPH_LISTEN", "127.0.0.1:0").env("REELGRAPH_DATABASE_URL", "memory:");
        Self::spawn(command)
    }

    /// Starts a server and waits until its library is open.
    pub fn spawn(command: Command) -> Self {
        Self::spawn_until("\"listening\"", command)
    }

    /// Starts a server and waits for a line of its log that has this part and the address. What it
    /// reads may take as long as a test waits, where the command does not say otherwise: the machine
    /// may be busy.
    pub fn spawn_until(part: &str, mut command: Command) -> Self {
        const READ_LIMIT: &str = "REELGRAPH_READ_TIMEOUT_SECONDS";
        if !command.get_envs().any(|(name, value)| name == READ_LIMIT && value.is_some()) {
            command.env(READ_LIMIT, PATIENCE.as_secs().to_string());
        }
        let mut process = command
            .env("REELGRAPH_LOG_FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::follow(process.stderr.take().unwrap());
        let command = format!("{command:?}");
        let line = log.wait_for(&command, part);
        let line: Value = serde_json::from_str(&line).unwrap();
        let address = line["address"].as_str().unwrap().parse().unwrap();
        Self { command, process, log, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A connection to it, on which nothing blocks for ever.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request and reads the answer, whatever its status.
    #[track_caller]
    pub fn send(&self, request: Request<impl AsSendBody>) -> Answer {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE));
        let shown = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
        let response = config.build().new_agent().run(request);
        let mut response = response.unwrap_or_else(|error| panic!("{shown}: {error}\n{self}"));
        Answer {
            request: shown,
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }

    /// Gets this path.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(Request::get(self.url(path)).body(()).unwrap())
    }

    /// Asks a GraphQL document, by POST and for `application/graphql-response+json`.
    #[track_caller]
    pub fn ask(&self, document: &str) -> Answer {
        let request = Request::post(self.url("/graphql"))
            .header("accept", "application/graphql-response+json")
            .header("content-type", "application/json");
        let body = serde_json::json!({ "query": document }).to_string();
        self.send(request.body(body).unwrap())
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How much memory it has, in bytes.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most memory that it ever had, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    #[cfg(target_os = "linux")]
    fn status(&self, name: &str) -> u64 {
        let status = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// How much time of processors it has used.
    #[cfg(target_os = "linux")]
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // Behind the name of the program: its state, ten more, and the ticks in it and in the kernel.
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let ticks = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// The soft limit with this name, as the system shows it.
    #[cfg(target_os = "linux")]
    pub fn limit(&self, name: &str) -> String {
        let limits = format!("/proc/{}/limits", self.process.id());
        let limits = std::fs::read_to_string(limits).unwrap();
        let limit = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        limit.split_whitespace().next().unwrap().to_owned()
    }

    /// How it was started, as other processes see it.
    #[cfg(target_os = "linux")]
    pub fn arguments(&self) -> String {
        let arguments = std::fs::read(format!("/proc/{}/cmdline", self.process.id())).unwrap();
        String::from_utf8_lossy(&arguments).replace('\0', " ")
    }

    /// Sends it the signal with this name, e.g. `TERM`.
    pub fn signal(&self, name: &str) {
        signal(&self.process, name);
    }

    /// Waits for a line of its log with this part.
    #[track_caller]
    pub fn wait_for_log(&self, part: &str) -> String {
        self.log.wait_for(&self.command, part)
    }

    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Finished {
        // Standard error closes with the process, so that the wait for the process is short.
        let has_ended = self.log.wait_until(PATIENCE, |log| log.has_ended);
        assert!(has_ended, "still running after {PATIENCE:?}\n{self}");
        let code = self.process.wait().unwrap().code();
        let stderr = self.log.text();
        Finished { command: self.command.clone(), code, stdout: String::new(), stderr }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$ {}\nstderr:\n{}", self.command, self.log.text())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a process the signal with this name, e.g. `TERM`.
#[track_caller]
pub fn signal(process: &Child, name: &str) {
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).arg(process.id().to_string());
    assert!(kill.status().unwrap().success(), "{kill:?}");
}

/// What a server answered.
pub struct Answer {
    request: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The value of this header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The code of the only error.
    #[track_caller]
    pub fn code(&self) -> String {
        let errors = self.json()["errors"].take();
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{self}");
        errors[0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, status, headers, body } = self;
        write!(f, "> {request}\n< {status} {headers:?}\n{body}")
    }
}

/// A connection on which the server has begun to read a request that has not come to its end.
///
/// That it asks for the body shows that it has begun.
#[track_caller]
pub fn half_a_request(server: &Server, body: &str) -> TcpStream {
    let mut stream = server.connect();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// Reads what is there up to and including this part.
#[track_caller]
pub fn read_until(stream: &mut TcpStream, part: &str) -> String {
    let begun = Instant::now();
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with(part) {
        // What keeps the connection alive may come for ever.
        assert!(begun.elapsed() < PATIENCE * 2, "no {part:?}:\n{text}");
        let count = stream.read(&mut byte).unwrap();
        assert_eq!(count, 1, "the connection ended before {part:?}:\n{text}");
        text.push(char::from(byte[0]));
    }
    text
}
