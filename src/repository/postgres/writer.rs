//! The single writer of a server: it collects waiting writes into one transaction, and completes each of
//! them after the commit. Writers of several servers take turns.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{mpsc, oneshot, watch};

use super::connection::run;
use super::failure::{BoxError, failed, is_lost, is_worth_another_try};
use super::transaction::{self, BatchId, BatchOutcome, Prepared};
use crate::domain::VideoId;
use crate::repository::activity::GroupCounter;
use crate::repository::{ChangeContext, RepositoryError, Write};

/// The maximum number of waiting writes. Further ones wait for space in the queue.
const QUEUE: usize = 1024;

/// The maximum number of writes, and of videos in them, per transaction.
const MAX_WRITES: usize = 512;
const MAX_VIDEOS: usize = 1000;

/// How often a batch is tried, if it is certain that nothing was committed.
const TRIES: u32 = 4;

/// How long to wait before the second try; each further wait is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// How often the outcome of a commit that was not answered is looked up.
const LOOK_UPS: u32 = 12;

/// What is attempted.
const WRITE: &str = "write to the library";

/// The handle of the writer. When all are dropped, it completes accepted writes and ends.
#[derive(Clone)]
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    newest: watch::Receiver<i64>,
}

enum Command {
    Write(Box<Request>),
    Close { done: oneshot::Sender<()> },
}

struct Request {
    write: Write,
    by: ChangeContext,
    answer: oneshot::Sender<BatchOutcome>,
}

impl Writer {
    /// Starts the writer of a server with this random ID.
    pub(super) fn start(options: PgConnectOptions, id: VideoId) -> Self {
        let (sender, commands) = mpsc::channel(QUEUE);
        let (tell, newest) = watch::channel(0);
        let writing = Writing {
            commands,
            options,
            connection: None,
            batch: BatchId { writer: id, number: 0 },
            commits: Arc::default(),
            newest: tell,
        };
        tokio::spawn(writing.run());
        Self { commands: sender, newest }
    }

    /// Executes a write, even if the caller does not wait for the result.
    pub(super) async fn write(&self, write: Write, by: ChangeContext) -> BatchOutcome {
        let (answer, answered) = oneshot::channel();
        let request = Box::new(Request { write, by, answer });
        let closed = || RepositoryError::unavailable(WRITE)("the library is closed");
        self.commands.send(Command::Write(request)).await.map_err(|_| closed())?;
        let ended = |_| RepositoryError::store(WRITE)("the writer ended before it answered");
        answered.await.map_err(ended)?
    }

    /// The highest sequence that was written so far.
    pub(super) fn newest(&self) -> watch::Receiver<i64> {
        self.newest.clone()
    }

    /// Waits for the accepted writes. Later ones fail.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close { done }).await.is_ok() {
            // It has ended, whether it says so or not.
            let _ = closed.await;
        }
    }
}

/// The writer at work.
struct Writing {
    commands: mpsc::Receiver<Command>,
    options: PgConnectOptions,
    /// None after a failure: the next batch starts with a new one.
    connection: Option<PgConnection>,
    batch: BatchId,
    commits: Arc<GroupCounter>,
    newest: watch::Sender<i64>,
}

/// Why a batch was not committed.
enum Failure {
    /// It may be tried again.
    Passing(BoxError),
    /// The contents of the writes may be the cause, or the store.
    Lasting(BoxError),
}

impl Failure {
    fn before_commit(error: BoxError) -> Self {
        if is_worth_another_try(&error) { Self::Passing(error) } else { Self::Lasting(error) }
    }
}

impl Writing {
    async fn run(mut self) {
        let mut closing = Vec::new();
        while let Some(command) = self.commands.recv().await {
            match command {
                Command::Write(first) => self.write(*first, &mut closing).await,
                Command::Close { done } => self.note_end(done, &mut closing),
            }
        }
        if let Some(connection) = self.connection.take() {
            // The server ends it otherwise.
            let _ = connection.close().await;
        }
        for done in closing {
            // Whoever does not wait any more need not know.
            let _ = done.send(());
        }
    }

    /// Accepts no more commands. Those accepted before are still executed.
    fn note_end(&mut self, done: oneshot::Sender<()>, closing: &mut Vec<oneshot::Sender<()>>) {
        self.commands.close();
        closing.push(done);
    }

