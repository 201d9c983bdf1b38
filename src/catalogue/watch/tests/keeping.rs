//! A server that watches its roots: when it asks for scans, and what it notes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::scripted::ScriptedEvents;
use crate::catalogue::keeper::{Keeper, Keeping, Pace};
use crate::catalogue::runner::world::{World, world};
use crate::catalogue::scripted_disk::Call;
use crate::catalogue::watch::{Settling, What};
use crate::domain::catalogue::{ProblemCode, ScanJob, ScanState};
use crate::domain::{Clock, PageRequest, RandomIds, SystemClock};
use crate::repository::catalogue::{NotedProblem, ScanFilter};

const SETTLING: Settling = Settling {
    quiet: Duration::from_millis(40),
    written: Duration::from_millis(40),
    most: Duration::from_millis(400),
};

/// A server with a root, and what happens in that.
struct Server {
    world: World,
    events: ScriptedEvents,
}

impl Server {
    async fn new() -> Self {
        let world = world(Some(Keeper::PROMISE)).await;
        let events = ScriptedEvents::of(&world.disk);
        Self { world, events }
    }

    fn keeping(&self) -> Keeping {
        let tick = Duration::from_millis(20);
        Keeping {
            runner: Arc::clone(&self.world.runner),
            ids: Arc::new(RandomIds),
            every: Duration::ZERO,
            watcher: Some(Arc::new(self.events.clone())),
            pace: Pace { look: tick, promise: tick, schedule: tick, settling: SETTLING },
        }
    }

    fn start(&self) -> Keeper {
        Keeper::start(&self.keeping(), &[self.world.root])
    }

    /// Starts, and waits for the first scan and the watch.
    async fn started(&self) -> Keeper {
        let keeper = self.start();
        until("the first scan", async || self.ended().await.len() == 1).await;
        until("the watch", async || self.is_watched().await).await;
        keeper
    }

    async fn is_watched(&self) -> bool {
        self.world.root().await.is_watched(SystemClock.now())
    }

    async fn scans(&self) -> Vec<ScanJob> {
        let page = PageRequest::first(100);
        self.world.catalogue.scans(&ScanFilter::default(), &page).await.unwrap().items
    }

    /// The scans that have ended, the newest first.
    async fn ended(&self) -> Vec<ScanJob> {
        let mut scans = self.scans().await;
        scans.retain(|job| job.state.is_end());
        scans
    }

    async fn problems(&self) -> Vec<NotedProblem> {
        self.world.catalogue.all_problems(self.world.root).await.unwrap()
    }

    /// Writes a file and reports it.
    fn write(&self, name: &str) {
        self.world.disk.write(name, name.as_bytes());
        self.events.report(&self.events.inside("", name, What::Written, false));
    }

    async fn is_limited(&self) -> bool {
        let of_root = |noted: &NotedProblem| noted.path.is_empty();
        let mut problems = self.problems().await.into_iter().filter(of_root);
        problems.next().is_some_and(|noted| noted.problem.code == ProblemCode::WatchLimit)
    }
}

/// Waits until this holds.
async fn until(what: &str, is_met: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_met().await {
        assert!(Instant::now() < deadline, "still not: {what}");
        tokio::task::yield_now().await;
    }
}

/// Lets more time pass than changes need to settle.
async fn settle() {
    let end = Instant::now() + 4 * SETTLING.most;
    until("the time is over", async || Instant::now() >= end).await;
}

#[tokio::test]
async fn what_changes_is_scanned_and_nothing_else() {
    let server = Server::new().await;
    let keeper = server.started().await;
    server.write("b.mkv");
    server.write("c.mkv");
    server.write("c.srt");
    until("a second scan", async || server.ended().await.len() == 2).await;
    let scan = server.ended().await.remove(0);
    assert_eq!((scan.state, scan.counts.seen, scan.counts.added), (ScanState::Succeeded, 2, 2));
    assert_eq!(scan.order.paths, ["b.mkv", "c.mkv"]);
    assert_eq!(scan.order.requested_by, None);
    settle().await;
    assert_eq!(server.scans().await.len(), 2);
    keeper.close().await;
}

#[tokio::test]
async fn a_root_is_watched_before_it_is_scanned() {
    let server = Server::new().await;
    server.world.disk.stall(Call::OpenFolder, "");
    let keeper = server.start();
    until("the disk is asked", async || server.world.disk.calls(Call::OpenFolder) > 0).await;
    assert_eq!(server.scans().await, []);
    server.world.disk.heal();
    until("the first scan", async || server.ended().await.len() == 1).await;
    assert!(server.events.watches(""));
    keeper.close().await;
}

