//! The one writer: it gathers the writes that wait into one transaction, and answers each of them
//! after the commit.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::batch;
use super::open::{Opened, Writable};
use super::reader::Statement;
use super::rows::BoxError;
use crate::repository::activity::{GroupCounter, GroupSizes};
use crate::repository::{Attribution, RepositoryError, Write, Written};

/// How many writes wait at most. Whoever comes then waits for a place.
const QUEUE: usize = 1024;

/// How many writes, and how many videos in them, go into one transaction: enough to share the cost
/// of a commit, few enough that none of them waits long for the others.
const MAX_WRITES: usize = 512;
const MAX_VIDEOS: usize = 1000;

/// How often the writer lets other threads run before it gathers: measured, more bring nothing.
const TURNS_FOR_OTHERS: usize = 4;

type Answer = Result<Vec<Written>, RepositoryError>;

/// The way to the writer. When it is dropped, the writer finishes what was accepted and ends.
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    commits: Arc<GroupCounter>,
    newest: watch::Receiver<i64>,
}

enum Command {
    Write(Box<Request>),
    Close { done: oneshot::Sender<()> },
}

struct Request {
    write: Write,
    by: Attribution,
    answer: oneshot::Sender<Answer>,
}

impl Writer {
    /// Starts the writer on its connection, in a thread of its own.
    pub(super) fn start(opened: Opened) -> io::Result<Self> {
        let (sender, commands) = mpsc::channel(QUEUE);
        let commits = Arc::new(GroupCounter::default());
        let (tell, newest) = watch::channel(0);
        let writing = Writing {
            commands,
            connection: Some(opened.connection),
            library: opened.library,
            commits: Arc::clone(&commits),
            newest: tell,
        };
        thread::Builder::new().name("writer".to_owned()).spawn(|| writing.run())?;
        Ok(Self { commands: sender, commits, newest })
    }

    /// Carries out a write. It is carried out also if the caller does not wait for the answer.
    pub(super) async fn write(&self, write: Write, by: Attribution) -> Answer {
        let (answer, answered) = oneshot::channel();
        let request = Box::new(Request { write, by, answer });
        self.commands
            .send(Command::Write(request))
            .await
            .map_err(|_| failure("the store is closed"))?;
        answered.await.map_err(|_| failure("the writer ended before it answered"))?
    }

    /// How many transactions were committed so far, with how many writes.
    pub(super) fn group_sizes(&self) -> GroupSizes {
        self.commits.sizes()
    }

    /// How many writes wait for the next transaction.
    pub(super) fn waiting(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
    }

    /// The highest sequence that was written so far.
    pub(super) fn newest(&self) -> watch::Receiver<i64> {
        self.newest.clone()
    }

    /// Waits for the writes that were accepted, and leaves all in the one file. Writes that come
    /// later fail.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close { done }).await.is_ok() {
            // An error is the end of the writer as well.
            let _ = closed.await;
        }
    }
}

fn failure(source: impl Into<BoxError>) -> RepositoryError {
    RepositoryError::store("write to the library")(source)
}

/// The writer at work.
struct Writing {
    commands: mpsc::Receiver<Command>,
    /// None after a failure: whatever state it was in, the next batch begins with a fresh one.
    connection: Option<Connection>,
    library: Writable,
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
        if let Some(connection) = self.connection.take() {
            finish(connection);
        }
        for done in closing {
            // Whoever does not wait any more need not be told.
            let _ = done.send(());
        }
    }

    /// Accepts no more commands. Those that were accepted before are still to come.
    fn note_end(&mut self, done: oneshot::Sender<()>, closing: &mut Vec<oneshot::Sender<()>>) {
        self.commands.close();
        closing.push(done);
    }

    /// Carries out a write, and those that wait by the time that it can be written.
    fn write(&mut self, first: Request, closing: &mut Vec<oneshot::Sender<()>>) {
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
    fn gather(&mut self, first: Request, closing: &mut Vec<oneshot::Sender<()>>) -> Vec<Request> {
        let mut videos = first.write.touched_ids().len();
        let mut requests = vec![first];
        while requests.len() < MAX_WRITES && videos < MAX_VIDEOS {
            match self.commands.try_recv() {
                Ok(Command::Write(request)) => {
                    videos += request.write.touched_ids().len();
                    requests.push(*request);
                }
                Ok(Command::Close { done }) => self.note_end(done, closing),
                Err(_) => break,
            }
        }
        requests
    }

    /// Carries out writes and answers them: together, or if that fails, each for itself, so that
    /// one that cannot be carried out does not take the others with it.
    fn carry_out(&mut self, connection: Connection, requests: Vec<Request>) {
        match self.commit_or_undo(connection, &requests) {
            Ok(answers) => answer_each(requests, answers),
            Err(error) if requests.len() == 1 => answer_all(requests, &error),
            Err(_) => {
                for request in requests {
                    let outcome = self.begin().and_then(|connection| {
                        self.commit_or_undo(connection, std::slice::from_ref(&request))
                    });
                    match outcome {
                        Ok(answers) => answer_each(vec![request], answers),
                        Err(error) => answer_all(vec![request], &error),
                    }
                }
            }
        }
    }

    /// A connection in a transaction in which nobody else can write.
    fn begin(&mut self) -> Result<Connection, RepositoryError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.library.connect().map_err(failure)?,
        };
        run(&connection, "BEGIN IMMEDIATE").map_err(failure)?;
        Ok(connection)
    }

    /// Carries out writes in the transaction of a connection, which is kept if all went well.
    fn commit_or_undo(
        &mut self,
        connection: Connection,
        requests: &[Request],
    ) -> Result<Vec<Answer>, RepositoryError> {
        let attempt = AssertUnwindSafe(|| self.commit(&connection, requests));
        let outcome = catch_unwind(attempt).unwrap_or_else(|_| Err("the writer panicked".into()));
        // Where it failed, the connection is dropped, and SQLite rolls back.
        let answers = outcome.map_err(failure)?;
        self.connection = Some(connection);
        Ok(answers)
    }

    /// Carries out writes in one transaction. The answers are those after its commit.
    fn commit(
        &self,
        connection: &Connection,
        requests: &[Request],
    ) -> Result<Vec<Answer>, BoxError> {
        let writes = requests.iter().map(|request| &request.write);
        let mut stage = batch::load(connection, writes)?;
        let apply = |request: &Request| stage.apply(request.write.clone(), &request.by);
        let answers = requests.iter().map(apply).collect();
        let Some(last) = stage.changes().last() else {
            run(connection, "ROLLBACK")?;
            return Ok(answers);
        };
        let newest = last.entry.sequence;
        batch::flush(connection, stage.changes())?;
        run(connection, "COMMIT")?;
        self.commits.count(requests.len() as u64);
        self.newest.send_replace(newest);
        Ok(answers)
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), BoxError> {
    Statement::prepare(connection, sql)?.execute(())
}

fn answer_all(requests: Vec<Request>, error: &RepositoryError) {
    let answers = vec![Err(error.clone()); requests.len()];
    answer_each(requests, answers);
}

fn answer_each(requests: Vec<Request>, answers: Vec<Answer>) {
    for (request, answer) in requests.into_iter().zip(answers) {
        // A caller that has gone does not change what was committed.
        let _ = request.answer.send(answer);
    }
}

/// Moves all that is in the write-ahead log into the file itself.
fn finish(connection: Connection) {
    // Nothing is lost where this fails: the log stays beside the file and is read at the next
    // start.
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
    if let Err(error) = moved {
        tracing::warn!(%error, "could not move the write-ahead log into the library's file");
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "could not close the library's file");
    }
}
