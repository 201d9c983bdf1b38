//! What scans say about how far they have come.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::watch;

use super::scene::Scene;
use crate::catalogue::disk::MediaFile;
use crate::catalogue::scripted_prober::ScriptedProber;
use crate::catalogue::{NotProbed, Prober, Reader};
use crate::domain::catalogue::{Probed, ScanPhase};
use crate::repository::catalogue::ScanReport;

/// A prober that looks how the scan stands whenever it is asked for something.
struct Onlooker {
    shown: watch::Receiver<ScanReport>,
    seen: Mutex<Vec<ScanReport>>,
}

#[async_trait]
impl Prober for Onlooker {
    async fn probe(&self, file: &dyn MediaFile, _: &[u8]) -> Result<Probed, NotProbed> {
        self.seen.lock().unwrap().push(self.shown.borrow().clone());
        Ok(ScriptedProber::video(file.stat().map_or(0, |stat| stat.size)))
    }
}

/// How a scan stood before each file that it probed, one after another.
async fn seen_by_the_prober(scene: &mut Scene) -> Vec<ScanReport> {
    scene.scanner.settings.probes = 1;
    let task = scene.task(scene.order());
    let shown = task.progress.subscribe();
    let onlooker = Arc::new(Onlooker { shown, seen: Mutex::default() });
    scene.scanner.reader =
        Reader::new(Arc::<Onlooker>::clone(&onlooker), Arc::clone(&scene.clock) as _);
    scene.scanner.scan(&task).await;
    onlooker.seen.lock().unwrap().clone()
}

#[tokio::test]
async fn it_moves_on_with_each_file_that_a_first_scan_reads() {
    let names: Vec<String> = (0..10).map(|number| format!("{number}.mkv")).collect();
    let mut scene = Scene::with(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let seen = seen_by_the_prober(&mut scene).await;
    assert!(seen.iter().all(|report| report.phase == ScanPhase::Reading), "{seen:?}");
    let progress: Vec<Option<f64>> = seen.iter().map(|report| report.progress).collect();
    // It is unknown until the walk is over, which is soon.
    assert!(progress.is_sorted() && progress.len() == 10, "{progress:?}");
    assert_eq!(progress.last(), Some(&Some(0.9)), "{progress:?}");
}

#[tokio::test]
async fn files_that_are_as_they_were_count_as_well() {
    let mut scene = Scene::scanned(&["a.mkv", "b.mkv", "c.mkv"]).await;
    scene.disk.write("d.mkv", b"new");
    let seen = seen_by_the_prober(&mut scene).await;
    let progress: Vec<Option<f64>> = seen.iter().map(|report| report.progress).collect();
    assert_eq!(progress, [Some(0.75)]);
}
