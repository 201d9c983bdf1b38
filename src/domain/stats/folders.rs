//! Videos by folders.
//!
//! The separator of a path is `/`, and in Windows paths `\` as well. The top folder of a path is `/`, a
//! drive (`C:\`), a server (`\\server\`), or the first part of a relative path; each separator after it
//! ends another folder. Nothing is normalised: two separators in a row enclose a folder without a name.

use std::collections::BTreeMap;

use super::sums::Sums;
use crate::domain::scalars::{Invalid, Quantity, Text};
use crate::domain::video::is_of_windows;

/// The path of a folder, which ends with a separator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(Text);

impl Folder {
    /// # Errors
    /// When no path can be in such a folder.
    pub fn new(path: &str) -> Result<Self, Invalid> {
        let text = Text::new(path)?;
        let ends = path.bytes().next_back().is_some_and(separators(path));
        if !ends || path.len() <= length_before_top(path) {
            return Err(Invalid::new("must be a path from folders, with the separator at its end"));
        }
        Ok(Self(text))
    }

    /// The path, which ends with a separator.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Whether a byte separates the parts of this path.
fn separators(path: &str) -> fn(u8) -> bool {
    match is_of_windows(path) {
        true => |byte| byte == b'/' || byte == b'\\',
        false => |byte| byte == b'/',
    }
}

/// How many bytes of a path are before the name of its top folder.
fn length_before_top(path: &str) -> usize {
    if path.starts_with("\\\\") { 2 } else { 0 }
}

/// Which folders are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderPage {
    /// The folder that contains them; none for top folders.
    pub under: Option<Folder>,
    /// The path that theirs must be after, byte by byte.
    pub after: Option<String>,
    /// Their maximum number: the first ones.
    pub limit: usize,
}

impl FolderPage {
    /// The listed folder that a path is in, as the beginning of the path.
    fn folder_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let begin = match &self.under {
            Some(under) => path.starts_with(under.as_str()).then_some(under.as_str().len())?,
            None => length_before_top(path),
        };
        let length = path.as_bytes()[begin..].iter().copied().position(separators(path))?;
        let folder = &path[..=begin + length];
        let is_after = self.after.as_deref().is_none_or(|after| folder > after);
        is_after.then_some(folder)
    }
}

/// The videos in and below one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderTotals {
    /// The path of the folder, which ends with a separator.
    pub path: String,
    /// The sums over its videos.
    pub sums: Sums,
}

impl FolderTotals {
    /// The last part of the path, without separators. It is empty if the path has no such part.
    pub fn name(&self) -> &str {
        // A separator is one byte.
        let path = &self.path[..self.path.len() - 1];
        let is_separator = separators(&self.path);
        let begin = path.bytes().rposition(is_separator).map_or(0, |place| place + 1);
        &path[begin..]
    }
}

/// Adds up videos by folders.
#[derive(Debug)]
pub struct FolderSums {
    page: FolderPage,
    /// The first folders so far, by their paths.
    folders: BTreeMap<String, Sums>,
}

impl FolderSums {
    /// Those of no videos.
    pub fn new(page: FolderPage) -> Self {
        Self { page, folders: BTreeMap::new() }
    }

    /// Counts a video with this path and this size.
    pub fn add(&mut self, path: &str, file_size: Quantity) {
        let mut one = Sums::default();
        one.add(file_size);
        self.add_all(path, one);
    }

    /// Counts videos with paths that are in one folder with this one, by their sums.
    pub fn add_all(&mut self, path: &str, added: Sums) {
        let Some(folder) = self.page.folder_of(path) else { return };
        if let Some(sums) = self.folders.get_mut(folder) {
            return sums.add_all(added);
        }
        if self.folders.len() >= self.page.limit {
            // A folder that is removed stays out: as many as the limit are before it.
            let is_beyond = self.folders.last_key_value().is_none_or(|(last, _)| **last < *folder);
            if is_beyond {
                return;
            }
            self.folders.pop_last();
        }
        self.folders.entry(folder.to_owned()).or_default().add_all(added);
    }

