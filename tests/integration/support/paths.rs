//! Paths of all kinds, and their folders by a definition that goes through them letter by letter.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reelgraph::domain::NewVideo;

use super::clock::counted_id;
use super::videos::{quantity, text, video_with};

/// Names of folders, some of which mean something to a database, are empty, or contain others.
const PARTS: [&str; 12] = ["a", "a b", "aa", "é", "日本", "100%", "_", "'", "\"", "..", "", "𝒂"];

/// How paths begin.
const ROOTS: [&str; 9] = ["/", "/", "", "", "C:\\", "c:\\", "C:/", "\\\\nas\\", "\\\\"];

/// Videos on such paths, the same ones every time.
pub fn videos() -> Vec<NewVideo> {
    let mut runner = TestRunner::deterministic();
    let part = (select(&PARTS[..]), select(vec!["/", "/", "\\", "//"]));
    let ends = select(vec!["", "a.mkv", "/", "\\"]);
    let path = (select(&ROOTS[..]), vec(part, 0..4), ends).prop_map(|(root, parts, end)| {
        let folders: String =
            parts.iter().map(|(part, separator)| [*part, *separator].concat()).collect();
        format!("{root}{folders}{end}")
    });
    let paths: BTreeSet<String> =
        (0..400).map(|_| path.new_tree(&mut runner).unwrap().current()).collect();
    let paths = paths.into_iter().filter(|path| !path.is_empty());
    let videos = paths.zip(1..).map(|(path, number)| NewVideo {
        id: counted_id(number),
        ..video_with(number % 50, |values| {
            values.path = text(&path);
            values.file_size = quantity(i64::try_from(number * number).unwrap());
        })
    });
    videos.collect()
}

/// The folders that a path is in, from the top.
pub fn ancestors(path: &str) -> Vec<&str> {
    let letters: Vec<char> = path.chars().take(3).collect();
    let is_drive = matches!(letters[..], [letter, ':', '\\'] if letter.is_ascii_alphabetic());
    let is_server = matches!(letters[..], ['\\', '\\', ..]);
    let mut folders = Vec::new();
    for (place, letter) in path.char_indices() {
        let separates = letter == '/' || letter == '\\' && (is_drive || is_server);
        let begins_server = is_server && place < 2;
        if separates && !begins_server {
            folders.push(&path[..=place]);
        }
    }
    folders
}

/// The folders directly below another one, or at the top, that contain one of these paths: by path.
pub fn folders_below<'p>(under: Option<&str>, paths: &[&'p str]) -> Vec<&'p str> {
    let mut found: BTreeSet<&[u8]> = BTreeSet::new();
    for path in paths {
        let folders = ancestors(path);
        let depth = match under {
            None => Some(0),
            Some(under) => folders.iter().position(|folder| *folder == under).map(|at| at + 1),
        };
        if let Some(folder) = depth.and_then(|depth| folders.get(depth)) {
            found.insert(folder.as_bytes());
        }
    }
    found.into_iter().map(|folder| str::from_utf8(folder).unwrap()).collect()
}
