//! The signals that stop the server, and the enforcement of its time limit.
//!
//! They have their own thread and runtime: even if all threads of the server wait for an
//! unresponsive disk, the process ends.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use crate::command::signals::StopSignals;

/// How a shutdown ends if the server does not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForcedStop {
    /// A second signal came.
    BySignal,
    /// There is no time left.
    ByTime,
}

/// The thread that handles signals.
pub(super) struct Signals {
    stop: StopSignal,
    cut_short: oneshot::Receiver<ForcedStop>,
}

impl Signals {
    /// Starts handling signals. A shutdown can take up to `limit`.
    ///
    /// # Errors
    /// When the system does not permit it.
    pub fn handle(limit: Duration) -> io::Result<Self> {
        let (ready, is_ready) = mpsc::channel();
        let (begin, begun) = watch::channel(None);
        let (cut, cut_short) = oneshot::channel();
        let thread = thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let handling = async {
                let mut signals = StopSignals::listen()?;
                // Nobody waits for this where the thread that does has panicked.
                let _ = ready.send(Ok(()));
                let signal = signals.next().await;
                tracing::info!(signal, "stopping; a second signal ends the server immediately");
                begin.send_replace(Some(Instant::now()));
                let why = tokio::select! {
                    _ = signals.next() => ForcedStop::BySignal,
                    () = sleep(limit) => ForcedStop::ByTime,
                };
                // The server may have come to its end in the same moment.
                let _ = cut.send(why);
                Ok(())
            };
            if let Err(error) = runtime.and_then(|runtime| runtime.block_on(handling)) {
                let _ = ready.send(Err(error));
            }
        })?;
        is_ready.recv().unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok(Self { stop: StopSignal(begun), cut_short })
    }

    /// The first signal.
    pub fn stop(&self) -> StopSignal {
        self.stop.clone()
    }

    /// Waits until a shutdown must be cut short.
    pub async fn cut_short(&mut self) -> ForcedStop {
        match (&mut self.cut_short).await {
            Ok(why) => why,
            Err(_) => std::future::pending().await,
        }
    }
}

/// The first signal, which starts a shutdown. Cloning it is cheap.
#[derive(Clone)]
pub(super) struct StopSignal(watch::Receiver<Option<Instant>>);

impl StopSignal {
    /// Waits for the signal.
    pub async fn received(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The time of the signal; none if there was none yet.
    pub fn received_at(&self) -> Option<Instant> {
        *self.0.borrow()
    }
}
