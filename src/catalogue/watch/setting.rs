//! Goes through folders and has each of them watched.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::event::WatchId;
use super::meaning::below;
use super::source::{FolderEvents, Unwatchable};
use crate::catalogue::disk::{Kind, Name, is_absence, is_loop};
use crate::catalogue::walk::{has_marker, kept_out};
use crate::catalogue::{Disk, Folder, Tree};
use crate::domain::catalogue::exclusion::{is_disc, is_excluded};

/// Goes through folders, on a thread that may wait for the disk.
pub(super) struct Setting {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) events: Arc<dyn FolderEvents>,
    /// Rises with each folder.
    pub(super) steps: Arc<AtomicU64>,
    /// Ends it early once it is set.
    pub(super) stop: Arc<AtomicBool>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// The folders that are watched now.
    pub(super) watched: Vec<(Vec<u8>, WatchId)>,
    /// The root, by its device and its number there.
    pub(super) identity: Option<(u64, u64)>,
    /// Why not every folder is watched that a scan looks at; none if all are.
    pub(super) obstacle: Option<Unwatchable>,
}

impl Setting {
    /// Watches these folders and all that are in them, as far as scans look there.
    ///
    /// Each folder is watched before it is listed, so that what comes into it is either listed or reported.
    pub(super) fn run(&self, folders: Vec<Vec<u8>>) -> Set {
        let mut set = Set::default();
        let tree = match self.disk.open().and_then(|tree| Ok((identity(&*tree)?, tree))) {
            Ok((identity, tree)) => {
                set.identity = Some(identity);
                tree
            }
            Err(error) => {
                set.obstacle = Some(Unwatchable::Disk(error));
                return set;
            }
        };
        let mut waiting: Vec<Vec<u8>> = folders;
        waiting.retain(|path| path.is_empty() || kept_out(&*tree, path).is_none());
        while let Some(path) = waiting.pop() {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.steps.fetch_add(1, Ordering::Relaxed);
            match self.enter(&*tree, &path, &mut set) {
                Ok(folders) => waiting.extend(folders),
                Err(Unwatchable::Disk(error)) if !path.is_empty() && is_of_scans(&error) => {}
                Err(obstacle) => {
                    let is_end = path.is_empty() || matches!(obstacle, Unwatchable::Limit(_));
                    if is_end || set.obstacle.is_none() {
                        set.obstacle = Some(obstacle);
                    }
                    if is_end {
                        break;
                    }
                }
            }
        }
        set
    }

    /// Watches a folder. Returns the folders in it.
    fn enter(
        &self,
        tree: &dyn Tree,
        path: &[u8],
        set: &mut Set,
    ) -> Result<Vec<Vec<u8>>, Unwatchable> {
        let mut folder = tree.open_folder(path)?;
        let id = self.events.watch(&*folder)?;
        set.watched.push((path.to_vec(), id));
        let mut names = folder.names()?;
        names.sort_unstable();
        // In such a folder only the end of that matters.
        if has_marker(&*folder, &names)? {
            return Ok(Vec::new());
        }
        let is_looked_at = |name: &[u8]| !is_excluded(name) && !is_disc(name);
        let names = names.into_iter().filter(|it| is_looked_at(&it.name));
        let folders = names.filter(|name| is_folder(&*folder, name));
        Ok(folders.map(|Name { name, .. }| below(path, &name)).collect())
    }
}

fn identity(tree: &dyn Tree) -> io::Result<(u64, u64)> {
    let stat = tree.open_folder(b"")?.stat()?;
    Ok((stat.device, stat.inode))
}

/// Which folder is the root now, by its device and its number there.
pub(super) fn identity_of(disk: &dyn Disk) -> Option<(u64, u64)> {
    disk.open().and_then(|tree| identity(&*tree)).ok()
}

fn is_folder(folder: &dyn Folder, name: &Name) -> bool {
    match name.kind {
        Some(kind) => kind == Kind::Folder,
        None => folder.stat_of(&name.name).is_ok_and(|stat| stat.kind == Kind::Folder),
    }
}

/// Whether a scan that looks at a folder finds the same: that it is gone, or closed to the server. When it is
/// opened again, that is reported.
fn is_of_scans(error: &io::Error) -> bool {
    is_absence(error) || is_loop(error) || error.kind() == io::ErrorKind::PermissionDenied
}
