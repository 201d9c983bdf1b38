//! Scans whose process has ended without a word: whoever serves the library ends them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::domain::Clock;
use crate::repository::Catalogue;

/// How often they are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Interrupts the scans whose lease is over until this is dropped, those of roots that this process does not
/// look after included: their own server may never come back.
pub struct AbandonedScans {
    _looking: JoinSet<()>,
}

impl AbandonedScans {
    /// Looks for them now, and again and again.
    pub async fn interrupt(catalogue: Arc<dyn Catalogue>, clock: Arc<dyn Clock>) -> Self {
        look(&*catalogue, &*clock).await;
        let mut looking = JoinSet::new();
        looking.spawn(async move {
            let mut ticks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                look(&*catalogue, &*clock).await;
            }
        });
        Self { _looking: looking }
    }
}

async fn look(catalogue: &dyn Catalogue, clock: &dyn Clock) {
    if let Err(error) = catalogue.interrupt(clock.now()).await {
        // Requests report a library that is away, and this is done again.
        tracing::debug!(%error, "could not look for scans whose process has ended");
    }
}
