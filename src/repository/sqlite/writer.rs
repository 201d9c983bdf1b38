//! The one writer: it gathers the writes that wait into one transaction, and answers each of them
//! after the commit.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot, watch};

use super::batch;
use super::open::Opened;
use super::rows::BoxError;
use crate::repository::activity::{GroupCounter, GroupSizes};
use crate::repository::{Attribution, RepositoryError, Write, Written};

/// How many writes wait at most. Whoever comes then waits for a place.
const QUEUE: usize = 1024;

/// How many writes, and how many videos in them, go into one transaction: enough to share the cost
/// of a commit, few enough that none of them waits long for the others.
const MAX_WRITES: usize = 512;
const MAX_VIDEOS: usize = 1000;

/// How often the writer lets other tasks run before it gathers: measured, more bring nothing.
const TURNS_FOR_OTHERS: usize = 2;

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
    /// Starts the writer on its connection.
    pub(super) fn start(opened: Opened) -> Self {
        let (sender, commands) = mpsc::channel(QUEUE);
        let commits = Arc::new(GroupCounter::default());
        let (tell, newest) = watch::channel(0);
        let writing = Writing {
            commands,
            connection: Some(opened.connection),
            options: opened.options,
            commits: Arc::clone(&commits),
            newest: tell,
        };
        tokio::spawn(writing.run());
        Self { commands: sender, commits, newest }
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

/// Why no write of a batch was carried out.
enum BatchError {
    /// There was no transaction, so that the writes themselves are not to blame.
    NotBegun(RepositoryError),
    /// A write may be to blame.
    Failed(RepositoryError),
}

/// The writer at work.
struct Writing {
    commands: mpsc::Receiver<Command>,
    /// None after a failure: whatever state it was in, the next batch begins with a fresh one.
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    commits: Arc<GroupCounter>,
    newest: watch::Sender<i64>,
}

impl Writing {
    async fn run(mut self) {
        let mut closing = Vec::new();
        while let Some(command) = self.commands.recv().await {
            // Callers that were answered just now get to hand over what they write next. Without
            // that, every other commit would have only the write of the fastest of them.
            for _ in 0..TURNS_FOR_OTHERS {
                tokio::task::yield_now().await;
            }
            let requests = self.gather(command, &mut closing);
            if !requests.is_empty() {
                self.carry_out(requests).await;
            }
        }
        if let Some(connection) = self.connection.take() {
            finish(connection).await;
        }
        for done in closing {
            // Whoever does not wait any more need not be told.
            let _ = done.send(());
        }
    }

    /// The writes that wait, from the first on.
    fn gather(&mut self, first: Command, closing: &mut Vec<oneshot::Sender<()>>) -> Vec<Request> {
        let mut requests = Vec::new();
        let mut videos = 0;
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Write(request) => {
                    videos += request.write.touched_ids().len();
                    requests.push(*request);
                }
                Command::Close { done } => {
                    self.commands.close();
                    closing.push(done);
                }
            }
            let is_full = requests.len() >= MAX_WRITES || videos >= MAX_VIDEOS;
            next = if is_full { None } else { self.commands.try_recv().ok() };
        }
        requests
    }

    /// Carries out writes and answers them: together, or if that fails, each for itself, so that
    /// one that cannot be carried out does not take the others with it.
    async fn carry_out(&mut self, requests: Vec<Request>) {
        let attempt = AssertUnwindSafe(self.commit(&requests)).catch_unwind().await;
        let outcome =
            attempt.unwrap_or_else(|_| Err(BatchError::Failed(failure("the writer panicked"))));
        let answers = match outcome {
            Ok(answers) => answers,
            Err(BatchError::Failed(_)) if requests.len() > 1 => {
                for request in requests {
                    Box::pin(self.carry_out(vec![request])).await;
                }
                return;
            }
            Err(BatchError::Failed(error) | BatchError::NotBegun(error)) => {
                requests.iter().map(|_| Err(error.clone())).collect()
            }
        };
        for (request, answer) in requests.into_iter().zip(answers) {
            // A caller that has gone does not change what was committed.
            let _ = request.answer.send(answer);
        }
    }

    /// Carries out writes in one transaction. The answers are those after its commit.
    async fn commit(&mut self, requests: &[Request]) -> Result<Vec<Answer>, BatchError> {
        // On every way out but the last the connection is dropped, and SQLite rolls back.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(not_begun)?,
        };
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(not_begun)?;
        let writes = requests.iter().map(|request| &request.write);
        let mut stage = batch::load(&mut transaction, writes).await.map_err(failed)?;
        let apply = |request: &Request| stage.apply(request.write.clone(), &request.by);
        let answers = requests.iter().map(apply).collect();
        if let Some(last) = stage.changes().last() {
            let newest = last.entry.sequence;
            batch::flush(&mut transaction, stage.changes()).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
            self.commits.count(requests.len() as u64);
            self.newest.send_replace(newest);
        } else {
            transaction.rollback().await.map_err(failed)?;
        }
        self.connection = Some(connection);
        Ok(answers)
    }
}

fn not_begun(source: sqlx::Error) -> BatchError {
    BatchError::NotBegun(failure(source))
}

fn failed(source: impl Into<BoxError>) -> BatchError {
    BatchError::Failed(failure(source))
}

/// Moves all that is in the write-ahead log into the file itself.
async fn finish(mut connection: SqliteConnection) {
    // Nothing is lost where this fails: the log stays beside the file and is read at the next
    // start.
    if let Err(error) =
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await
    {
        tracing::warn!(%error, "could not move the write-ahead log into the library's file");
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "could not close the library's file");
    }
}
