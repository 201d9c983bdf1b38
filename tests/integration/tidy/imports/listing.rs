//! The imports of the program as a list to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::graph::Graph;

/// Each folder with the folders that its files use, and below it each file with those of the same
/// folder that it uses. The files that use most come first, so that where there is no cycle, each
/// file uses only files further down.
pub fn by_folder(graph: &Graph) -> String {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in graph.files() {
        folders.entry(folder_of(file)).or_default().push(file);
    }
    let mut list = String::new();
    for (folder, mut files) in folders {
        files.sort_by_key(|file| std::cmp::Reverse(graph.reached_from(file).len()));
        let used = files.iter().flat_map(|file| graph.used_by(file));
        let others: BTreeSet<&str> = used
            .filter(|(used, _)| folder_of(used) != folder)
            .map(|(used, _)| part_of(used))
            .collect();
        writeln!(list, "\nsrc/{folder} uses {}", joined(others)).unwrap();
        for file in files {
            let own = graph.used_by(file).map(|(used, _)| used);
            let own = own.filter(|used| folder_of(used) == folder).map(name_of).collect();
            writeln!(list, "    {}: {}", name_of(file), joined(own)).unwrap();
        }
    }
    list
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder of a file, or the file itself where it has none.
fn part_of(file: &str) -> &str {
    file.rsplit_once('/').map_or(file, |(folder, _)| folder)
}

fn name_of(file: &str) -> &str {
    file.rsplit_once('/').map_or(file, |(_, name)| name)
}

fn joined(names: BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
