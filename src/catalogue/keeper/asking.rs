//! Decides when the scans of a root are asked for: at the start, on a schedule, and when something has changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::standing::StandingNotes;
use crate::catalogue::runner::Runner;
use crate::catalogue::watch::{Changes, Event, RootWatch, Settling, Watcher};
use crate::domain::catalogue::{Root, RootId, ScanId, ScanOrder, ScanState};
use crate::domain::{IdSource, PageRequest};
use crate::repository::RepositoryError;
use crate::repository::catalogue::ScanFilter;

/// How often things are done.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often scans that were asked for are looked for.
    pub look: Duration,
    /// How often a server promises to look after its roots, and to watch them.
    pub promise: Duration,
    /// How often it is verified whether the next scheduled scan is due, and whether a root is still the folder
    /// that is watched.
    pub schedule: Duration,
    /// When changes are looked at.
    pub settling: Settling,
}

impl Default for Pace {
    fn default() -> Self {
        let [look, promise, schedule] = [1, 30, 60].map(Duration::from_secs);
        Self { look, promise, schedule, settling: Settling::default() }
    }
}

/// What asks for the scans of a root.
pub(super) struct Asking {
    runner: Arc<Runner>,
    ids: Arc<dyn IdSource>,
    /// The time between two scans; zero for none on a schedule.
    every: Duration,
    pace: Pace,
    root: RootId,
    watcher: Option<Arc<dyn Watcher>>,
    watch: Option<RootWatch>,
    notes: StandingNotes,
    /// Where files were being written at the last scans: they are looked at with the next tick of the schedule.
    unsettled: Changes,
    /// Whether such files were looked at again sooner since the last tick.
    is_retried: bool,
    /// No scan is asked for before this, because one was queued or running.
    held_until: Option<Instant>,
}

impl Asking {
    /// For a root, which is watched if there is something to watch it.
    pub(super) fn new(
        (runner, ids): (Arc<Runner>, Arc<dyn IdSource>),
        (every, pace): (Duration, Pace),
        watcher: Option<Arc<dyn Watcher>>,
        root: RootId,
    ) -> Self {
        let notes = StandingNotes::new(Arc::clone(&runner), root);
        Self {
            runner,
            ids,
            every,
            pace,
            root,
            watcher,
            watch: None,
            notes,
            unsettled: Changes::default(),
            is_retried: false,
            held_until: None,
        }
    }

    /// Asks for scans until the keeper is closed. It hears of the paths of scans that found files which were being
    /// written.
    pub(super) async fn run(
        mut self,
        mut unsettled: mpsc::UnboundedReceiver<Vec<String>>,
        mut closing: watch::Receiver<bool>,
    ) {
        tokio::select! {
            _ = closing.wait_for(|is_closing| *is_closing) => {}
            () = self.ask(&mut unsettled) => {}
        }
        log(self.notes.end().await);
    }

    async fn ask(&mut self, unsettled: &mut mpsc::UnboundedReceiver<Vec<String>>) {
        log(self.scan_all().await);
        let mut promises = ticks(self.pace.promise);
        let mut schedule = ticks(self.pace.schedule);
        loop {
            let due_at = self.due_at();
            tokio::select! {
                events = next(self.watch.as_ref()) => self.note(&events),
                Some(paths) = unsettled.recv() => self.retry(&paths),
                _ = promises.tick() => log(self.notes.note(self.watch.as_ref()).await),
                _ = schedule.tick() => log(self.keep_to_schedule().await),
                () = at(due_at) => log(self.look().await),
            }
            log(self.set().await);
        }
    }

    fn note(&mut self, events: &[Event]) {
        if let Some(watch) = &mut self.watch {
            watch.note(events, Instant::now());
        }
    }

    /// Watches what is not watched yet, and notes whether that could be done.
    async fn set(&mut self) -> Result<(), RepositoryError> {
        match &mut self.watch {
            Some(watch) if watch.is_unset() => {
                watch.set(Instant::now()).await;
                self.notes.note_change(Some(watch)).await
            }
            _ => Ok(()),
        }
    }

    /// Has the whole root scanned. It is watched before, so that nothing changes unseen in between.
    async fn scan_all(&mut self) -> Result<(), RepositoryError> {
        log(self.begin_watch().await);
        log(self.set().await);
        if let Some(watch) = &mut self.watch {
            // All of it is looked at now.
            watch.take_changes();
        }
        self.queue(Vec::new()).await
    }