#[tokio::test]
async fn while_a_scan_runs_changes_are_gathered_for_one_more() {
    let server = Server::new().await;
    let keeper = server.started().await;
    *server.world.gate.is_closed.lock().unwrap() = true;
    server.write("b.mkv");
    until("a second scan runs", async || server.scans().await[0].state == ScanState::Running).await;
    let running = server.scans().await[0].id;
    for name in ["c.mkv", "d.mkv"] {
        server.write(name);
        settle().await;
        assert_eq!(server.scans().await.len(), 2, "one is queued while another one runs");
    }
    *server.world.gate.is_closed.lock().unwrap() = false;
    server.world.catalogue.cancel(running, SystemClock.now()).await.unwrap();
    until("a third scan", async || server.ended().await.len() == 3).await;
    assert_eq!(server.ended().await[0].order.paths, ["c.mkv", "d.mkv"]);
    keeper.close().await;
}

#[tokio::test]
async fn a_limit_is_a_problem_of_the_root_until_it_is_raised() {
    let server = Server::new().await;
    server.events.limit(Some(0));
    let keeper = server.start();
    until("the problem", async || server.is_limited().await).await;
    until("the first scan", async || server.ended().await.len() == 1).await;
    let since = server.problems().await[0].since;
    // A scan neither removes it nor overlooks it.
    server.world.disk.make_pipe("pipe.mkv");
    let asked = server.world.queue().await;
    until("the scan", async || server.world.job(asked).await.state.is_end()).await;
    assert_eq!(server.world.job(asked).await.counts.problems, 2);
    assert!(server.is_limited().await && !server.is_watched().await);
    assert_eq!(server.problems().await[0].since, since);
    server.events.limit(Some(10));
    until("the watch", async || server.is_watched().await).await;
    until("no such problem", async || !server.is_limited().await).await;
    assert_eq!(server.problems().await.len(), 1);
    keeper.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_to_watch_has_no_problem_with_that() {
    let server = Server::new().await;
    server.events.limit(Some(0));
    let keeper = server.start();
    until("the problem", async || server.is_limited().await).await;
    keeper.close().await;
    let keeping = Keeping { watcher: None, ..server.keeping() };
    let keeper = Keeper::start(&keeping, &[server.world.root]);
    until("no problem", async || server.problems().await.is_empty()).await;
    assert!(!server.is_watched().await);
    keeper.close().await;
}

#[tokio::test]
async fn a_watch_ends_with_its_server() {
    let server = Server::new().await;
    let keeper = server.started().await;
    // It promises to go on, again and again.
    let first = server.world.root().await.watched_until;
    until("a promise", async || server.world.root().await.watched_until > first).await;
    keeper.close().await;
    assert_eq!(server.world.root().await.watched_until, None);
}

#[tokio::test]
async fn a_root_that_was_away_is_watched_and_scanned_again() {
    let server = Server::new().await;
    let keeper = server.started().await;
    server.world.disk.unmount();
    until("it is offline", async || server.world.root().await.look.fault.is_some()).await;
    assert!(!server.is_watched().await);
    server.world.disk.mount();
    until("it is watched", async || server.is_watched().await).await;
    server.write("b.mkv");
    let is_there = async || server.ended().await[0].counts.added == 1;
    until("the new file", is_there).await;
    keeper.close().await;
}

#[tokio::test]
async fn a_file_that_is_being_written_is_looked_at_again_soon() {
    let server = Server::new().await;
    let pace = Pace { schedule: Duration::from_secs(3_600), ..server.keeping().pace };
    let keeping = Keeping { pace, ..server.keeping() };
    let keeper = Keeper::start(&keeping, &[server.world.root]);
    until("the watch", async || server.is_watched().await).await;
    server.world.disk.write("b.mkv", b"b");
    let nanos = SystemClock.now().as_micros() * 1_000;
    server.world.disk.set_stat("b.mkv", |stat| stat.modified = nanos);
    server.events.report(&server.events.inside("", "b.mkv", What::Appeared, false));
    let unsettled =
        async || server.ended().await.iter().filter(|job| job.counts.unsettled > 0).count();
    until("it is left alone", async || unsettled().await == 1).await;
    server.world.disk.set_stat("b.mkv", |stat| stat.modified = 0);
    // Nothing is reported of it any more.
    until("it is added", async || server.ended().await[0].counts.added == 1).await;
    keeper.close().await;
}