    /// The first folders with videos, by path.
    pub fn into_first(self) -> Vec<FolderTotals> {
        self.folders.into_iter().map(|(path, sums)| FolderTotals { path, sums }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders that a path is in, from the top.
    fn folders_of(path: &str) -> Vec<&str> {
        let mut folders: Vec<&str> = Vec::new();
        loop {
            let under = folders.last().map(|folder| Folder::new(folder).unwrap());
            let page = FolderPage { under, after: None, limit: 1 };
            match page.folder_of(path) {
                Some(folder) => folders.push(folder),
                None => return folders,
            }
        }
    }

    #[test]
    fn folders_begin_at_the_top_and_end_with_separators() {
        for (path, folders) in [
            ("/a.mkv", vec!["/"]),
            ("/", vec!["/"]),
            ("/m/é/a.mkv", vec!["/", "/m/", "/m/é/"]),
            ("/m//a.mkv", vec!["/", "/m/", "/m//"]),
            ("//m/a.mkv", vec!["/", "//", "//m/"]),
            ("/m/a/", vec!["/", "/m/", "/m/a/"]),
            ("/m\\x/a", vec!["/", "/m\\x/"]),
            ("a.mkv", vec![]),
            ("m/s/a.mkv", vec!["m/", "m/s/"]),
            ("./a", vec!["./"]),
            ("m\\a.mkv", vec![]),
            ("C:\\a.mkv", vec!["C:\\"]),
            ("c:\\m/s\\a", vec!["c:\\", "c:\\m/", "c:\\m/s\\"]),
            ("C:/m\\a", vec!["C:/"]),
            ("C:a", vec![]),
            ("é:\\a/b", vec!["é:\\a/"]),
            ("\\\\nas\\m\\a.mkv", vec!["\\\\nas\\", "\\\\nas\\m\\"]),
            ("\\\\nas/m", vec!["\\\\nas/"]),
            ("\\\\nas", vec![]),
            ("\\\\\\a", vec!["\\\\\\"]),
            ("\\a\\b", vec![]),
            ("100%/_/'\"/a", vec!["100%/", "100%/_/", "100%/_/'\"/"]),
        ] {
            assert_eq!(folders_of(path), folders, "{path}");
        }
    }

    #[test]
    fn a_folder_contains_exactly_the_paths_that_start_with_it() {
        let paths = ["/m/a", "/mm/a", "/m", "/M/a", "/m/s/a"];
        let under = Folder::new("/").unwrap();
        let mut sums = FolderSums::new(FolderPage { under: Some(under), after: None, limit: 9 });
        paths.iter().for_each(|path| sums.add(path, Quantity::new(1).unwrap()));
        let counts = sums.into_first().into_iter().map(|it| (it.path, it.sums.count));
        let expected = [("/M/", 1), ("/m/", 2), ("/mm/", 1)];
        assert_eq!(counts.collect::<Vec<_>>(), expected.map(|(path, n)| (path.to_owned(), n)));
    }

    #[test]
    fn a_name_is_the_last_part() {
        for (path, name) in [
            ("/", ""),
            ("/m/", "m"),
            ("/m//", ""),
            ("m/", "m"),
            ("C:\\", "C:"),
            ("C:\\a/b\\", "b"),
            ("\\\\nas\\", "nas"),
            ("\\\\\\", ""),
            ("a\\b/", "a\\b"),
            ("/é/", "é"),
        ] {
            let folder = FolderTotals { path: path.to_owned(), sums: Sums::default() };
            assert_eq!(folder.name(), name, "{path}");
        }
    }

    #[test]
    fn only_a_path_of_a_folder_is_one() {
        let message = "must be a path from folders, with the separator at its end";
        for path in ["/", "//", "m/", "C:\\", "C:\\a/", "C:/", "\\\\nas\\", "\\\\\\", "a\\b/"] {
            assert_eq!(Folder::new(path).unwrap().as_str(), path);
        }
        for path in ["m", "/m", "m\\", "C:", "C:\\a", "\\", "\\\\", "\\\\nas", "\\a\\", "é:\\"] {
            assert_eq!(Folder::new(path).unwrap_err().to_string(), message, "{path}");
        }
        assert_eq!(Folder::new("").unwrap_err().to_string(), "must not be empty");
        assert!(Folder::new(&"a/".repeat(2049)).is_err());
    }

    #[test]
    fn the_first_folders_are_kept_in_whatever_order_videos_come() {
        let all = ["a/", "b!/", "b/", "c/"];
        for paths in [["a/1", "b!/1", "b/1", "c/1", "a/2"], ["c/1", "b/1", "a/1", "a/2", "b!/1"]] {
            for (after, from) in [(None, 0), (Some("a/"), 1), (Some("a0"), 1), (Some("b0"), 3)] {
                for limit in 0..6 {
                    let after = after.map(str::to_owned);
                    let mut sums = FolderSums::new(FolderPage { under: None, after, limit });
                    paths.iter().for_each(|path| sums.add(path, Quantity::new(1).unwrap()));
                    let first = sums.into_first();
                    let found: Vec<&str> = first.iter().map(|it| it.path.as_str()).collect();
                    assert_eq!(found, all[from..].iter().take(limit).copied().collect::<Vec<_>>());
                    let of_a = first.iter().find(|it| it.path == "a/");
                    assert!(of_a.is_none_or(|it| it.sums.count == 2));
                }
            }
        }
    }
}
