//! Finds the files of a library root.

mod anything;
mod found;
mod path;
mod settings;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, vec};

pub use anything::has_anything;
pub use found::Found;
pub use settings::WalkSettings;
pub(in crate::catalogue) use start::{kept_out, outermost};

use path::joined;

use super::disk::{Folder, Kind, Name, Stat, Target, Tree, is_absence, is_loop, problem_of};
use crate::domain::catalogue::exclusion::{IGNORE, NO_MEDIA, is_disc, is_excluded};
use crate::domain::catalogue::{Problem, ProblemCode};

/// A walk through folders of a library root and all that is below them. It waits for the disk, one folder or
/// file at each step, and knows no more than one folder and the names of those that are still to come.
///
/// Each folder's files come in the order of their names, and then its folders. The walk has seen everything
/// once [`is_complete`](Self::is_complete).
pub struct Walk {
    tree: Arc<dyn Tree>,
    settings: WalkSettings,
    stop: Arc<AtomicBool>,
    /// The folders that are still to come, the next one last.
    waiting: Vec<Waiting>,
    current: Option<Current>,
    is_complete: bool,
}

/// A folder that is still to come.
enum Waiting {
    /// One that the walk begins with, or a file: the folders that it is in are not looked at.
    Start(Vec<u8>),
    /// One in a folder that was read.
    Below(Vec<u8>),
}

/// The folder that is being read.
struct Current {
    path: Vec<u8>,
    folder: Box<dyn Folder>,
    names: vec::IntoIter<Name>,
    folders: Vec<Vec<u8>>,
}

impl Walk {
    /// A walk through these folders, the whole root if there are none. Of a path at which a file is, it finds
    /// that file. It ends early once `stop` is set.
    pub fn new(
        tree: Arc<dyn Tree>,
        folders: &[Vec<u8>],
        settings: WalkSettings,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let waiting = outermost(folders).into_iter().rev().map(Waiting::Start).collect();
        Self { tree, settings, stop, waiting, current: None, is_complete: false }
    }

    /// Whether the walk came to its end: it was not stopped. Then a file that no [`Found`] covers is not
    /// there.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Begins with a folder, or with what else is at a path.
    fn begin(&mut self, path: Vec<u8>) -> Found {
        if let Some(found) = kept_out(&*self.tree, &path) {
            return found;
        }
        match start::file_at(&*self.tree, &path) {
            Ok(None) => self.enter(path),
            Ok(Some(start::File { folder, device, name, path_of_folder })) => {
                let (names, folders) = Default::default();
                self.current = Some(Current { path: path_of_folder, folder, names, folders });
                // What is nothing of a library is not there, as far as that is concerned.
                self.look_at(name).unwrap_or(Found::Gone { path, device })
            }
            Err(error) => Found::Unreachable { path, problem: problem_of(&error) },
        }
    }

    /// Begins to read a folder.
    fn enter(&mut self, path: Vec<u8>) -> Found {
        match self.open(&path) {
            Ok(Opened::Excluded) => Found::Excluded { path },
            Ok(Opened::Folder(stat, folder, names)) => {
                let names = names.into_iter();
                let device = stat.device;
                let current = Current { path: path.clone(), folder, names, folders: Vec::new() };
                self.current = Some(current);
                Found::Folder { path, device }
            }
            Err(error) if is_absence(&error) => start::gone(&*self.tree, path, &error),
            Err(error) => Found::Unreachable { path, problem: problem_of(&error) },
        }
    }

    fn open(&self, path: &[u8]) -> io::Result<Opened> {
        let mut folder = self.tree.open_folder(path)?;
        let stat = folder.stat()?;
        let mut names = folder.names()?;
        names.sort_unstable();
        if has_marker(&*folder, &names)? {
            return Ok(Opened::Excluded);
        }
        Ok(Opened::Folder(stat, folder, names))
    }

