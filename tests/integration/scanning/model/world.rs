//! A folder, and what is known to be in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::scanning::films::Films;
use crate::support::chance::Chance;

const FOLDERS: [&str; 4] = ["", "a/", "a/b/", "c/"];
const NAMES: u64 = 6;

/// A folder, and what is in it.
pub struct World {
    pub films: Films,
    /// The content of each file, by path.
    pub files: BTreeMap<String, u64>,
    contents: u64,
}

/// What a content is. Of some of them something is held.
pub fn text(content: u64) -> String {
    let word = if content.is_multiple_of(4) { "held" } else { "plain" };
    format!("320 {word} {content}")
}

impl World {
    pub fn new(films: Films) -> Self {
        // Something is always there, so that the root is never empty.
        films.write("readme.txt", "");
        Self { films, files: BTreeMap::new(), contents: 0 }
    }

    fn new_content(&mut self) -> u64 {
        self.contents += 1;
        self.contents
    }

    fn any_path(&self, chance: &mut Chance) -> String {
        let folder = chance.pick(&FOLDERS).unwrap();
        format!("{folder}{}.mkv", chance.below(NAMES))
    }

    fn any_file(&self, chance: &mut Chance) -> Option<String> {
        chance.pick(&self.files.keys().cloned().collect::<Vec<_>>())
    }

    /// Writes a new file, in the place of what was there.
    fn write(&mut self, path: &str, content: u64) {
        self.films.write("new.part", &text(content));
        self.films.rename("new.part", path);
        self.files.insert(path.to_owned(), content);
    }

    /// Writes into a file, and so into all of its links.
    fn overwrite(&mut self, path: &str, content: u64) {
        let inode = |path: &str| self.films.path(path).metadata().unwrap().ino();
        let links = self.files.keys().filter(|other| inode(other) == inode(path));
        let links: Vec<String> = links.cloned().collect();
        self.films.write(path, &text(content));
        self.files.extend(links.into_iter().map(|link| (link, content)));
    }

    fn rename(&mut self, from: &str, to: &str) {
        let inode = |path: &str| self.films.path(path).metadata().ok().map(|it| it.ino());
        // Between links of one file, a rename does nothing.
        if inode(from) == inode(to) {
            return;
        }
        self.films.rename(from, to);
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
            6 if file != other => self.write(&other, self.files[&file]),
            7 => {
                let content = self.new_content();
                self.write(&file, content);
            }
            8 => {
                let content = self.new_content();
                self.overwrite(&file, content);
            }
            9 => {
                self.films.remove(&file);
                self.files.remove(&file);
            }
            10 if !self.files.contains_key(&other) => self.link(&file, &other),
            _ => {
                let file = fs::File::options().append(true).open(self.films.path(&file)).unwrap();
                file.set_modified(std::time::UNIX_EPOCH).unwrap();
            }
        }
    }

    fn link(&mut self, file: &str, other: &str) {
        let path = self.films.path(other);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::hard_link(self.films.path(file), path).unwrap();
        self.files.insert(other.to_owned(), self.files[file]);
    }

    fn swap(&mut self, file: &str, chance: &mut Chance) {
        let Some(other) = self.any_file(chance).filter(|other| other != file) else { return };
        self.films.rename(file, "swapped.part");
        self.films.rename(&other, file);
        self.films.rename("swapped.part", &other);
        let [one, two] = [file, &other].map(|path| self.files[path]);
        self.files.insert(file.to_owned(), two);
        self.files.insert(other, one);
    }

    fn rename_folder(&mut self, chance: &mut Chance) {
        let pairs = [("a/b/", "c/"), ("c/", "a/b/"), ("a/b/", "a/e/"), ("a/e/", "a/b/")];
        let (from, to) = chance.pick(&pairs).unwrap();
        let is_in = |path: &&String| path.starts_with(from);
        let moved: Vec<String> = self.files.keys().filter(is_in).cloned().collect();
        for path in moved {
            let rest = path.strip_prefix(from).unwrap();
            self.rename(&path, &format!("{to}{rest}"));
        }
    }

    /// Takes the disk away, so that only the empty folder is left on which it was mounted.
    pub fn unmount(&self) {
        fs::rename(self.films.path(""), self.films.folder.path("disk")).unwrap();
        fs::create_dir(self.films.path("")).unwrap();
    }

    /// Brings it back.
    pub fn mount(&self) {
        fs::remove_dir(self.films.path("")).unwrap();
        fs::rename(self.films.folder.path("disk"), self.films.path("")).unwrap();
    }
}
