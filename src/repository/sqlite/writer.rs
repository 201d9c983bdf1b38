//! The single writer: it collects waiting writes into one transaction, and completes each of them
//! after the commit.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::failure::{Closed, said_once};
use super::files::log_of;
use super::guard::{Guard, LibraryLost};
use super::open::{Opened, Writable, is_busy};
use super::rows::BoxError;
use super::schema_look::SchemaLook;
use super::transaction::{self, BatchFailure, BatchOutcome, Changed, Prepared, failure, run};
use crate::repository::activity::{GroupCounter, GroupSizes};
use crate::repository::{ChangeContext, RepositoryError, Write};

/// The maximum number of waiting writes. Further ones wait for space in the queue.
const QUEUE: usize = 1024;

/// The maximum number of writes, and of videos in them, per transaction: enough to share the cost
/// of a commit, and few enough that none of them waits long for the others.
const MAX_WRITES: usize = 512;
const MAX_VIDEOS: usize = 1000;

/// How often the writer yields before it collects writes; measured: more does not help.
const TURNS_FOR_OTHERS: usize = 4;

/// The interval at which the writer checks whether it should end, while another process writes.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long it waits for other processes to let it empty the write-ahead log at the end.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(1);

/// Whether everything was left in one file.
type End = Result<(), RepositoryError>;

/// The handle of the writer. When it is dropped, the writer completes accepted writes and ends.
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    is_closing: Arc<AtomicBool>,
    commits: Arc<GroupCounter>,
    newest: watch::Receiver<i64>,
}

enum Command {
    Write(Box<Request>),
    Close { done: oneshot::Sender<End> },
}

struct Request {
    write: Write,
    by: ChangeContext,
    answer: oneshot::Sender<BatchOutcome>,
}

impl Writer {
    /// Starts the writer on its connection, in its own thread. It writes while the guard permits
    /// it.
    pub(super) fn start(opened: Opened, guard: Arc<Guard>) -> io::Result<Self> {
        let (sender, commands) = mpsc::channel(QUEUE);
        let commits = Arc::new(GroupCounter::default());
        let is_closing = Arc::new(AtomicBool::new(false));
        let (tell, newest) = watch::channel(0);
        let writing = Writing {
            commands,
            is_closing: Arc::clone(&is_closing),
            connection: Some(opened.connection),
            library: opened.library,
            schema: SchemaLook::default(),
            guard,
            commits: Arc::clone(&commits),
            newest: tell,
        };
        thread::Builder::new().name("writer".to_owned()).spawn(|| writing.run())?;
        Ok(Self { commands: sender, is_closing, commits, newest })
    }

    /// Executes a write, even if the caller does not wait for the result.
    pub(super) async fn write(&self, write: Write, by: ChangeContext) -> BatchOutcome {
        let (answer, answered) = oneshot::channel();
        let request = Box::new(Request { write, by, answer });
        self.commands.send(Command::Write(request)).await.map_err(|_| failure(Closed))?;
        answered.await.map_err(|_| failure("the writer ended before it answered"))?
    }

    /// The number of transactions committed so far, with their numbers of writes.
    pub(super) fn group_sizes(&self) -> GroupSizes {
        self.commits.sizes()
    }

    /// The number of writes waiting for the next transaction.
    pub(super) fn waiting(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
    }

    /// The highest sequence that was written so far.
    pub(super) fn newest(&self) -> watch::Receiver<i64> {
        self.newest.clone()
    }

    /// Waits for the accepted writes, and leaves everything in one file. Later writes fail, and so
    /// do those that another process blocks.
    pub(super) async fn close(&self) -> End {
        self.is_closing.store(true, Ordering::Relaxed);
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close { done }).await.is_err() {
            // It was closed before.
            return Ok(());
        }
        closed.await.map_err(|_| failure("the writer ended before it was closed"))?
    }
}

/// The writer at work.
struct Writing {
    commands: mpsc::Receiver<Command>,
    is_closing: Arc<AtomicBool>,
    /// None after a failure: the next batch starts with a new one, whatever state it was in.
    connection: Option<Connection>,
    library: Writable,
    schema: SchemaLook,
    guard: Arc<Guard>,
    commits: Arc<GroupCounter>,
    newest: watch::Sender<i64>,
}