    /// Carries out a write, and those that wait by the time that it can be written: together or, if one
    /// of them prevents that, separately.
    async fn write(&mut self, first: Request, closing: &mut Vec<oneshot::Sender<()>>) {
        let begun = self.begin().await;
        let requests = self.gather(first, closing);
        match self.carry_out(begun, &requests).await {
            Ok(answers) => answer_each(requests, answers),
            Err(Failure::Lasting(_)) if requests.len() > 1 => {
                for request in requests {
                    let begun = self.begin().await;
                    let alone = [request];
                    let outcome = self.carry_out(begun, &alone).await;
                    answer(alone.into(), outcome);
                }
            }
            Err(failure) => answer(requests, Err(failure)),
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

    /// Commits writes in a transaction that has begun and, while nothing was committed and that may
    /// pass, in further ones.
    async fn carry_out(
        &mut self,
        mut begun: Result<PgConnection, Failure>,
        requests: &[Request],
    ) -> Result<Vec<BatchOutcome>, Failure> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.commit_or_undo(begun, requests).await {
                Err(Failure::Passing(error)) => {
                    tracing::debug!(%error, "trying a batch again");
                }
                outcome => return outcome,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            begun = self.begin().await;
        }
        self.commit_or_undo(begun, requests).await
    }

    /// A connection in a transaction that excludes other writers.
    async fn begin(&mut self) -> Result<PgConnection, Failure> {
        let begun = async {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => PgConnection::connect_with(&self.options).await?,
            };
            transaction::begin(&mut connection).await?;
            Ok(connection)
        };
        begun.await.map_err(Failure::before_commit)
    }

    async fn commit_or_undo(
        &mut self,
        begun: Result<PgConnection, Failure>,
        requests: &[Request],
    ) -> Result<Vec<BatchOutcome>, Failure> {
        let mut connection = begun?;
        let id = BatchId { number: self.batch.number + 1, ..self.batch };
        let writes = requests.iter().map(|request| (&request.write, &request.by));
        // After an error the connection is dropped, and the server rolls back.
        let prepared = transaction::prepare(&mut connection, writes, id).await;
        let Prepared { answers, end } = prepared.map_err(Failure::before_commit)?;
        let Some(end) = end else {
            let ended = run(&mut connection, "ROLLBACK").await;
            self.connection = ended.is_ok().then_some(connection);
            return Ok(answers);
        };
        self.batch = id;
        match run(&mut connection, "COMMIT").await {
            Ok(()) => self.connection = Some(connection),
            Err(error) => {
                drop(connection);
                self.look_up(error).await?;
            }
        }
        self.commits.count(requests.len() as u64);
        self.newest.send_replace(end);
        Ok(answers)
    }

    /// Finds out whether the last batch was committed, although its commit failed.
    async fn look_up(&mut self, error: BoxError) -> Result<(), Failure> {
        if !error.downcast_ref::<sqlx::Error>().is_some_and(is_lost) {
            // The database said that it was not.
            return Err(Failure::before_commit(error));
        }
        let mut pause = FIRST_PAUSE;
        for _ in 0..LOOK_UPS {
            match self.is_committed().await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Failure::Passing(error)),
                Err(error) => tracing::warn!(%error, "the outcome of a commit is not known yet"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        let unknown = "the database went away during a commit: whether the change was made can be \
                       seen when it is back";
        Err(Failure::Lasting(unknown.into()))
    }

    async fn is_committed(&mut self) -> Result<bool, BoxError> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        let is_committed = transaction::is_committed(&mut connection, self.batch).await?;
        self.connection = Some(connection);
        Ok(is_committed)
    }
}

fn answer(requests: Vec<Request>, outcome: Result<Vec<BatchOutcome>, Failure>) {
    let answers = outcome.unwrap_or_else(|failure| {
        let (Failure::Passing(error) | Failure::Lasting(error)) = failure;
        vec![Err(failed(WRITE)(error)); requests.len()]
    });
    answer_each(requests, answers);
}

fn answer_each(requests: Vec<Request>, answers: Vec<BatchOutcome>) {
    for (request, answer) in requests.into_iter().zip(answers) {
        // A caller that has gone does not change what was committed.
        let _ = request.answer.send(answer);
    }
}
