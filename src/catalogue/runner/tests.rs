//! Scans from the queue to their end.

use super::world::{open, world};
use super::*;
use crate::domain::SystemClock;
use crate::domain::catalogue::RootState;
use crate::domain::catalogue::RunnerId;

#[tokio::test]
async fn a_queued_scan_is_run_and_its_root_is_online() {
    let world = world(None).await;
    let (_sender, closing) = open();
    assert_eq!(world.runner.run_next(world.root, &closing).await.unwrap(), None);
    let id = world.queue().await;
    let job = world.runner.run_next(world.root, &closing).await.unwrap().unwrap();
    assert_eq!(job.id, id);
    assert_eq!((job.state, job.counts.added), (ScanState::Succeeded, 1));
    assert!(job.started_at.is_some() && job.ended_at.is_some() && job.phase.is_none());
    let root = world.root().await;
    assert_eq!(root.state(SystemClock.now()), RootState::Online);
    assert_eq!(root.served_until, None);
    assert_eq!(world.runner.run_next(world.root, &closing).await.unwrap(), None);
}

#[tokio::test]
async fn a_root_that_cannot_be_read_is_offline() {
    let world = world(Some(Duration::from_secs(90))).await;
    world.disk.fail(crate::catalogue::scripted_disk::Call::OpenFolder, "", libc::EIO);
    let id = world.queue().await;
    world.runner.run_next(world.root, &open().1).await.unwrap();
    let job = world.job(id).await;
    assert_eq!(job.state, ScanState::Failed);
    assert!(job.message.is_some_and(|message| message.contains("films")));
    let root = world.root().await;
    assert!(matches!(root.state(SystemClock.now()), RootState::Offline(_)));
    // It is looked after all the same.
    assert!(root.served_until.is_some_and(|until| until > SystemClock.now()));
}

#[tokio::test]
async fn a_scan_that_is_cancelled_stops() {
    let world = world(None).await;
    *world.gate.is_closed.lock().unwrap() = true;
    let id = world.queue().await;
    let (_sender, closing) = open();
    let cancel = async {
        world.gate.reached.notified().await;
        world.catalogue.cancel(id, SystemClock.now()).await.unwrap();
    };
    let (ran, ()) = tokio::join!(world.runner.run_next(world.root, &closing), cancel);
    assert_eq!(ran.unwrap().map(|job| job.id), Some(id));
    assert_eq!(world.job(id).await.state, ScanState::Cancelled);
}

#[tokio::test]
async fn a_scan_is_interrupted_by_the_end_of_its_process() {
    let world = world(None).await;
    *world.gate.is_closed.lock().unwrap() = true;
    let id = world.queue().await;
    let (sender, closing) = open();
    let close = async {
        world.gate.reached.notified().await;
        sender.send_replace(true);
    };
    let (ran, ()) = tokio::join!(world.runner.run_next(world.root, &closing), close);
    assert_eq!(ran.unwrap().map(|job| job.id), Some(id));
    assert_eq!(world.job(id).await.state, ScanState::Interrupted);
}

#[tokio::test]
async fn a_scan_that_another_process_took_over_is_left_alone() {
    let world = world(None).await;
    *world.gate.is_closed.lock().unwrap() = true;
    let id = world.queue().await;
    let take_over = async {
        world.gate.reached.notified().await;
        // Its lease is over for a process whose clock is ahead.
        let later = SystemClock.now().after(2 * LEASE);
        let lease = Lease { runner: RunnerId::from_bytes([0; 16]), until: later.after(LEASE) };
        assert_eq!(world.catalogue.begin(&[world.root], lease, later).await.unwrap(), None);
    };
    let (_sender, closing) = open();
    let (ran, ()) = tokio::join!(world.runner.run_next(world.root, &closing), take_over);
    assert_eq!(ran.unwrap().map(|job| job.id), Some(id));
    let job = world.job(id).await;
    assert_eq!((job.state, job.message), (ScanState::Interrupted, None));
}
