//! The transactions of the writer: they are repeated where nothing was committed, and looked up where that
//! is not known.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::connection::{run, within};
use super::connector::{Connector, Kept};
use super::failure::{BoxError, is_lost, is_temporary, is_worth_another_try, said_once};
use super::requests::{Request, answer_all, answer_each};
use super::settings::PostgresSettings;
use super::transaction::{self, BatchId, BatchOutcome, Changed, Prepared};
use super::unsettled::Unsettled;
use crate::domain::VideoId;
use crate::repository::RepositoryError;
use crate::repository::activity::GroupCounter;

/// How often a batch is tried, if it is certain that nothing was committed.
const TRIES: u32 = 4;

/// The first pause between attempts to begin, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How much longer than the database itself would let a statement run its answer is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// How long outcomes are looked for when the library is closed.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(5);

/// What the writer commits with.
pub(super) struct Committing {
    connector: Connector,
    /// None after a failure: the next batch starts with a new one.
    kept: Option<Kept>,
    beginning: String,
    limit: Duration,
    outcome_limit: Duration,
    /// The last batch for which a commit was attempted.
    batch: BatchId,
    unsettled: Option<Unsettled>,
    /// Writes that turned out not to be committed.
    undone: Vec<Request>,
    /// Whether the database was away at the last attempt.
    is_away: bool,
    commits: Arc<GroupCounter>,
    newest: watch::Sender<i64>,
}

/// Why a batch was not committed, as far as that is known.
enum Failure {
    /// It may be tried again.
    Passing(BoxError),
    /// The contents of the writes may be the cause.
    ByWrites(BoxError),
    /// The database is the cause, whatever was to be written.
    ByStore(BoxError),
    /// It may have been committed, with these answers and changes.
    Unknown { answers: Vec<BatchOutcome>, changed: Changed, error: BoxError },
}

impl Failure {
    fn before_commit(error: BoxError) -> Self {
        match () {
            () if is_worth_another_try(&error) => Self::Passing(error),
            () if is_temporary(&error) => Self::ByStore(error),
            () => Self::ByWrites(error),
        }
    }
}

impl Committing {
    pub(super) fn new(
        connector: Connector,
        id: VideoId,
        settings: &PostgresSettings,
        newest: watch::Sender<i64>,
        commits: Arc<GroupCounter>,
    ) -> Self {
        Self {
            connector,
            kept: None,
            beginning: transaction::beginning("library_lock", settings.write_limit),
            limit: settings.write_limit,
            outcome_limit: settings.outcome_limit,
            batch: BatchId { writer: id, number: 0 },
            unsettled: None,
            undone: Vec::new(),
            is_away: false,
            commits,
            newest,
        }
    }

    /// When there is something to do even if nobody writes.
    pub(super) fn next_look(&self) -> Option<Instant> {
        if !self.undone.is_empty() {
            return Some(Instant::now());
        }
        self.unsettled.as_ref().map(|unsettled| unsettled.look_at)
    }

    /// Until when a new batch may wait for the database: if that is away already, its writes fail at once
    /// instead of one after another.
    pub(super) fn deadline(&self) -> Instant {
        let now = Instant::now();
        if self.is_away { now } else { now + self.limit }
    }

