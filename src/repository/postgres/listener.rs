//! Notifications of commits, by whichever server.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Executor, Row};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::backoff::Backoff;
use super::connection::within;
use super::failure::{BoxError, said_once};

/// The channel on which writers notify of the sequence of their last change.
const CHANNEL: &str = "reelgraph";

/// The first pause before connecting again, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps the database from ending the session, which is idle as long as nobody changes anything.
const MAY_BE_IDLE: &str = "SET idle_session_timeout = 0";

/// How long it may be quiet before the connection is asked whether it is alive.
const QUIET: Duration = Duration::from_secs(30);

/// Notes the highest sequence that was written, as long as anybody wants to know it.
///
/// Whoever follows the log looks at it now and then anyway: without notifications changes are only seen
/// later.
pub(super) async fn follow(options: PgConnectOptions, limit: Duration, newest: watch::Sender<i64>) {
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut has_warned = false;
    let listening = async {
        loop {
            let Err(error) = listen(&options, limit, &newest, &mut backoff, &mut has_warned).await;
            if !has_warned {
                let error = said_once(error);
                tracing::warn!(%error, "receiving no notifications of changes; connecting again");
            }
            has_warned = true;
            sleep(backoff.pause()).await;
        }
    };
    tokio::select! {
        () = listening => {}
        () = newest.closed() => {}
    }
}

/// Receives notifications until that fails.
async fn listen(
    options: &PgConnectOptions,
    limit: Duration,
    newest: &watch::Sender<i64>,
    backoff: &mut Backoff,
    has_warned: &mut bool,
) -> Result<std::convert::Infallible, BoxError> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(limit);
    let one = one.idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    let pool = one.connect_lazy_with(options.clone());
    let mut listener = within(limit, async { Ok(PgListener::connect_with(&pool).await?) }).await?;
    listener.eager_reconnect(false);
    within(limit, async { Ok(listener.execute(MAY_BE_IDLE).await?) }).await?;
    within(limit, async { Ok(listener.listen(CHANNEL).await?) }).await?;
    // Whatever was written before is not notified of any more.
    let before = *newest.borrow();
    let end = within(limit, end_of_log(&mut listener)).await?;
    if end < before {
        // A replica has become the server, and lacks the newest changes.
        newest.send_replace(end);
    } else {
        note(newest, end);
    }
    backoff.reset();
    *has_warned = false;
    loop {
        match timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                // What cannot be read is of somebody else.
                let end = notification.payload().parse();
                end.into_iter().for_each(|end| note(newest, end));
            }
            Ok(Ok(None)) => return Err("the connection was lost".into()),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => drop(within(limit, end_of_log(&mut listener)).await?),
        }
    }
}

/// Notes an end of the log, if it is the highest.
fn note(newest: &watch::Sender<i64>, end: i64) {
    newest.send_if_modified(|newest| {
        let is_newer = end > *newest;
        *newest = end.max(*newest);
        is_newer
    });
}

async fn end_of_log(listener: &mut PgListener) -> Result<i64, BoxError> {
    let sql = "SELECT coalesce(max(sequence), 0) FROM audit_log";
    Ok(listener.fetch_one(sql).await?.try_get(0)?)
}
