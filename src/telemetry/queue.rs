//! The queue between the threads that log and the thread that writes.
//!
//! Nobody waits for the log. If standard error accepts nothing, because it is a pipe that nobody
//! reads or the disk is full, the queue fills up; further lines are dropped and counted.
//!
//! `tracing-appender` has such a queue, too. It is bounded in lines instead of bytes, does not
//! count lines that cannot be written, and prints when it cannot be flushed, which blocks
//! indefinitely if the same pipe is full.

use std::io::{self, ErrorKind, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// The maximum size of the queue, in bytes.
const ROOM: usize = 1024 * 1024;

/// The part that is for all lines. The rest is for warnings and errors: they matter most when
/// requests fill the queue.
const ROOM_FOR_ALL: usize = ROOM / 4 * 3;

/// The maximum size of a write, in bytes: a pipe accepts this atomically, without mixing it with
/// the output of other processes.
const AT_ONCE: usize = 4096;

/// The size to which the buffer shrinks after a burst, in bytes.
const KEPT_BUFFER: usize = 64 * 1024;

/// The pause before retrying a write that would block.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The lines that wait to be written. Cloning it copies nothing.
#[derive(Clone)]
pub(super) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    has_lines: Condvar,
    is_idle: Condvar,
    dropped: Arc<AtomicU64>,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// Whether the thread sleeps until there is a line.
    is_idle: bool,
}

impl Queue {
    /// A queue, and the thread that writes its contents to `sink`. After lines were dropped, and
    /// one could be written again, `report` is called with their number.
    pub fn to(
        sink: impl Write + Send + 'static,
        report: impl Fn(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            has_lines: Condvar::new(),
            is_idle: Condvar::new(),
            dropped: Arc::default(),
        });
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new().name("log".to_owned());
        thread.spawn(move || writing.write_to(sink, report))?;
        Ok(Self(shared))
    }

    /// Queues a line with the priority of an error. If there is no space, it is dropped.
    pub fn push(&self, line: &str) {
        self.0.push(line.as_bytes(), ROOM);
    }

    /// Waits until every line is written, but no longer than this.
    pub fn flush(&self, limit: Duration) {
        let state = self.0.state();
        let waiting = self.0.is_idle.wait_timeout_while(state, limit, |state| !state.is_idle);
        drop(waiting);
    }

    /// The number of lines dropped so far.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.dropped)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8], room: usize) {
        let mut state = self.state();
        if state.waiting.len() + line.len() > room {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.waiting.extend_from_slice(line);
        // To wake a thread that is awake would cost a system call for each line.
        if mem::take(&mut state.is_idle) {
            self.has_lines.notify_one();
        }
    }

    /// Waits for lines and exchanges them for an empty buffer.
    fn take(&self, empty: Vec<u8>) -> Vec<u8> {
        let mut state = self.state();
        if state.waiting.is_empty() {
            state.is_idle = true;
            self.is_idle.notify_all();
        }
        let has_none = |state: &mut State| state.waiting.is_empty();
        let state = self.has_lines.wait_while(state, has_none);
        mem::replace(&mut state.unwrap_or_else(PoisonError::into_inner).waiting, empty)
    }

    fn write_to(&self, mut sink: impl Write, report: impl Fn(u64)) {
        let mut lines = Vec::new();
        let mut reported = 0;
        loop {
            lines.clear();
            lines.shrink_to(KEPT_BUFFER);
            lines = self.take(lines);
            let lost = write_lines(&mut sink, &lines);
            let dropped = self.dropped.fetch_add(lost, Ordering::Relaxed) + lost;
            // The report is a line itself: after one that was lost, it would be lost as well, and
            // have itself reported.
            if lost == 0 && dropped > reported {
                report(dropped - reported);
                reported = dropped;
            }
        }
    }
}

/// Writes these lines, and returns how many could not be written.
fn write_lines(sink: &mut impl Write, lines: &[u8]) -> u64 {
    let mut rest = lines;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(length_of_first_lines(rest));
        if write_all(sink, now).is_err() {
            return rest.split_inclusive(|byte| *byte == b'\n').count() as u64;
        }
        rest = later;
    }
    0
}

/// The length of as many whole lines as fit into one write; at least one.
fn length_of_first_lines(lines: &[u8]) -> usize {
    let is_end = |byte: &u8| *byte == b'\n';
    let within = lines[..lines.len().min(AT_ONCE)].iter().rposition(is_end);
    let end = within.or_else(|| lines.iter().position(is_end));
    end.map_or(lines.len(), |end| end + 1)
}

/// Writes all of this, even if another process has made standard error non-blocking.
fn write_all(sink: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match sink.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(BETWEEN_TRIES),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A writer for one line, which is queued immediately.
pub(super) struct LineWriter<'a> {
    queue: &'a Shared,
    room: usize,
}

