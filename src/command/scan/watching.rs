//! Watches a scan until its end, whoever runs it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::catalogue::Runner;
use crate::command::Failure;
use crate::command::output::say;
use crate::command::signals::StopSignals;
use crate::domain::catalogue::{Root, ScanJob, ScanPhase, ScanState};
use crate::domain::{Clock, SystemClock, printable};
use crate::repository::catalogue::ScanFilter;
use crate::repository::{Catalogue, RepositoryError};

/// How often the state of a scan is shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// The steps of a bar.
const STEPS: u64 = 1_000;

/// A scan that is watched. This process runs it, unless another one does so before.
pub(super) struct Watching<'w> {
    pub catalogue: &'w dyn Catalogue,
    pub runner: &'w Runner,
    pub root: &'w Root,
}

impl Watching<'_> {
    /// Waits until a scan has ended. A signal stops the scan; a second one ends the command at once.
    pub async fn until_the_end(
        &self,
        job: ScanJob,
        signals: &mut StopSignals,
    ) -> Result<ScanJob, Failure> {
        let (_closing, is_closing) = watch::channel(false);
        let bar = Bar::new(self.root);
        let running = self.run(&is_closing);
        let ended = self.show(&job, &bar);
        tokio::pin!(running, ended);
        let mut is_stopped = false;
        let ended = loop {
            tokio::select! {
                ended = &mut ended => break ended?,
                failed = &mut running => failed?,
                signal = signals.next() => {
                    if is_stopped {
                        return Err(format!("ended by a second {signal}: {RUN_AGAIN}").into());
                    }
                    is_stopped = true;
                    bar.clear();
                    say(format_args!("{signal}: stopping the scan. What was found so far stays."));
                    self.catalogue.cancel(job.id, SystemClock.now()).await?;
                }
            }
        };
        bar.clear();
        Ok(ended)
    }

    /// Runs whatever is queued for the root, for as long as it is waited for.
    async fn run(&self, is_closing: &watch::Receiver<bool>) -> Result<(), RepositoryError> {
        loop {
            if self.runner.run_next(self.root.id, is_closing).await?.is_none() {
                sleep(SHOW_EVERY).await;
            }
        }
    }

    /// Shows how a scan stands until it has ended.
    async fn show(&self, job: &ScanJob, bar: &Bar) -> Result<ScanJob, Failure> {
        let mut is_waiting = false;
        let mut may_wait = true;
        loop {
            // Before the scan itself is looked at: if that is queued even then, it was another one.
            let is_other_running = may_wait && self.is_any_running().await?;
            let now = self.catalogue.scan(job.id).await?;
            let now = now.ok_or("the scan is not in the library any more")?;
            if now.state.is_end() {
                return Ok(now);
            }
            may_wait = now.state == ScanState::Queued;
            if may_wait && is_other_running && !is_waiting {
                is_waiting = true;
                bar.wait();
            }
            if !may_wait || !is_waiting {
                bar.show(&now);
            }
            sleep(SHOW_EVERY).await;
        }
    }

    async fn is_any_running(&self) -> Result<bool, RepositoryError> {
        let states = Some(vec![ScanState::Running]);
        let filter = ScanFilter { root: Some(self.root.id), states };
        Ok(self.catalogue.count_scans(&filter).await? > 0)
    }
}

const RUN_AGAIN: &str = "run the scan again to complete it";

/// The progress of a scan on a terminal.
struct Bar {
    bar: ProgressBar,
    name: String,
}

impl Bar {
    fn new(root: &Root) -> Self {
        let bar = ProgressBar::new(STEPS);
        Self { bar, name: printable(root.name.as_str()) }
    }

    /// Says that another scan comes first, without a terminal as well: that can take a while.
    fn wait(&self) {
        let waiting = format!("waiting for another scan of {} to end", self.name);
        if self.bar.is_hidden() {
            say(&waiting);
        }
        self.set_template("{spinner} {msg}  {elapsed}");
        self.bar.set_message(waiting);
    }

    fn set_template(&self, template: &str) {
        self.bar.set_style(ProgressStyle::with_template(template).expect("the template is sound"));
    }

    fn show(&self, job: &ScanJob) {
        self.bar.set_position(job.progress.map_or(0, steps));
        self.set_template(match job.progress {
            None => "{spinner} {msg}  {elapsed}",
            // None is known yet.
            Some(_) if self.bar.eta().is_zero() => "{wide_bar} {percent:>3} %  {msg}",
            Some(_) => "{wide_bar} {percent:>3} %  {msg}  {eta} left",
        });
        let doing = match job.phase {
            None => "waiting",
            Some(ScanPhase::Walking) => "looking at folders",
            Some(ScanPhase::Reading) => "reading files",
            Some(ScanPhase::Matching) => "looking for moved files",
            Some(ScanPhase::Marking) => "marking missing files",
        };
        let (seen, added) = (job.counts.seen, job.counts.added);
        self.bar.set_message(format!("{}: {doing}, {seen} files, {added} added", self.name));
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share is from 0 to 1"
)]
fn steps(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * STEPS as f64) as u64
}
