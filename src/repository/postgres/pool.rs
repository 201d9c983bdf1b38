//! The connections that read.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::PgRow;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{rows, rows_unprepared, run, within};
use super::connector::{Connector, Kept};
use super::failure::{BoxError, Obstacle, is_lost};
use super::pooled;
use super::settings::PostgresSettings;
use crate::repository::activity::ReaderUse;
use crate::repository::sql::Sql;

/// Begins a transaction that sees one state of the library: that of its first statement.
const SNAPSHOT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT FROM videos LIMIT 1;
    SAVEPOINT begun";

/// Undoes the failure of a statement of a snapshot, which would be the end of all that follow.
const GO_ON: &str = "ROLLBACK TO SAVEPOINT begun";

/// How much longer than the database itself would let a statement run its answer is waited for.
const GRACE: Duration = Duration::from_secs(1);

/// How long the end of a snapshot may take, and that of all running reads when the pool is closed.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Connections for reads, and the right to use one of them: first come, first served.
pub(super) struct Pool {
    connector: Connector,
    /// Whether a pooler is between, behind which each transaction has another connection.
    is_pooled: bool,
    idle_limit: Duration,
    all: Turns,
    /// Snapshots need a right of their own first, so that they leave connections to other reads.
    snapshots: Turns,
    idle: Mutex<Vec<Kept>>,
    statements: AtomicU64,
    is_closing: AtomicBool,
}

impl Pool {
    /// As many connections as the settings allow, which begin when they are needed.
    pub(super) fn new(connector: Connector, settings: &PostgresSettings, is_pooled: bool) -> Self {
        let size = settings.connections.max(1) as usize;
        Self {
            connector,
            is_pooled,
            idle_limit: settings.idle_limit,
            all: Turns::new(size),
            snapshots: Turns::new((size * 3 / 4).max(1)),
            idle: Mutex::default(),
            statements: AtomicU64::new(0),
            is_closing: AtomicBool::new(false),
        }
    }

