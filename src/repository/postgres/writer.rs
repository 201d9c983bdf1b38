//! The single writer of a server: it collects waiting writes into one transaction, and completes each of
//! them after the commit. Writers of several servers take turns.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use super::committing::Committing;
use super::connector::Connector;
use super::requests::{Request, WRITE};
use super::settings::PostgresSettings;
use super::transaction::BatchOutcome;
use crate::domain::VideoId;
use crate::repository::activity::{GroupCounter, GroupSizes};
use crate::repository::{ChangeContext, RepositoryError, Write};

/// The maximum number of waiting writes. Further ones wait for space in the queue.
const QUEUE: usize = 1024;

/// The maximum number of writes, and of videos in them, per transaction.
const MAX_WRITES: usize = 512;
const MAX_VIDEOS: usize = 1000;

/// The handle of the writer. When all are dropped, it completes accepted writes and ends.
#[derive(Clone)]
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    commits: Arc<GroupCounter>,
}

enum Command {
    Write(Box<Request>),
    Close { done: oneshot::Sender<()> },
}

impl Writer {
    /// Starts the writer of a server with this random ID, which notes the highest sequence that it has
    /// written.
    pub(super) fn start(
        connector: Connector,
        id: VideoId,
        settings: &PostgresSettings,
        newest: watch::Sender<i64>,
    ) -> Self {
        let (sender, commands) = mpsc::channel(QUEUE);
        let commits = Arc::<GroupCounter>::default();
        let committing = Committing::new(connector, id, settings, newest, Arc::clone(&commits));
        tokio::spawn(Writing { commands, committing, closing: Vec::new() }.run());
        Self { commands: sender, commits }
    }

    /// Writes nothing: every write fails.
    pub(super) fn none() -> Self {
        Self { commands: mpsc::channel(1).0, commits: Arc::default() }
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

    /// The number of transactions committed so far, with their numbers of writes.
    pub(super) fn group_sizes(&self) -> GroupSizes {
        self.commits.sizes()
    }

    /// The number of writes waiting for the next transaction.
    pub(super) fn waiting(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
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
    committing: Committing,
    closing: Vec<oneshot::Sender<()>>,
}

impl Writing {
    async fn run(mut self) {
        loop {
            let command = match self.committing.next_look() {
                None => self.commands.recv().await,
                Some(at) => match timeout_at(at, self.commands.recv()).await {
                    Ok(command) => command,
                    Err(_) => {
                        self.attempt(None).await;
                        continue;
                    }
                },
            };
            match command {
                Some(Command::Write(first)) => self.attempt(Some(*first)).await,
                Some(Command::Close { done }) => self.note_end(done),
                None => break,
            }
        }
        self.committing.finish().await;
        for done in self.closing {
            // Whoever does not wait any more need not know.
            let _ = done.send(());
        }
    }

    /// Carries out writes. If that panics, their callers get an error, and the writer goes on with a new
    /// connection.
    async fn attempt(&mut self, first: Option<Request>) {
        if AssertUnwindSafe(self.write(first)).catch_unwind().await.is_err() {
            tracing::error!("the writer panicked; it goes on with the next write");
        }
    }

    /// Accepts no more commands. Those accepted before are still executed.
    fn note_end(&mut self, done: oneshot::Sender<()>) {
        self.commands.close();
        self.closing.push(done);
    }

    /// Carries out a write, and those that wait by the time that it can be written.
    async fn write(&mut self, first: Option<Request>) {
        let deadline = match first {
            Some(_) => self.committing.deadline(),
            None => Instant::now(),
        };
        let begun = self.committing.begin(deadline).await;
        let requests = self.gather(first);
        self.committing.carry_out(begun, requests).await;
    }

    /// The writes that wait, from the first on.
    fn gather(&mut self, first: Option<Request>) -> Vec<Request> {
        let mut requests = self.committing.take_undone();
        requests.extend(first);
        let mut videos: usize = requests.iter().map(Request::videos).sum();
        while requests.len() < MAX_WRITES && videos < MAX_VIDEOS {
            match self.commands.try_recv() {
                Ok(Command::Write(request)) => {
                    videos += request.videos();
                    requests.push(*request);
                }
                Ok(Command::Close { done }) => self.note_end(done),
                Err(_) => break,
            }
        }
        requests
    }
}
