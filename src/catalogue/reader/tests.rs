//! Files that lie still, and files that do not.

use std::sync::Mutex;

use super::*;
use crate::catalogue::Disk;
use crate::catalogue::scripted_disk::{Call, ScriptedDisk};
use crate::catalogue::scripted_prober::ScriptedProber;
use crate::domain::Timestamp;

/// A clock that stands still.
struct Stopped(Mutex<Timestamp>);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Scene {
    disk: ScriptedDisk,
    prober: Arc<ScriptedProber>,
    reader: Reader,
    clock: Arc<Stopped>,
}

impl Scene {
    fn new() -> Self {
        let disk = ScriptedDisk::new();
        disk.write("a/x.mkv", b"some content");
        let prober = Arc::new(ScriptedProber::default());
        let clock = Arc::new(Stopped(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap())));
        let reader = Reader::new(prober.clone(), clock.clone());
        Self { disk, prober, reader, clock }
    }

    async fn read(&self) -> Result<Reading, Unread> {
        self.reader.read(&self.disk.open().unwrap(), b"a/x.mkv").await
    }
}

fn problem(code: ProblemCode) -> Unread {
    Unread::Problem(Problem::new(code))
}

#[tokio::test]
async fn a_reading_has_what_the_disk_and_the_file_say() {
    let scene = Scene::new();
    let reading = scene.read().await.unwrap();
    let stat = scene.disk.open().unwrap().stat(b"a/x.mkv").unwrap();
    let video = ScriptedProber::video(12);
    let facts = FileFacts {
        fingerprint: Some(reading.fingerprint),
        file_modified_at: Some(stat.modified_at()),
        ..video.facts.clone()
    };
    let expected = Reading {
        stat,
        fingerprint: reading.fingerprint,
        probed: Ok(Probed { facts, ..video }),
        flaw: None,
    };
    assert_eq!(reading, expected);
}

#[tokio::test]
async fn a_file_that_is_no_video_has_a_fingerprint_and_a_problem() {
    let scene = Scene::new();
    scene.prober.refuse("x.mkv", ProblemCode::NoDuration);
    let reading = scene.read().await.unwrap();
    assert_eq!(reading.probed, Err(Problem::new(ProblemCode::NoDuration)));
    assert_eq!(reading.flaw, None);
}

#[tokio::test]
async fn a_file_that_is_cut_is_a_video_with_a_flaw() {
    let scene = Scene::new();
    scene.disk.write("a/x.mkv", b"\0\0\0\x10ftypisom");
    let reading = scene.read().await.unwrap();
    assert!(reading.probed.is_ok());
    assert_eq!(reading.flaw, Some(Problem::new(ProblemCode::Truncated)));
    scene.prober.refuse("x.mkv", ProblemCode::NotReadableAsMedia);
    assert_eq!(scene.read().await.unwrap().flaw, None);
}

#[tokio::test]
async fn a_file_that_was_just_written_is_not_read() {
    let scene = Scene::new();
    let modified = scene.disk.open().unwrap().stat(b"a/x.mkv").unwrap().modified_at();
    *scene.clock.0.lock().unwrap() = modified;
    assert_eq!(scene.read().await, Err(Unread::Unsettled));
    assert_eq!(scene.disk.calls(Call::Read), 0);
}

#[tokio::test]
async fn a_file_that_is_written_to_while_it_is_read_is_not_settled() {
    let change: [fn(&ScriptedDisk); 4] = [
        |disk| disk.overwrite("a/x.mkv", b"some other content"),
        |disk| disk.overwrite("a/x.mkv", b"same length!"),
        // Another file, which has the time of the first.
        |disk| {
            let old = disk.open().unwrap().stat(b"a/x.mkv").unwrap();
            disk.write("a/x.mkv", b"some content");
            let of_old = |stat: &mut Stat| *stat = Stat { inode: stat.inode, ..old };
            disk.set_stat("a/x.mkv", of_old);
        },
        |disk| disk.set_stat("a/x.mkv", |stat| stat.changed += 1),
    ];
    for change in change {
        let scene = Scene::new();
        let tree = scene.disk.open().unwrap();
        let sampled = scene.reader.sample(&tree, b"a/x.mkv").await.unwrap();
        change(&scene.disk);
        assert_eq!(scene.reader.probe(&tree, sampled).await, Err(Unread::Unsettled));
    }
}

