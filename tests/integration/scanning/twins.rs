//! Two libraries of one folder, of which one is scanned without disturbance.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::Value;

use super::films::Films;
use crate::support::binary::Finished;

/// The library that nobody disturbs.
pub const CALM: &str = "calm.db";
/// The one whose scans are killed.
pub const KILLED: &str = "library.db";

/// What is left of a film in a library but for times and IDs.
type Plain = BTreeMap<String, Value>;

/// Two libraries of the same films.
#[derive(Default)]
pub struct Twins {
    /// Which video of the one is which of the other.
    ids: HashMap<String, String>,
}

impl Twins {
    /// Scans the calm library, and holds the other one to be like it.
    #[track_caller]
    pub fn expect_alike(&mut self, films: &Films, arguments: &[&str]) {
        Finished::run(films.scanning_into(CALM, arguments)).with_code(0);
        let [calm, killed] = [CALM, KILLED].map(|library| exported(films, library));
        assert!(killed.keys().eq(calm.keys()), "{:?}, not {:?}", killed.keys(), calm.keys());
        for (path, (_, plain)) in &killed {
            assert_eq!(*plain, calm[path].1);
        }
        for sql in [FILES, PROBLEMS] {
            let [calm, killed] = [CALM, KILLED].map(|library| rows(films, library, sql));
            let differing = killed.iter().zip(&calm).find(|(one, other)| one != other);
            assert_eq!(differing, None);
            assert_eq!(killed.len(), calm.len(), "{killed:?}, not {calm:?}");
        }
        for ((path, (one, _)), (_, (other, _))) in calm.iter().zip(&killed) {
            let known = self.ids.entry(one.clone()).or_insert_with(|| other.clone());
            assert_eq!(known, other, "{path} has another video");
        }
    }
}

/// What is known of files but for their numbers.
const FILES: &str =
    "SELECT path, video IS NULL, size, modified, changed, device, inode, fingerprint, probed,
    is_unreachable FROM files ORDER BY path";
const PROBLEMS: &str =
    "SELECT CAST(path AS TEXT), code, message, size, modified, changed, device, inode,
    json_array_length(candidates) FROM scan_problems ORDER BY path";

/// The rows of a query.
fn rows(films: &Films, library: &str, sql: &str) -> Vec<Vec<Cell>> {
    let library = Connection::open(films.folder.path(library)).unwrap();
    let mut statement = library.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map((), row).unwrap().map(Result::unwrap).collect()
}

/// The ID and the rest of each video, by path.
fn exported(films: &Films, library: &str) -> BTreeMap<String, (String, Plain)> {
    let export = films.folder.run(library, &["export"]).with_code(0);
    let mut videos = BTreeMap::new();
    for line in export.stdout.lines() {
        let mut plain: Plain = serde_json::from_str(line).unwrap();
        let id = plain.remove("id").unwrap().as_str().unwrap().to_owned();
        for time in ["createdAt", "updatedAt"] {
            plain.remove(time);
        }
        if let Some(since) = plain.get_mut("missingSince") {
            *since = (!since.is_null()).into();
        }
        let path = plain["path"].as_str().unwrap().to_owned();
        videos.insert(path, (id, plain));
    }
    videos
}