    /// What a name in the current folder stands for; none if it is nothing of a library.
    fn look_at(&mut self, Name { name, kind }: Name) -> Option<Found> {
        let current = self.current.as_mut()?;
        let is_video = self.settings.extensions.include(&name);
        // Most names are of neither, and of these the disk is asked nothing.
        if !is_video && !matches!(kind, None | Some(Kind::Folder | Kind::Link)) {
            return None;
        }
        let path = joined(&current.path, &name);
        let stat = match kind {
            Some(Kind::Folder) => None,
            _ => match current.folder.stat_of(&name) {
                Ok(stat) => Some(stat),
                Err(error) if is_absence(&error) => return None,
                Err(error) => {
                    let problem = problem_of(&error);
                    return is_video.then_some(Found::Unreachable { path, problem });
                }
            },
        };
        match stat {
            None => self.meet_folder(path, &name),
            Some(stat) => match stat.kind {
                Kind::Folder => self.meet_folder(path, &name),
                Kind::Link => self.meet_link(path, &name, is_video),
                Kind::File => is_video.then(|| self.file(path, &name, stat)),
                Kind::Other => is_video.then(|| self.not_a_file(path, &name)),
            },
        }
    }

    fn meet_folder(&mut self, path: Vec<u8>, name: &[u8]) -> Option<Found> {
        if let Some(found) = self.settings.refusal(&path, name) {
            return Some(found);
        }
        if is_disc(name) {
            return Some(Found::Refused { path, problem: Problem::disc() });
        }
        self.current.as_mut()?.folders.push(path);
        None
    }

    fn file(&self, path: Vec<u8>, name: &[u8], stat: Stat) -> Found {
        self.settings.refusal(&path, name).unwrap_or(Found::File { path, stat })
    }

    fn not_a_file(&self, path: Vec<u8>, name: &[u8]) -> Found {
        let problem = Problem::new(ProblemCode::NotAFile);
        self.settings.refusal(&path, name).unwrap_or(Found::Refused { path, problem })
    }

    /// A link may lead to what cannot be reached now, so nothing is known of what is behind it.
    fn meet_link(&self, path: Vec<u8>, name: &[u8], is_video: bool) -> Option<Found> {
        if is_excluded(name) {
            return is_video.then_some(Found::Excluded { path });
        }
        let problem = match self.tree.follow(&path) {
            Ok(Target::File(stat)) => return is_video.then(|| self.file(path, name, stat)),
            Ok(Target::KnownFolder) => Problem::link_to_known_folder(),
            Ok(Target::Folder) => Problem::new(ProblemCode::LinkNotFollowed),
            _ if !is_video => return None,
            Ok(Target::Outside) => Problem::new(ProblemCode::LinkNotFollowed),
            Ok(Target::Other) => return Some(self.not_a_file(path, name)),
            Err(error) if is_absence(&error) || is_loop(&error) => {
                Problem::new(ProblemCode::LinkBroken)
            }
            Err(error) => problem_of(&error),
        };
        let refusal = self.settings.refusal(&path, name);
        Some(refusal.unwrap_or(Found::Unreachable { path, problem }))
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if self.is_complete || self.stop.load(Ordering::Relaxed) {
                return None;
            }
            let found = match self.current.as_mut().map(|current| current.names.next()) {
                Some(Some(name)) => self.look_at(name),
                Some(None) => {
                    let folders = self.current.take().map(|current| current.folders);
                    let folders = folders.unwrap_or_default().into_iter().rev();
                    self.waiting.extend(folders.map(Waiting::Below));
                    None
                }
                None => match self.waiting.pop() {
                    Some(Waiting::Below(path)) => Some(self.enter(path)),
                    Some(Waiting::Start(path)) => Some(self.begin(path)),
                    None => {
                        self.is_complete = true;
                        None
                    }
                },
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

/// A folder that could be read.
enum Opened {
    Excluded,
    Folder(Stat, Box<dyn Folder>, Vec<Name>),
}

/// Whether a folder has a file that keeps scans out of it.
pub(in crate::catalogue) fn has_marker(folder: &dyn Folder, names: &[Name]) -> io::Result<bool> {
    let has = |marker: &[u8]| names.iter().any(|name| *name.name == *marker);
    if has(NO_MEDIA) {
        return Ok(true);
    }
    if !has(IGNORE) {
        return Ok(false);
    }
    match folder.stat_of(IGNORE) {
        Ok(stat) => Ok(stat.kind == Kind::File && stat.size == 0),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
