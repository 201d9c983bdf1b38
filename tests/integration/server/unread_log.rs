//! A log that nobody reads holds up nobody: no request, no stop, and no announcement at the start.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::binary::{PATIENCE, reelgraph};

/// A request that writes a long line to the log.
const REQUEST: &str = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-request-id: ";

/// More requests than lines find room for.
const MANY: usize = 5_000;

/// A server whose output is read by the test alone, and only when it wants to.
struct Unread {
    process: Child,
    stderr: BufReader<UnixStream>,
    /// The server's own end.
    full: Option<UnixStream>,
    address: SocketAddr,
}

impl Unread {
    /// Starts a server that nobody reads the standard output of, and reads its log until it listens.
    fn start(arguments: &[&str]) -> Self {
        let (_, stdout) = full();
        let (reader, stderr) = UnixStream::pair().unwrap();
        reader.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut command = reelgraph(arguments);
        command
            .args(["--listen", "127.0.0.1:0", "--database-url", "memory:"])
            .stdin(Stdio::null())
            .stdout(OwnedFd::from(stdout))
            .stderr(OwnedFd::from(stderr.try_clone().unwrap()));
        let process = command.spawn().unwrap();
        let mut reader = BufReader::new(reader);
        let mut line = String::new();
        while !line.contains("listening") {
            line.clear();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "it ended: {command:?}");
        }
        let address = line.split("127.0.0.1:").nth(1).unwrap();
        let port: String = address.chars().take_while(char::is_ascii_digit).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        Self { process, stderr: reader, full: Some(stderr), address }
    }

    /// Fills what the server writes its log to.
    fn fill(&mut self) {
        fill(self.full.as_mut().unwrap());
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// What is answered to this, up to the end of the connection.
    fn exchange(&self, requests: String) -> String {
        let mut stream = self.connect();
        let mut sending = stream.try_clone().unwrap();
        let sender = thread::spawn(move || sending.write_all(requests.as_bytes()).unwrap());
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        sender.join().unwrap();
        answers
    }

    fn signal(&self, name: &str) {
        let mut kill = std::process::Command::new("kill");
        kill.arg(format!("-{name}")).arg(self.process.id().to_string());
        assert!(kill.status().unwrap().success());
    }

    /// Reads the log up to and including a line with this part; without it, to its end.
    fn read_log(&mut self, part: Option<&str>) -> Vec<String> {
        let mut log = Vec::new();
        loop {
            let mut line = String::new();
            if self.stderr.read_line(&mut line).unwrap() == 0 {
                assert_eq!(part, None, "{}", log.concat());
                return log;
            }
            let is_last = part.is_some_and(|part| line.contains(part));
            log.push(line);
            if is_last {
                return log;
            }
        }
    }

    /// Waits for the server's end, and returns its exit code.
    fn code(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "still running after {PATIENCE:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The two ends of a stream that takes nothing more, as a pipe that nobody reads.
fn full() -> (UnixStream, UnixStream) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    fill(&mut writer);
    (reader, writer)
}

fn fill(writer: &mut UnixStream) {
    writer.set_nonblocking(true).unwrap();
    // Byte by byte at the end, so that not even a short line finds room.
    for chunk in [&[b'\n'; 1024][..], b"\n"] {
        loop {
            match writer.write(chunk) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    writer.set_nonblocking(false).unwrap();
}

fn lines_with<'l>(log: &'l [Value], message: &str) -> impl Iterator<Item = &'l Value> {
    log.iter().filter(move |line| line["message"].as_str().unwrap().starts_with(message))
}

#[test]
fn requests_are_answered_and_the_lines_that_were_dropped_are_counted() {
    let mut server = Unread::start(&["--log-format", "json", "--metrics", "main"]);
    let id = "x".repeat(128);
    let last = format!("{REQUEST}{id}\r\nconnection: close\r\n\r\n");
    let requests = format!("{REQUEST}{id}\r\n\r\n").repeat(MANY - 1) + &last;
    assert_eq!(server.exchange(requests).matches("HTTP/1.1 200 OK").count(), MANY);
    let metrics =
        "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned();
    let metrics = server.exchange(metrics);
    let counted =
        metrics.lines().find_map(|line| line.strip_prefix("reelgraph_log_lines_dropped_total "));
    let counted: u64 = counted.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap();
    assert!(counted > 0, "{metrics}");
    let mut log = server.read_log(Some("dropped log lines"));
    server.signal("TERM");
    // From here on the server alone has the end that is written to.
    server.full = None;
    log.extend(server.read_log(None));
    assert_eq!(server.code(), Some(0));
    let log: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines_with(&log, "answered").count() as u64;
    let dropped = lines_with(&log, "dropped log lines").map(|line| line["dropped"].as_u64());
    let dropped: u64 = dropped.map(Option::unwrap).sum();
    // The request for metrics has a line, too.
    assert_eq!(answered + dropped, MANY as u64 + 1);
    assert!(dropped >= counted, "{dropped} and {counted}");
    assert_eq!(lines_with(&log, "stopping").count(), 1);
}

#[test]
fn a_stop_keeps_to_its_time() {
    let mut server = Unread::start(&["--stop-seconds", "1"]);
    server.fill();
    let request = format!("{REQUEST}1\r\nconnection: close\r\n\r\n");
    let answer = server.exchange(request);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let mut half = server.connect();
    half.write_all(REQUEST.as_bytes()).unwrap();
    server.signal("TERM");
    assert_eq!(server.code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let mut server = Unread::start(&["--stop-seconds", "3600"]);
    server.fill();
    let mut half = server.connect();
    half.write_all(REQUEST.as_bytes()).unwrap();
    server.signal("TERM");
    // The log does not show that it stops, but that nobody is let in any more does.
    while TcpStream::connect(server.address).is_ok() {
        thread::yield_now();
    }
    server.signal("TERM");
    assert_eq!(server.code(), Some(1));
}
