//! The signals that stop the server, and that it keeps to its time.
//!
//! They are handled by a thread of their own, with a runtime of its own: the server's threads may all
//! be waiting for a disk that does not answer, and the process ends all the same.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use crate::command::signals::StopSignals;

/// How the stop of a server comes to its end where the server itself does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CutShort {
    /// A second signal came.
    BySignal,
    /// There is no time left.
    ByTime,
}

/// The thread that handles signals.
pub(super) struct Signals {
    stop: StopSignal,
    cut_short: oneshot::Receiver<CutShort>,
}

impl Signals {
    /// Handles signals from now on. A stop may take until `limit` is over.
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
                    _ = signals.next() => CutShort::BySignal,
                    () = sleep(limit) => CutShort::ByTime,
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

    /// Waits until a stop has to be cut short.
    pub async fn cut_short(&mut self) -> CutShort {
        match (&mut self.cut_short).await {
            Ok(why) => why,
            Err(_) => std::future::pending().await,
        }
    }
}

/// The first signal, which begins a stop. Cloning it copies nothing.
#[derive(Clone)]
pub(super) struct StopSignal(watch::Receiver<Option<Instant>>);

impl StopSignal {
    /// Waits until the signal has come.
    pub async fn received(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// When the signal came; none where it has not.
    pub fn received_at(&self) -> Option<Instant> {
        *self.0.borrow()
    }
}