#[tokio::test]
async fn a_file_that_grows_while_it_is_sampled_is_not_settled() {
    let scene = Scene::new();
    scene.disk.stall(Call::Read, "a/x.mkv");
    let (reader, tree) = (scene.reader.clone(), scene.disk.open().unwrap());
    let sampling = tokio::spawn(async move { reader.sample(&tree, b"a/x.mkv").await.map(drop) });
    while scene.disk.calls(Call::Read) == 0 {
        tokio::task::yield_now().await;
    }
    scene.disk.overwrite("a/x.mkv", b"some content, and more");
    scene.disk.heal();
    assert_eq!(sampling.await.unwrap(), Err(Unread::Unsettled));
}

#[tokio::test]
async fn blocks_come_and_go() {
    let scene = Scene::new();
    let tree = scene.disk.open().unwrap();
    let sampled = scene.reader.sample(&tree, b"a/x.mkv").await.unwrap();
    scene.disk.set_stat("a/x.mkv", |stat| stat.blocks += 8);
    assert!(scene.reader.probe(&tree, sampled).await.is_ok());
}

#[tokio::test]
async fn every_failure_of_the_disk_has_its_name() {
    for (call, error, expected) in [
        (Call::OpenFile, libc::EACCES, problem(ProblemCode::PermissionDenied)),
        (Call::OpenFile, libc::ENOENT, Unread::Gone),
        (Call::OpenFile, libc::ENOTDIR, Unread::Gone),
        (Call::Stat, libc::ENOENT, Unread::Gone),
        (Call::OpenFile, libc::EINVAL, problem(ProblemCode::NotAFile)),
        (Call::OpenFile, libc::ELOOP, problem(ProblemCode::LinkNotFollowed)),
        (Call::Read, libc::ETIMEDOUT, problem(ProblemCode::TimedOut)),
    ] {
        let scene = Scene::new();
        scene.disk.fail(call, "a/x.mkv", error);
        assert_eq!(scene.read().await, Err(expected), "{call:?} {error}");
        assert!(scene.prober.probed().is_empty());
    }
    for error in [libc::EIO, libc::ESTALE, libc::ENODEV] {
        let scene = Scene::new();
        scene.disk.fail(Call::Read, "a/x.mkv", error);
        let Err(Unread::Problem(problem)) = scene.read().await else { panic!("{error}") };
        assert_eq!(problem.code, ProblemCode::ReadFailed);
        assert!(problem.message.contains(&format!("(os error {error})")), "{}", problem.message);
    }
}

#[tokio::test]
async fn a_disk_that_is_unmounted_while_a_file_is_read_has_failed() {
    let scene = Scene::new();
    let tree = scene.disk.open().unwrap();
    let sampled = scene.reader.sample(&tree, b"a/x.mkv").await.unwrap();
    scene.disk.unmount();
    let Err(Unread::Problem(problem)) = scene.reader.probe(&tree, sampled).await else { panic!() };
    assert_eq!(problem.code, ProblemCode::ReadFailed);
}

#[tokio::test]
async fn a_prober_that_is_broken_says_nothing_about_files() {
    let scene = Scene::new();
    scene.prober.break_at("x.mkv");
    assert_eq!(scene.read().await, Err(Unread::Unavailable("reinstall it".to_owned())));
}

/// The prober cannot tell, so the disk is asked.
#[tokio::test]
async fn a_file_that_ends_early_is_damaged_unless_its_disk_fails() {
    let scene = Scene::new();
    scene.prober.end_early("x.mkv");
    let reading = scene.read().await.unwrap();
    assert_eq!(reading.probed, Err(Problem::new(ProblemCode::NotReadableAsMedia)));
    // The second time, the disk could have been better.
    assert_eq!(scene.prober.probed().len(), 2);

    // So short that nothing else is read of it after the samples.
    scene.disk.write("a/x.mkv", b"short");
    let tree = scene.disk.open().unwrap();
    let sampled = scene.reader.sample(&tree, b"a/x.mkv").await.unwrap();
    scene.disk.fail(Call::Read, "a/x.mkv", libc::EIO);
    let Err(Unread::Problem(problem)) = scene.reader.probe(&tree, sampled).await else { panic!() };
    assert_eq!(problem.code, ProblemCode::ReadFailed);
    assert!(problem.message.contains("(os error 5)"), "{}", problem.message);
}

/// It is not known to be no video, so that the next scan has to try again.
#[tokio::test]
async fn a_file_that_a_prober_may_not_read_is_not_read() {
    for code in [ProblemCode::PermissionDenied, ProblemCode::ReadFailed] {
        let scene = Scene::new();
        scene.prober.refuse("x.mkv", code);
        assert_eq!(scene.read().await, Err(problem(code)));
    }
}