impl Write for LineWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue.push(line, self.room);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        LineWriter { queue: &self.0, room: ROOM_FOR_ALL }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> LineWriter<'a> {
        let matters = *metadata.level() <= Level::WARN;
        LineWriter { queue: &self.0, room: if matters { ROOM } else { ROOM_FOR_ALL } }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Longer than anything that a test waits for.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A pipe: its reader decides when and whether something is written.
    struct Pipe {
        written: mpsc::Sender<String>,
        outcomes: mpsc::Receiver<io::Result<()>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // A test that is over reads nothing more.
            let _ = self.written.send(String::from_utf8(bytes.to_vec()).unwrap());
            self.outcomes.recv().unwrap_or(Ok(()))?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Fixture {
        queue: Queue,
        written: mpsc::Receiver<String>,
        outcomes: mpsc::Sender<io::Result<()>>,
        reports: mpsc::Receiver<u64>,
    }

    fn fixture() -> Fixture {
        let (send, written) = mpsc::channel();
        let (outcomes, receive) = mpsc::channel();
        let (report, reports) = mpsc::channel();
        let pipe = Pipe { written: send, outcomes: receive };
        let queue = Queue::to(pipe, move |dropped| report.send(dropped).unwrap()).unwrap();
        Fixture { queue, written, outcomes, reports }
    }

    impl Fixture {
        fn written(&self) -> String {
            self.written.recv_timeout(PATIENCE).unwrap()
        }

        fn let_through(&self, outcome: io::Result<()>) {
            self.outcomes.send(outcome).unwrap();
        }

        fn dropped(&self) -> u64 {
            self.queue.dropped().load(Ordering::Relaxed)
        }
    }

    #[test]
    fn lines_that_find_no_room_are_dropped_and_reported_once_the_rest_is_written() {
        let fixture = fixture();
        fixture.queue.push("first\n");
        assert_eq!(fixture.written(), "first\n");
        // From here on nothing is taken, and nobody waits for it.
        let line = "x".repeat(AT_ONCE - 1) + "\n";
        let mut info = fixture.queue.make_writer();
        for _ in 0..ROOM_FOR_ALL / AT_ONCE + 3 {
            info.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(fixture.dropped(), 3);
        fixture.queue.push("an error still finds room\n");
        fixture.let_through(Ok(()));
        assert_eq!(fixture.reports.recv_timeout(PATIENCE).unwrap(), 3);
        for _ in 0..ROOM_FOR_ALL / AT_ONCE {
            assert_eq!(fixture.written(), line);
            fixture.let_through(Ok(()));
        }
        assert_eq!(fixture.written(), "an error still finds room\n");
    }

    #[test]
    fn lines_that_cannot_be_written_are_reported_after_one_that_can() {
        let fixture = fixture();
        fixture.queue.push("lost\nlost\n");
        assert_eq!(fixture.written(), "lost\nlost\n");
        fixture.let_through(Err(ErrorKind::StorageFull.into()));
        fixture.queue.flush(PATIENCE);
        assert_eq!((fixture.dropped(), fixture.reports.try_recv().ok()), (2, None));
        fixture.queue.push("written\n");
        assert_eq!(fixture.written(), "written\n");
        fixture.let_through(Ok(()));
        assert_eq!(fixture.reports.recv_timeout(PATIENCE).unwrap(), 2);
    }

    #[test]
    fn what_does_not_block_is_tried_again() {
        let fixture = fixture();
        fixture.queue.push("line\n");
        for outcome in [Err(ErrorKind::WouldBlock.into()), Err(ErrorKind::Interrupted.into())] {
            assert_eq!(fixture.written(), "line\n");
            fixture.let_through(outcome);
        }
        assert_eq!(fixture.written(), "line\n");
        fixture.let_through(Ok(()));
        fixture.queue.flush(PATIENCE);
        assert_eq!(fixture.dropped(), 0);
    }

    #[test]
    fn a_flush_waits_for_the_last_line_and_not_for_ever() {
        let fixture = fixture();
        fixture.queue.push("line\n");
        fixture.queue.flush(Duration::from_millis(1));
        fixture.let_through(Ok(()));
        fixture.queue.flush(PATIENCE);
        assert_eq!(fixture.written.try_recv().as_deref(), Ok("line\n"));
    }

    #[test]
    fn as_many_whole_lines_as_a_pipe_takes_are_written_at_once() {
        let lines = [&*"a".repeat(3000), &"b".repeat(1000), &"c".repeat(5000), "d"].join("\n");
        let mut rest = lines.as_bytes();
        let mut lengths = Vec::new();
        while !rest.is_empty() {
            let length = length_of_first_lines(rest);
            lengths.push(length);
            rest = &rest[length..];
        }
        assert_eq!(lengths, [3001 + 1001, 5001, 1]);
    }
}
