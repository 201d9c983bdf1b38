//! How connections begin, and how they are kept for later.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::Instant;

use super::backoff::Backoff;
use super::connection::{run, within};
use super::failure::{BoxError, Obstacle, said_once};

/// For how long nobody tries to connect after an attempt that failed, the first time and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a connection may have been idle that is used without a question whether it is alive. Routers
/// forget connections, and say so to nobody.
const TRUSTED_IDLE: Duration = Duration::from_secs(30);

/// How long the answer to that question may take.
const ALIVE_WITHIN: Duration = Duration::from_secs(1);

/// Has the database end a statement soon after its client has closed the connection.
const NOTICE_ABSENCE: &str = "SET client_connection_check_interval = '500ms'";

/// The age at which a connection is replaced: the memory of a session only ever grows, and a server that
/// has come back behind the same address gets its share again.
const OLDEST: Duration = Duration::from_secs(30 * 60);

/// Connects to the database. While that fails, it is attempted now and then, and refused in between.
pub(super) struct Connector {
    options: PgConnectOptions,
    /// How long an attempt may take.
    limit: Duration,
    /// What is set on each connection.
    session: Option<String>,
    failing: Mutex<Failing>,
}

struct Failing {
    backoff: Backoff,
    /// Until when nobody tries, and why.
    pause: Option<(Instant, String)>,
}

impl Connector {
    /// Connections on which this is set.
    pub(super) fn new(options: PgConnectOptions, limit: Duration, session: Option<String>) -> Self {
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        Self { options, limit, session, failing: Mutex::new(Failing { backoff, pause: None }) }
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<PgConnection, BoxError> {
        if let Some((until, reason)) = &self.failing().pause
            && Instant::now() < *until
        {
            return Err(Obstacle::Unreachable(reason.clone()).into());
        }
        let connected = within(self.limit, self.attempt()).await;
        let Failing { backoff, pause } = &mut *self.failing();
        match connected {
            Ok(connection) => {
                backoff.reset();
                *pause = None;
                Ok(connection)
            }
            Err(error) => {
                let error = said_once(error);
                *pause = Some((Instant::now() + backoff.pause(), error.to_string()));
                Err(Obstacle::Unreachable(error.to_string()).into())
            }
        }
    }

    async fn attempt(&self) -> Result<PgConnection, BoxError> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        if let Some(session) = &self.session {
            run(&mut connection, session).await?;
            // Not every system lets the database see that.
            let _ = run(&mut connection, NOTICE_ABSENCE).await;
        }
        Ok(connection)
    }

    fn failing(&self) -> MutexGuard<'_, Failing> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that was used, or is being used.
pub(super) struct Kept {
    pub(super) connection: PgConnection,
    connected: Instant,
    used: Instant,
}

impl Kept {
    /// A connection that has begun just now.
    pub(super) fn fresh(connection: PgConnection) -> Self {
        let now = Instant::now();
        Self { connection, connected: now, used: now }
    }

    /// It again after a use; none if it is too old.
    pub(super) fn keep(self) -> Option<Self> {
        let is_young = self.connected.elapsed() < OLDEST;
        is_young.then(|| Self { used: Instant::now(), ..self })
    }

    /// It, if it is alive.
    pub(super) async fn wake(mut self) -> Option<Self> {
        if self.used.elapsed() < TRUSTED_IDLE {
            return Some(self);
        }
        let alive = tokio::time::timeout(ALIVE_WITHIN, self.connection.ping()).await;
        matches!(alive, Ok(Ok(()))).then_some(self)
    }
}
