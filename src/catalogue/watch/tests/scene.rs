//! A disk, and a watch over it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::scripted::ScriptedEvents;
use crate::catalogue::scripted_disk::ScriptedDisk;
use crate::catalogue::watch::{Event, RootWatch, Settling, Standing, What};
use crate::domain::catalogue::Extensions;

/// A disk, and a watch over it.
pub struct Scene {
    pub disk: ScriptedDisk,
    pub events: ScriptedEvents,
    pub watch: RootWatch,
    pub now: Instant,
}

impl Scene {
    /// A disk with these files.
    pub fn with(paths: &[&str]) -> Self {
        Self::waiting(paths, Duration::from_secs(60))
    }

    /// A disk with these files that may take this long to answer.
    pub fn waiting(paths: &[&str], patience: Duration) -> Self {
        let disk = ScriptedDisk::new();
        paths.iter().for_each(|path| disk.write(path, path.as_bytes()));
        let events = ScriptedEvents::of(&disk);
        let watched = (Arc::new(disk.clone()) as _, Arc::new(events.clone()) as _);
        let watch = RootWatch::new(watched, Extensions::default(), Settling::default(), patience);
        Self { disk, events, watch, now: Instant::now() }
    }

    /// The same, once it is watched and was looked at.
    pub async fn watched(paths: &[&str]) -> Self {
        let mut scene = Self::with(paths);
        scene.watch.set(scene.now).await;
        assert!(scene.is_watched(), "{:?}", scene.watch.standing());
        assert_eq!(scene.looks(), Some(vec![]));
        scene
    }

    pub fn is_watched(&self) -> bool {
        matches!(self.watch.standing(), Standing::Watched)
    }

    /// What a scan has to look at.
    pub fn looks(&mut self) -> Option<Vec<String>> {
        self.watch.take_changes()
    }

    /// Reports events, and returns what a scan has to look at.
    pub async fn report(&mut self, events: &[Event]) -> Option<Vec<String>> {
        self.watch.note(events, self.now);
        self.watch.set(self.now).await;
        self.looks()
    }

    /// Reports what happened to something in a folder.
    pub async fn inside(
        &mut self,
        folder: &str,
        name: &str,
        what: What,
        is_folder: bool,
    ) -> Option<Vec<String>> {
        let events = self.events.inside(folder, name, what, is_folder);
        self.report(&events).await
    }
}