    /// The writes that turned out not to be committed.
    pub(super) fn take_undone(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.undone)
    }

    /// A connection in a transaction that excludes other writers. It is attempted at least once, and until
    /// the deadline.
    pub(super) async fn begin(&mut self, deadline: Instant) -> Result<Kept, BoxError> {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let was_kept = self.kept.is_some();
            let error = match self.try_to_begin().await {
                Ok(begun) => {
                    self.is_away = false;
                    return Ok(begun);
                }
                Err(error) => error,
            };
            if was_kept && is_lost(&error) {
                // It was dead: a new one may not be.
                continue;
            }
            let pause = backoff.pause();
            if !is_worth_another_try(&error) || Instant::now() + pause > deadline {
                self.is_away = is_lost(&error);
                self.put_off();
                return Err(error);
            }
            tracing::debug!(%error, "trying to begin a transaction again");
            sleep(pause).await;
        }
    }

    async fn try_to_begin(&mut self) -> Result<Kept, BoxError> {
        let awake = match self.kept.take() {
            Some(kept) => kept.wake().await,
            None => None,
        };
        let mut begun = match awake {
            Some(kept) => kept,
            None => Kept::fresh(self.connector.connect().await?),
        };
        if self.unsettled.is_some() {
            self.settle(&mut begun).await?;
        }
        within(self.limit + GRACE, run(&mut begun.connection, &*self.beginning)).await?;
        Ok(begun)
    }

    /// Commits writes in a transaction that has begun and, while nothing was committed and that may pass,
    /// in further ones: together or, if one of them prevents that, separately.
    pub(super) async fn carry_out(
        &mut self,
        mut begun: Result<Kept, BoxError>,
        requests: Vec<Request>,
    ) {
        for tries_left in (0..TRIES).rev() {
            let failure = match begun {
                Ok(begun) => match self.commit_or_undo(begun, &requests).await {
                    Ok(answers) => return answer_each(requests, answers),
                    Err(failure) => failure,
                },
                Err(error) => Failure::ByStore(error),
            };
            match failure {
                Failure::Passing(error) if tries_left > 0 => {
                    tracing::debug!(%error, "trying a batch again");
                    begun = self.begin(self.deadline()).await;
                }
                Failure::ByWrites(_) if requests.len() > 1 => {
                    return Box::pin(self.carry_out_each(requests)).await;
                }
                Failure::Passing(error) | Failure::ByWrites(error) | Failure::ByStore(error) => {
                    return answer_all(requests, error);
                }
                Failure::Unknown { answers, changed, error } => {
                    let error = said_once(error);
                    tracing::warn!(%error, "the database did not answer a commit; looking it up");
                    self.unsettled =
                        Some(Unsettled::new(requests, answers, changed, self.outcome_limit));
                    return;
                }
            }
        }
    }

    async fn carry_out_each(&mut self, requests: Vec<Request>) {
        for request in requests {
            let begun = self.begin(self.deadline()).await;
            self.carry_out(begun, vec![request]).await;
        }
    }

    /// Executes writes in the transaction of a connection, which is kept if all went well.
    async fn commit_or_undo(
        &mut self,
        mut begun: Kept,
        requests: &[Request],
    ) -> Result<Vec<BatchOutcome>, Failure> {
        let limit = self.limit + GRACE;
        let writes = requests.iter().map(|request| (&request.write, &request.by));
        // After an error the connection is dropped, and the database rolls back.
        let prepared = within(limit, transaction::prepare(&mut begun.connection, writes)).await;
        let Prepared { answers, changed } = prepared.map_err(Failure::before_commit)?;
        let Some(changed) = changed else {
            let ended = within(limit, run(&mut begun.connection, "ROLLBACK")).await;
            self.kept = ended.is_ok().then_some(begun).and_then(Kept::keep);
            return Ok(answers);
        };
        self.batch.number += 1;
        let commit = transaction::commit(&mut begun.connection, self.batch, changed);
        match within(limit, commit).await {
            Ok(()) => self.kept = begun.keep(),
            Err(error) if is_lost(&error) => {
                return Err(Failure::Unknown { answers, changed, error });
            }
            // The database reported that it was not committed.
            Err(error) => return Err(Failure::before_commit(error)),
        }
        self.note_commit(requests.len(), changed);
        Ok(answers)
    }

    fn note_commit(&self, writes: usize, changed: Changed) {
        self.commits.count(writes as u64);
        let Changed::Videos(end) = changed else { return };
        self.newest.send_if_modified(|newest| {
            let is_newer = end > *newest;
            *newest = end.max(*newest);
            is_newer
        });
    }

    /// Finds out whether the last batch was committed. If it was not, its writes are carried out with the
    /// next one.
    async fn settle(&mut self, begun: &mut Kept) -> Result<(), BoxError> {
        let BatchId { writer, number } = self.batch;
        let last = transaction::last_batch(&mut begun.connection, &self.beginning, writer);
        let is_committed = within((self.limit + GRACE) * 3, last).await? == number;
        let Some(Unsettled { requests, answers, changed, .. }) = self.unsettled.take() else {
            return Ok(());
        };
        tracing::info!(is_committed, "found out about the commit that was not answered");
        if is_committed {
            self.note_commit(requests.len(), changed);
            answer_each(requests, answers);
        } else {
            self.undone.extend(requests);
        }
        Ok(())
    }

    /// Looks for the unknown outcome later or, if that has taken too long, lets go of it.
    fn put_off(&mut self) {
        if let Some(unsettled) = &mut self.unsettled
            && !unsettled.put_off()
        {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        if let Some(Unsettled { requests, .. }) = self.unsettled.take() {
            tracing::error!(writes = requests.len(), "the outcome of a commit stays unknown");
            let answers = vec![Err(RepositoryError::OutcomeUnknown); requests.len()];
            answer_each(requests, answers);
        }
    }

    /// Lets go of the database, after a last look for what is not known.
    pub(super) async fn finish(&mut self) {
        if self.unsettled.is_some() || !self.undone.is_empty() {
            let begun = self.begin(Instant::now() + PATIENCE_AT_THE_END).await;
            let undone = self.take_undone();
            self.carry_out(begun, undone).await;
            self.give_up();
        }
        if let Some(kept) = self.kept.take() {
            // The server ends it otherwise.
            let _ = within(PATIENCE_AT_THE_END, async { Ok(kept.connection.close().await?) }).await;
        }
    }
}