    async fn begin_watch(&mut self) -> Result<(), RepositoryError> {
        match (&mut self.watch, &self.watcher) {
            (Some(watch), _) => watch.start_over(),
            (None, None) => self.notes.note_change(None).await?,
            (None, Some(watcher)) => {
                let Some(root) = self.root().await? else { return Ok(()) };
                self.notes.set_name(&root.name);
                let settings = &self.runner.scanner.settings;
                let watched = (self.runner.disks.disk_of(&root), watcher.events());
                let (extensions, settling) = (settings.extensions.clone(), self.pace.settling);
                let watch = RootWatch::new(watched, extensions, settling, settings.patience);
                self.watch = Some(watch);
            }
        }
        Ok(())
    }

    async fn root(&self) -> Result<Option<Root>, RepositoryError> {
        let roots = self.runner.catalogue.roots().await?;
        Ok(roots.into_iter().find(|root| root.id == self.root))
    }

    /// When to look at what has changed; none if nothing has.
    fn due_at(&self) -> Option<Instant> {
        let due_at = self.watch.as_ref()?.due_at()?;
        Some(self.held_until.map_or(due_at, |held_until| held_until.max(due_at)))
    }

    /// Asks for a scan of what has changed. Scans that are queued or running come first: what changes until they
    /// are over is looked at together.
    async fn look(&mut self) -> Result<(), RepositoryError> {
        self.held_until = Some(Instant::now() + self.pace.look);
        let states = Some(vec![ScanState::Queued, ScanState::Running]);
        let active = ScanFilter { root: Some(self.root), states };
        if self.runner.catalogue.count_scans(&active).await? > 0 {
            return Ok(());
        }
        let Some(watch) = &mut self.watch else { return Ok(()) };
        let Some(paths) = watch.take_changes() else { return Ok(()) };
        let places = paths.len();
        let queued = self.queue(paths).await;
        let root = self.notes.name();
        match &queued {
            Ok(()) if places == 0 => {
                tracing::info!(%root, "something changed in a library root: scanning all of it");
            }
            Ok(()) => {
                tracing::info!(%root, places, "something changed in a library root: scanning");
            }
            Err(_) => self.retry(&[]),
        }
        queued
    }

    /// Remembers to look again where files were being written, at these paths; none are the whole root.
    fn retry(&mut self, paths: &[String]) {
        let now = Instant::now();
        if let (false, false, Some(watch)) = (self.is_retried, paths.is_empty(), &mut self.watch) {
            // Once they were closed, nothing more is reported of them.
            self.is_retried = true;
            watch.look_again(paths, now);
            return;
        }
        let none = Duration::ZERO;
        if paths.is_empty() {
            self.unsettled.note(b"", none, now);
        }
        paths.iter().for_each(|path| self.unsettled.note(path.as_bytes(), none, now));
    }

    async fn keep_to_schedule(&mut self) -> Result<(), RepositoryError> {
        self.is_retried = false;
        if let Some(watch) = &mut self.watch {
            watch.check(Instant::now()).await;
        }
        match self.unsettled.take() {
            Some(paths) => self.queue(paths).await,
            None if self.is_due().await? => self.scan_all().await,
            None => Ok(()),
        }
    }

    /// Whether the last scan of the whole root was asked for long enough ago.
    pub(super) async fn is_due(&self) -> Result<bool, RepositoryError> {
        if self.every.is_zero() {
            return Ok(false);
        }
        let filter = ScanFilter { root: Some(self.root), states: None };
        const RECENT: usize = 50;
        let recent = self.runner.catalogue.scans(&filter, &PageRequest::first(RECENT)).await?;
        let last = recent.items.into_iter().find(|job| job.order.paths.is_empty());
        let now = self.runner.clock.now();
        Ok(last.is_none_or(|job| job.created_at.after(self.every) <= now))
    }

    async fn queue(&self, paths: Vec<String>) -> Result<(), RepositoryError> {
        let order = ScanOrder { paths, ..ScanOrder::of_root(self.root) };
        let id = ScanId::from(self.ids.next_id());
        self.runner.catalogue.queue(id, &order, self.runner.clock.now()).await.map(drop)
    }
}

/// Waits until something happens, if something is watched.
async fn next(watch: Option<&RootWatch>) -> Vec<Event> {
    match watch {
        Some(watch) => watch.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until a time, if there is one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Logs that the library could not be asked.
pub(super) fn log(outcome: Result<(), RepositoryError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "could not look after the library roots; trying again");
    }
}
