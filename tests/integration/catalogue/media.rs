//! The files of `tests/media/make.sh`, and what is read of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::{env, fs};

use reelgraph::catalogue::{Disk, Ffprobe, OsDisk, Reader, Reading, Tree, Unread};

use crate::support::clock::TickingClock;

const MAKE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/media/make.sh");

/// The folder with the files. They are made once for each version of FFmpeg and of the script.
pub fn folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(make);
    &FOLDER
}

fn make() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    let version = Command::new("ffmpeg").arg("-version").output().unwrap().stdout;
    let recipe = [fs::read(MAKE).unwrap(), version].concat();
    let marker = folder.with_extension("made");
    if fs::read(&marker).is_ok_and(|made| made == recipe) {
        return folder;
    }
    let _ = fs::remove_dir_all(&folder);
    let made = Command::new(MAKE).arg(&folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // Some encoders may be missing, never most of them.
    let count = fs::read_dir(&folder).unwrap().count();
    assert!(count > 80, "{count}: {}", String::from_utf8_lossy(&made.stderr));
    fs::write(marker, recipe).unwrap();
    folder
}

/// A folder as a library root, open.
pub fn root(folder: &Path) -> Arc<dyn Tree> {
    OsDisk::new(folder, [folder.to_owned()].into()).open().unwrap()
}

/// The ffprobe of this machine.
pub async fn ffprobe() -> Ffprobe {
    Ffprobe::find(None, env::var_os("PATH").as_deref()).await.unwrap()
}

/// Reads files of a folder, two at a time, and returns what is read in the order of their names. For the
/// clock of the reader they were all made long ago, or will be made.
pub async fn read(folder: &Path, names: &[&str]) -> Vec<Result<Reading, Unread>> {
    let reader = Reader::new(Arc::new(ffprobe().await), Arc::new(TickingClock::new()));
    let tree = root(folder);
    let waiting: Vec<String> = names.iter().map(ToString::to_string).collect();
    let waiting = Arc::new(Mutex::new(waiting.into_iter().enumerate()));
    let workers = [(); 2].map(|()| {
        let (reader, tree, waiting) = (reader.clone(), Arc::clone(&tree), Arc::clone(&waiting));
        tokio::spawn(async move {
            let mut readings = Vec::new();
            loop {
                let next = waiting.lock().unwrap().next();
                let Some((place, name)) = next else { return readings };
                readings.push((place, reader.read(&tree, name.as_bytes()).await));
            }
        })
    });
    let mut readings = Vec::new();
    for worker in workers {
        readings.extend(worker.await.unwrap());
    }
    readings.sort_by_key(|(place, _)| *place);
    readings.into_iter().map(|(_, reading)| reading).collect()
}