impl Writing {
    fn run(mut self) {
        let mut closing = Vec::new();
        while let Some(command) = self.commands.blocking_recv() {
            match command {
                Command::Write(first) => self.write(*first, &mut closing),
                Command::Close { done } => self.note_end(done, &mut closing),
            }
        }
        let end = self.finish();
        if let (Err(error), true) = (&end, closing.is_empty()) {
            tracing::error!(%error, "could not close the library cleanly");
        }
        for done in closing {
            // Whoever does not wait any more need not be told.
            let _ = done.send(end.clone());
        }
    }

    /// Moves everything in the write-ahead log into the file itself. Nothing is lost if that fails:
    /// the log stays next to the file and is read at the next start.
    fn finish(&mut self) -> End {
        if let Err(lost) = self.guard.look()
            && self.guard.loss() != Some(LibraryLost::Newer)
        {
            self.save_what_was_lost();
            return Err(failure(lost));
        }
        // It is gone once it is empty.
        self.guard.let_go_of_log();
        let log = log_of(&self.library.file.path);
        let checkpoint = |connection: Connection| -> Result<bool, BoxError> {
            connection.busy_timeout(PATIENCE_AT_THE_END)?;
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let is_busy = connection.query_row(sql, (), |row| row.get(0))?;
            connection.close().map_err(|(_, error)| error)?;
            Ok(is_busy)
        };
        match self.connection().and_then(checkpoint) {
            Ok(false) => Ok(()),
            Ok(true) => {
                let log = log.display();
                tracing::warn!(%log, "another process uses the library: this file belongs to it");
                Ok(())
            }
            Err(error) => Err(RepositoryError::store("leave the library in one file")(format!(
                "the newest changes are in {}, which is part of the library: keep both files \
                 together until reelgraph has opened and closed the library without this error: {}",
                log.display(),
                said_once(error)
            ))),
        }
    }

