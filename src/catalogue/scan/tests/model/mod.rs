//! Random changes of a disk and of its library between scans.

mod oracle;
mod world;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::chance::Chance;
use oracle::{Judge, Library, library};
use world::World;

use super::scene::Scene;
use crate::catalogue::scripted_disk::Call;
use crate::domain::catalogue::{Guard, ScanPhase, ScanState};
use crate::domain::file::Fingerprint;
use crate::domain::{Dimension, VideoPatch};
use crate::repository::memory::MemoryRepository;

/// Two libraries of one disk, of which one is scanned without disturbance.
struct Model {
    world: World,
    calm: Scene,
    disturbed: Scene,
    chance: Chance,
    deleted: HashSet<Fingerprint>,
    widths: i32,
}

impl Model {
    async fn new(seed: u64) -> Self {
        let mut calm = Scene::of(Arc::new(MemoryRepository::new()), 1, "films").await;
        let mut disturbed = Scene::of(Arc::new(MemoryRepository::new()), 1, "films").await;
        calm.scanner.settings.guard = Guard::of_percent(100);
        disturbed.scanner.settings.guard = Guard::of_percent(100);
        disturbed.disk = calm.disk.clone();
        let world = World::new(calm.disk.clone());
        let (chance, deleted, widths) = (Chance::new(seed), HashSet::new(), 10_000);
        Self { world, calm, disturbed, chance, deleted, widths }
    }

    async fn step(&mut self) {
        for _ in 0..=self.chance.below(5) {
            match self.chance.one_in(5) {
                true => self.act_as_person().await,
                false => self.world.change(&mut self.chance),
            }
        }
        let gone = self.chance.one_in(10);
        if gone {
            self.find_nothing().await;
        }
        self.world.fail(&mut self.chance);
        if self.chance.one_in(2) {
            self.disturb().await;
        }
        let calm = self.scan(&self.calm).await;
        let disturbed = self.scan(&self.disturbed).await;
        self.expect_alike(&calm, &disturbed);
        self.world.heal();
        self.calm.pass(60);
        self.disturbed.pass(60);
    }

    /// Edits or deletes a video.
    async fn act_as_person(&mut self) {
        let library = library(&self.calm).await;
        let with_video = library.iter().filter(|(_, known)| known.video.is_some());
        let paths: Vec<_> = with_video.map(|(path, known)| (path.clone(), known.content)).collect();
        let Some((path, content)) = self.chance.pick(&paths) else { return };
        if self.chance.one_in(3) {
            self.calm.delete(&path).await;
            self.disturbed.delete(&path).await;
            self.deleted.insert(content);
            return;
        }
        self.widths += 1;
        let width = Dimension::new(self.widths).ok();
        let patch = VideoPatch { width, ..VideoPatch::default() };
        self.calm.edit(&path, patch.clone()).await;
        self.disturbed.edit(&path, patch).await;
    }

    /// Scans while the root cannot be reached.
    async fn find_nothing(&mut self) {
        let before = library(&self.calm).await;
        let disk = &self.world.disk;
        match self.chance.one_in(2)
            && before.values().any(|it| it.video.is_some() && !it.is_missing)
        {
            true => disk.unmount(),
            false => disk.fail(Call::List, "", libc::EIO),
        }
        let outcome = self.calm.scan().await;
        assert_eq!(outcome.end.state, ScanState::Failed);
        disk.mount();
        disk.heal();
        assert_eq!(library(&self.calm).await, before);
    }

    /// Begins a scan and stops it somewhere, or drops it as if the process had ended.
    async fn disturb(&mut self) {
        let before = library(&self.disturbed).await;
        let (scene, calls) = (&self.disturbed, self.chance.below(60));
        let task = scene.task(scene.order());
        let mut shown = task.progress.subscribe();
        if self.chance.one_in(2) {
            self.world.disk.after(usize::try_from(calls).unwrap(), Arc::clone(&scene.stop));
            scene.scanner.scan(&task).await;
        } else {
            let seen = self.chance.below(12);
            tokio::select! {
                biased;
                _ = shown.wait_for(|it| it.counts.seen >= seen || it.counts.added > 2) => {}
                _ = scene.scanner.scan(&task) => {}
            }
        }
        self.world.disk.after(usize::MAX, Arc::default());
        scene.stop.store(false, Ordering::Relaxed);
        let after = library(scene).await;
        let judge = self.judge(&before, &after);
        match shown.borrow().phase {
            ScanPhase::Walking => judge.stopped(),
            _ => judge.nobody_is_lost_or_mixed_up(),
        }
    }

    fn judge<'j>(&'j self, before: &'j Library, after: &'j Library) -> Judge<'j> {
        Judge { before, after, world: &self.world, deleted: &self.deleted }
    }

    /// Scans a library twice: the second time, nothing happens.
    async fn scan(&self, scene: &Scene) -> Library {
        let before = library(scene).await;
        let end = scene.scan().await.end;
        assert_eq!(end.state, ScanState::Succeeded, "{end:?}");
        let after = library(scene).await;
        self.judge(&before, &after).complete();
        let state = (scene.changes().await, scene.revision().await, scene.prober.probed().len());
        let end = scene.scan().await.end;
        let counts = end.counts;
        let again = (scene.changes().await, scene.revision().await, scene.prober.probed().len());
        assert_eq!(again, state, "{counts:?}");
        assert_eq!(library(scene).await, after);
        after
    }

    /// A scan after one that was disturbed ends where an undisturbed one does.
    fn expect_alike(&self, calm: &Library, disturbed: &Library) {
        let plain = |library: &Library| -> BTreeMap<String, oracle::Known> {
            let known = |known: &oracle::Known| oracle::Known { video: None, ..*known };
            library.iter().map(|(path, it)| (path.clone(), known(it))).collect()
        };
        assert_eq!(plain(calm), plain(disturbed));
        let has_video = |library: &Library| -> Vec<bool> {
            library.values().map(|known| known.video.is_some()).collect()
        };
        assert_eq!(has_video(calm), has_video(disturbed));
    }
}

async fn run(seed: u64) {
    let mut model = Model::new(seed).await;
    for _ in 0..25 {
        model.step().await;
    }
}

#[tokio::test]
async fn whatever_happens_between_scans_no_video_is_lost_or_mixed_up() {
    for seed in 0..30 {
        let finished = tokio::spawn(run(seed)).await;
        assert!(finished.is_ok(), "with the seed {seed}");
    }
}
