//! A disk, and what is known to be on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::scripted_disk::{Call, Detached, ScriptedDisk};
use crate::domain::chance::Chance;

const FOLDERS: [&str; 5] = ["", "a/", "a/b/", "c/", "disk/"];
const NAMES: u64 = 6;
/// The device of what is below `disk`.
const OTHER_DEVICE: u64 = 9;

/// A disk, and what is on it.
pub struct World {
    pub disk: ScriptedDisk,
    /// The content of each file that can be seen.
    pub files: BTreeMap<String, u64>,
    /// Folders, each with a slash at its end, of which nothing can be seen.
    pub hidden: BTreeSet<String>,
    /// What is on the disk below the root while that is not mounted.
    away: Option<(Detached, BTreeMap<String, u64>)>,
    contents: u64,
}

/// What a content is.
pub fn bytes(content: u64) -> Vec<u8> {
    format!("content {content}").into_bytes()
}

impl World {
    pub fn new(disk: ScriptedDisk) -> Self {
        // Something is always there, so that the root is never empty.
        disk.write("readme.txt", b"");
        let (files, hidden) = (BTreeMap::new(), BTreeSet::new());
        Self { disk, files, hidden, away: None, contents: 0 }
    }

    /// Whether nothing is known of what is at this path.
    pub fn hides(&self, path: &str) -> bool {
        self.hidden.iter().any(|folder| path.starts_with(folder))
    }

    fn new_content(&mut self) -> u64 {
        self.contents += 1;
        self.contents
    }

    fn any_path(&self, chance: &mut Chance) -> String {
        loop {
            let folder = chance.pick(&FOLDERS).unwrap();
            let path = format!("{folder}{}.mkv", chance.below(NAMES));
            if !self.hides(&path) {
                return path;
            }
        }
    }

    fn any_file(&self, chance: &mut Chance) -> Option<String> {
        let files: Vec<_> = self.files.keys().filter(|path| !self.hides(path)).cloned().collect();
        chance.pick(&files)
    }

    fn write(&mut self, path: &str, content: u64) {
        self.disk.write(path, &bytes(content));
        self.set_device(path);
        self.files.insert(path.to_owned(), content);
    }

    fn set_device(&self, path: &str) {
        let is_below = path.starts_with("disk/");
        let device = if is_below { OTHER_DEVICE } else { ScriptedDisk::DEVICE };
        self.disk.set_device(if is_below { "disk" } else { path }, device);
    }

    fn rename(&mut self, from: &str, to: &str) {
        self.disk.rename(from, to);
        // From one device to another, a file is copied.
        if from.starts_with("disk/") != to.starts_with("disk/") {
            self.disk.set_stat(to, |stat| stat.inode += 1_000_000);
        }
        self.set_device(to);
        let content = self.files.remove(from).unwrap();
        self.files.insert(to.to_owned(), content);
    }

    /// Does something to a file or two.
    pub fn change(&mut self, chance: &mut Chance) {
        let Some(file) = self.any_file(chance).filter(|_| !chance.one_in(4)) else {
            let (path, content) = (self.any_path(chance), self.new_content());
            return self.write(&path, content);
        };
        let other = self.any_path(chance);
        match chance.below(12) {
            0..=2 if file != other => self.rename(&file, &other),
            3 => self.rename_folder(chance),
            4 | 5 => self.swap(&file, chance),
            6 if file != other => {
                let content = self.files[&file];
                self.write(&other, content);
            }
            7 => {
                let content = self.new_content();
                self.write(&file, content);
            }
            8 => {
                let content = self.new_content();
                self.disk.overwrite(&file, &bytes(content));
                self.files.insert(file, content);
            }
            9 => {
                self.disk.remove(&file);
                self.files.remove(&file);
            }
            10 if file != other && file.starts_with("disk/") == other.starts_with("disk/") => {
                self.disk.hard_link(&file, &other);
                let content = self.files[&file];
                self.files.insert(other, content);
            }
            _ => self.disk.set_stat(&file, |stat| stat.modified += 86_400_000_000_000),
        }
    }

    fn swap(&mut self, file: &str, chance: &mut Chance) {
        let Some(other) = self.any_file(chance).filter(|other| *other != file) else { return };
        self.rename(file, "t.mkv");
        self.rename(&other, file);
        self.rename("t.mkv", &other);
    }

    fn rename_folder(&mut self, chance: &mut Chance) {
        let pairs = [("a/b/", "c/"), ("c/", "a/b/"), ("a/b/", "a/e/"), ("a/e/", "a/b/")];
        let (from, to) = chance.pick(&pairs).unwrap();
        if self.hides(from) || self.hides(to) {
            return;
        }
        let is_in = |path: &&String| path.starts_with(from);
        let moved: Vec<String> = self.files.keys().filter(is_in).cloned().collect();
        for path in moved {
            let rest = path.strip_prefix(from).unwrap();
            self.rename(&path, &format!("{to}{rest}"));
        }
    }

    /// Lets a part of the disk fail, or be away, until it is [healed](Self::heal).
    pub fn fail(&mut self, chance: &mut Chance) {
        match chance.below(3) {
            0 => {
                let error = chance.pick(&[libc::EACCES, libc::EIO, libc::ESTALE]).unwrap();
                let call = chance.pick(&[Call::OpenFolder, Call::List]).unwrap();
                let folder = chance.pick(&["a", "a/b", "c"]).unwrap();
                // A folder that is not there cannot fail.
                self.disk.make_folders(folder);
                self.disk.fail(call, folder, error);
                self.hidden.insert(format!("{folder}/"));
            }
            1 => self.unmount(chance.one_in(2)),
            _ => {}
        }
    }

    fn unmount(&mut self, keeps_folder: bool) {
        let taken = self.disk.detach("disk");
        if keeps_folder {
            self.disk.make_folders("disk");
            self.disk.set_device("disk", ScriptedDisk::DEVICE);
        }
        let away = self.files.split_off("disk/");
        let (away, rest) = away.into_iter().partition(|(path, _)| path.starts_with("disk/"));
        self.files.extend::<BTreeMap<_, _>>(rest);
        self.away = Some((taken, away));
        self.hidden.insert("disk/".to_owned());
    }

    /// Puts everything back.
    pub fn heal(&mut self) {
        self.disk.heal();
        if let Some((taken, files)) = self.away.take() {
            self.disk.attach(taken);
            self.files.extend(files);
        }
        self.hidden.clear();
    }
}
