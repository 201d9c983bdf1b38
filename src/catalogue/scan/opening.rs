//! Looks at a root before anything is scanned, and again before anything is missing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::halt::Halt;
use super::task::ScanTask;
use crate::catalogue::disk::{Kind, Stat, problem_of};
use crate::catalogue::{Disk, Tree};
use crate::domain::catalogue::{FileRow, Root};
use crate::repository::{Catalogue, RepositoryError};

/// A root that can be scanned.
pub(super) struct Opened {
    pub(super) tree: Arc<dyn Tree>,
    pub(super) device: u64,
    /// Which folder of its device it is.
    pub(super) inode: u64,
    /// How many videos are known in it that are not missing.
    pub(super) available: u64,
}

/// How many known files are looked for where a root is on another device than before.
const SAMPLES: usize = 20;
const PAGE: usize = 1_000;

/// Opens a root, unless it is empty or another one although files are known in it.
pub(super) async fn open(
    catalogue: &dyn Catalogue,
    task: &ScanTask,
    patience: Duration,
) -> Result<Opened, Halt> {
    let root = &task.root;
    let counts = catalogue.count_files(root.id).await?;
    let available = counts.videos.saturating_sub(counts.missing);
    let disk = Arc::clone(&task.disk);
    let look = answer(root, patience, move || look(&*disk)).await?;
    let look = look.map_err(|error| Halt::unreadable(&root.name, &error))?;
    if look.is_empty && available > 0 {
        return Err(Halt::empty(&root.name, available));
    }
    if root.look.device.is_some_and(|device| device != look.device) {
        let paths = samples(catalogue, root, look.device).await?;
        let (tree, sampled) = (Arc::clone(&look.tree), paths.len());
        let is_any = move || paths.iter().any(|(path, size)| is_there(&*tree, path, *size));
        if sampled > 0 && !answer(root, patience, is_any).await? {
            return Err(Halt::foreign(&root.name, sampled));
        }
    }
    Ok(Opened { tree: look.tree, device: look.device, inode: look.inode, available })
}

/// Looks at the path of a root again: the folder that was opened must still be there, on this device and with
/// this inode.
pub(super) async fn look_again(
    task: &ScanTask,
    (device, inode): (u64, u64),
    patience: Duration,
) -> Result<(), Halt> {
    let root = &task.root;
    let disk = Arc::clone(&task.disk);
    let now = answer(root, patience, move || disk.open()?.open_folder(b"")?.stat()).await?;
    let now = now.map_err(|error| Halt::gone(&root.name, &problem_of(&error)))?;
    match (now.device, now.inode) == (device, inode) {
        true => Ok(()),
        false => Err(Halt::replaced(&root.name)),
    }
}

/// Waits for the disk. If it does not answer, the thread that waits is given up.
async fn answer<T: Send + 'static>(
    root: &Root,
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Halt> {
    match timeout(patience, spawn_blocking(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Halt::ended_early()),
        Err(_) => Err(Halt::hung(&root.name, patience)),
    }
}

struct Look {
    tree: Arc<dyn Tree>,
    device: u64,
    inode: u64,
    is_empty: bool,
}

fn look(disk: &dyn Disk) -> io::Result<Look> {
    let tree = disk.open()?;
    let mut folder = tree.open_folder(b"")?;
    let Stat { device, inode, .. } = folder.stat()?;
    let is_empty = folder.names()?.is_empty();
    Ok(Look { tree, device, inode, is_empty })
}

fn is_there(tree: &dyn Tree, path: &[u8], size: u64) -> bool {
    tree.stat(path).is_ok_and(|stat| stat.kind == Kind::File && stat.size == size)
}

/// Files, with their sizes, that were on the device of the root at the last look, or are on the one that it
/// is on now, as far as an unfinished scan found them there.
async fn samples(
    catalogue: &dyn Catalogue,
    root: &Root,
    now: u64,
) -> Result<Vec<(Vec<u8>, u64)>, RepositoryError> {
    let is_known = |row: &&FileRow| {
        let device = row.file.mark.device;
        let on_device = Some(device) == root.look.device || device == now;
        let was_there = row.missing_since.is_none() && !row.file.is_unreachable;
        on_device && was_there && row.file.video.is_some()
    };
    let mut after = None;
    loop {
        let rows = catalogue.files_after(root.id, after, PAGE).await?;
        let known = rows.iter().filter(is_known);
        let (found, known): (Vec<_>, Vec<_>) = known.partition(|row| row.file.mark.device == now);
        let some = spread(&found, SAMPLES / 2).chain(spread(&known, SAMPLES / 2));
        let some: Vec<_> = some.map(|row| (row.file.path.clone(), row.file.mark.size)).collect();
        if !some.is_empty() {
            return Ok(some);
        }
        match rows.last() {
            Some(last) => after = Some(last.number),
            None => return Ok(Vec::new()),
        }
    }
}

/// At most so many of a list, from all of its parts.
fn spread<'r>(rows: &'r [&FileRow], most: usize) -> impl Iterator<Item = &'r FileRow> {
    rows.iter().step_by(rows.len().div_ceil(most).max(1)).copied()
}