    /// Moves the contents of the write-ahead log into the file that was opened, wherever that is
    /// now, and touches no other one.
    fn save_what_was_lost(&mut self) {
        if let Some(connection) = self.connection.take() {
            let saved: rusqlite::Result<bool> =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0));
            tracing::debug!(?saved, "moved the write-ahead log into the file that was opened");
        }
    }

    /// Accepts no more commands. Those accepted before are still executed.
    fn note_end(&mut self, done: oneshot::Sender<End>, closing: &mut Vec<oneshot::Sender<End>>) {
        self.commands.close();
        closing.push(done);
    }

    /// Carries out a write, and those that wait by the time that it can be written.
    fn write(&mut self, first: Request, closing: &mut Vec<oneshot::Sender<End>>) {
        // Callers that were answered just now get to hand over what they write next. Without that,
        // every other commit would have only the write of the fastest of them.
        for _ in 0..TURNS_FOR_OTHERS {
            thread::yield_now();
        }
        let begun = self.begin();
        let requests = self.gather(first, closing);
        match begun {
            Ok(connection) => self.carry_out(connection, requests),
            Err(error) => answer_all(requests, &error),
        }
    }

    /// The writes that wait, from the first on.
    fn gather(&mut self, first: Request, closing: &mut Vec<oneshot::Sender<End>>) -> Vec<Request> {
        let mut videos = first.write.size();
        let mut requests = vec![first];
        while requests.len() < MAX_WRITES && videos < MAX_VIDEOS {
            match self.commands.try_recv() {
                Ok(Command::Write(request)) => {
                    videos += request.write.size();
                    requests.push(*request);
                }
                Ok(Command::Close { done }) => self.note_end(done, closing),
                Err(_) => break,
            }
        }
        requests
    }

    /// Executes writes and completes them: together or, if one of them prevents that, separately,
    /// so that it does not affect the others.
    fn carry_out(&mut self, connection: Connection, requests: Vec<Request>) {
        match self.commit_or_undo(connection, &requests) {
            Ok(answers) => answer_each(requests, answers),
            Err(BatchFailure::ByWrites(_)) if requests.len() > 1 => {
                for request in requests {
                    match self.begin() {
                        Ok(connection) => self.carry_out(connection, vec![request]),
                        Err(error) => answer_all(vec![request], &error),
                    }
                }
            }
            Err(undone) => answer_all(requests, &undone.into_error()),
        }
    }

    /// A connection in a transaction that excludes other writers.
    fn begin(&mut self) -> Result<Connection, RepositoryError> {
        // A new connection would be to whatever is there now.
        self.guard.look().map_err(failure)?;
        let connection = self.connection().map_err(failure)?;
        let begun = self.wait_for_lock(&connection);
        match begun.and_then(|()| self.schema.look(&connection, &self.guard)) {
            Ok(()) => Ok(connection),
            Err(error) => {
                // After any other error, the next batch begins with a fresh one.
                self.keep(is_busy(&error).then_some(connection));
                Err(failure(error))
            }
        }
    }

    /// Keeps a connection for the next batch, or lets go of it.
    fn keep(&mut self, connection: Option<Connection>) {
        if connection.is_none() {
            self.guard.let_go_of_log();
        }
        self.connection = connection;
    }

    fn connection(&mut self) -> Result<Connection, BoxError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let connection = self.library.connect()?;
                self.guard.look_at_connection()?;
                connection
            }
        };
        connection.busy_timeout(LOOK_EVERY)?;
        Ok(connection)
    }

    /// Begins a transaction, waiting for other processes, but not too long. It makes one more
    /// attempt after each reason to give up, because the lock may be free by then.
    fn wait_for_lock(&self, connection: &Connection) -> rusqlite::Result<()> {
        let deadline = Instant::now() + self.library.file.busy_timeout;
        let mut is_last = false;
        loop {
            match run(connection, "BEGIN IMMEDIATE") {
                Err(error) if is_busy(&error) && !is_last => {
                    is_last = self.is_closing.load(Ordering::Relaxed) || Instant::now() >= deadline;
                }
                outcome => return outcome,
            }
        }
    }

    /// Executes writes in the transaction of a connection, which is kept if all went well.
    fn commit_or_undo(
        &mut self,
        connection: Connection,
        requests: &[Request],
    ) -> Result<Vec<BatchOutcome>, BatchFailure> {
        if let Err(lost) = self.guard.look() {
            // The connection still has open what was lost.
            let kept = run(&connection, "ROLLBACK").is_ok().then_some(connection);
            self.keep(kept);
            return Err(BatchFailure::by_store(lost));
        }
        let writes = requests.iter().map(|request| (&request.write, &request.by));
        match transaction::prepare(&connection, writes) {
            Ok(Prepared { answers, changed: Some(changed) }) => {
                self.commit(connection, changed)?;
                self.commits.count(requests.len() as u64);
                if let Changed::Videos(end) = changed {
                    self.newest.send_replace(end.sequence);
                }
                self.guard.look_after_commit().map_err(BatchFailure::by_store)?;
                Ok(answers)
            }
            Ok(Prepared { answers, changed: None }) => {
                let ended = run(&connection, "ROLLBACK");
                self.keep(ended.is_ok().then_some(connection));
                Ok(answers)
            }
            Err(error) => {
                // The connection is dropped, and SQLite rolls back.
                self.keep(None);
                Err(BatchFailure::before_commit(error))
            }
        }
    }

    /// Commits the transaction of a connection. If that fails, the writes are not retried: they may
    /// have been committed nevertheless.
    fn commit(&mut self, connection: Connection, changed: Changed) -> Result<(), BatchFailure> {
        let Err(error) = run(&connection, "COMMIT") else {
            self.keep(Some(connection));
            return Ok(());
        };
        // SQLite rolls back what is not committed.
        drop(connection);
        self.keep(None);
        let Changed::Videos(end) = changed else {
            // Nothing shows whether files were changed. The next scan finds out.
            return Err(BatchFailure::ByStore(RepositoryError::OutcomeUnknown));
        };
        let fresh = self.connection();
        let is_committed = fresh
            .as_ref()
            .is_ok_and(|fresh| transaction::is_committed(fresh, end).unwrap_or(false));
        self.keep(fresh.ok());
        if !is_committed {
            return Err(BatchFailure::by_store(error));
        }
        let error = said_once(error);
        tracing::warn!(%error, "a change was committed, though SQLite reported that it was not");
        Ok(())
    }
}

fn answer_all(requests: Vec<Request>, error: &RepositoryError) {
    let answers = vec![Err(error.clone()); requests.len()];
    answer_each(requests, answers);
}

fn answer_each(requests: Vec<Request>, answers: Vec<BatchOutcome>) {
    for (request, answer) in requests.into_iter().zip(answers) {
        // A caller that has gone does not change what was committed.
        let _ = request.answer.send(answer);
    }
}