    /// Waits for a connection.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Loan, BoxError> {
        let turns = vec![self.all.take().await?];
        self.loan(turns)
    }

    /// Waits for a connection for a snapshot.
    pub(super) async fn lend_for_snapshot(self: &Arc<Self>) -> Result<Loan, BoxError> {
        let turns = vec![self.snapshots.take().await?, self.all.take().await?];
        self.loan(turns)
    }

    fn loan(self: &Arc<Self>, turns: Vec<OwnedSemaphorePermit>) -> Result<Loan, BoxError> {
        if self.is_closing.load(Ordering::Relaxed) {
            return Err(Obstacle::Closed.into());
        }
        Ok(Loan { pool: Arc::clone(self), turns, kept: None, state: LoanState::Clean })
    }

    /// The number of statements executed so far.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How busy the connections are.
    pub(super) fn in_use(&self) -> ReaderUse {
        self.all.in_use()
    }

    /// How many of them snapshots use.
    pub(super) fn snapshots_in_use(&self) -> ReaderUse {
        self.snapshots.in_use()
    }

    /// Waits for the running reads, but not too long, and closes the connections. Later reads fail.
    pub(super) async fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.all.close(END_WITHIN).await;
        let idle = std::mem::take(&mut *self.idle());
        for kept in idle {
            // The server ends it otherwise.
            let _ = tokio::time::timeout(END_WITHIN, kept.connection.close()).await;
        }
    }

    async fn take_idle(&self) -> Option<Kept> {
        loop {
            let kept = self.idle().pop()?;
            if let Some(kept) = kept.wake().await {
                return Some(kept);
            }
        }
    }

    fn give_back(&self, kept: Kept) {
        if !self.is_closing.load(Ordering::Relaxed)
            && let Some(kept) = kept.keep()
        {
            self.idle().push(kept);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rights to use one of so many things.
struct Turns {
    size: usize,
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Turns {
    fn new(size: usize) -> Self {
        Self { size, free: Arc::new(Semaphore::new(size)), waiting: AtomicUsize::new(0) }
    }

    async fn take(&self) -> Result<OwnedSemaphorePermit, BoxError> {
        struct Waiting<'w>(&'w AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        let turn = Arc::clone(&self.free).acquire_owned().await;
        turn.map_err(|_| Obstacle::Closed.into())
    }

    fn in_use(&self) -> ReaderUse {
        let busy = self.size.saturating_sub(self.free.available_permits());
        ReaderUse { size: self.size, busy, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    async fn close(&self, limit: Duration) {
        let all = u32::try_from(self.size).unwrap_or(u32::MAX);
        // Whoever takes longer fails where it needs a connection again.
        let _ = tokio::time::timeout(limit, self.free.acquire_many(all)).await;
        self.free.close();
    }
}

/// The use of a connection, which goes back when this is dropped. If that is while the database is being
/// asked, the connection is closed instead, by which the database notices that nobody waits.
pub(super) struct Loan {
    pool: Arc<Pool>,
    turns: Vec<OwnedSemaphorePermit>,
    /// None until there is something to ask.
    kept: Option<Kept>,
    state: LoanState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LoanState {
    /// The next question may be anybody's.
    Clean,
    /// A transaction is open, and no question.
    InSnapshot,
    /// A question is open, or the connection is lost.
    Asking,
}

/// What is asked.
#[derive(Clone, Copy)]
enum Question<'q> {
    Rows(&'q Sql),
    Snapshot,
}

impl Loan {
    /// The rows of a statement, which may take this long.
    pub(super) async fn rows(
        &mut self,
        sql: &Sql,
        limit: Duration,
    ) -> Result<Vec<PgRow>, BoxError> {
        self.pool.statements.fetch_add(1, Ordering::Relaxed);
        self.ask(Question::Rows(sql), limit).await
    }

    /// Begins a snapshot, which lasts as long as the loan.
    pub(super) async fn begin_snapshot(&mut self, limit: Duration) -> Result<(), BoxError> {
        self.ask(Question::Snapshot, limit).await?;
        self.state = LoanState::InSnapshot;
        Ok(())
    }

    /// The answer. A connection that was kept and turns out to be dead is replaced: a read can be repeated.
    async fn ask(
        &mut self,
        question: Question<'_>,
        limit: Duration,
    ) -> Result<Vec<PgRow>, BoxError> {
        if self.kept.is_none() && self.state == LoanState::Clean {
            self.kept = self.pool.take_idle().await;
            if self.kept.is_some() {
                match self.ask_here(question, limit).await {
                    Err(error) if is_lost(&error) && !error.is::<Obstacle>() => {
                        // Those that were kept beside it are hardly better.
                        self.pool.idle().clear();
                    }
                    answer => return answer,
                }
            }
            self.kept = Some(Kept::fresh(self.pool.connector.connect().await?));
            self.state = LoanState::Clean;
        }
        self.ask_here(question, limit).await
    }

    async fn ask_here(
        &mut self,
        question: Question<'_>,
        limit: Duration,
    ) -> Result<Vec<PgRow>, BoxError> {
        let before = self.state;
        self.state = LoanState::Asking;
        let kept = self.kept.as_mut().filter(|_| before != LoanState::Asking);
        let lost = || Obstacle::Unreachable("the connection of the snapshot was lost".to_owned());
        let connection = &mut kept.ok_or_else(lost)?.connection;
        let Pool { is_pooled, idle_limit, .. } = *self.pool;
        let answer = within(limit + GRACE, async {
            match question {
                Question::Rows(sql) if is_pooled && before == LoanState::InSnapshot => {
                    rows_unprepared(connection, sql).await
                }
                Question::Rows(sql) if is_pooled => pooled::rows(connection, sql, limit).await,
                Question::Snapshot if is_pooled => {
                    pooled::begin_snapshot(connection, limit, idle_limit).await.map(|()| Vec::new())
                }
                Question::Rows(sql) => rows(connection, sql).await,
                Question::Snapshot => run(connection, SNAPSHOT).await.map(|()| Vec::new()),
            }
        });
        let answer = answer.await;
        match &answer {
            Err(error) if is_lost(error) => self.kept = None,
            Err(_) if before == LoanState::InSnapshot => {
                match within(GRACE, run(connection, GO_ON)).await {
                    Ok(()) => self.state = before,
                    Err(_) => self.kept = None,
                }
            }
            // It is still in its transaction, and the pooler ends that with the connection.
            Err(_) if is_pooled => self.kept = None,
            _ => self.state = before,
        }
        answer
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(mut kept) = self.kept.take() else { return };
        match self.state {
            LoanState::Clean => self.pool.give_back(kept),
            LoanState::Asking => {}
            LoanState::InSnapshot => {
                let Ok(runtime) = Handle::try_current() else { return };
                let (pool, turns) = (Arc::clone(&self.pool), std::mem::take(&mut self.turns));
                runtime.spawn(async move {
                    let ended = within(END_WITHIN, run(&mut kept.connection, "ROLLBACK")).await;
                    if ended.is_ok() {
                        pool.give_back(kept);
                    }
                    drop(turns);
                });
            }
        }
    }
}
