//! The file of a library, and those that SQLite puts beside it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The size of a file in bytes; 0 where there is none.
pub(super) fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Where SQLite keeps the write-ahead log of this file.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// The file beside a library whose name has this ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    beside.into()
}

/// How SQLite takes a path with parameters, see <https://sqlite.org/uri.html>.
pub(super) fn uri(path: &Path, parameters: &str) -> PathBuf {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        write!(uri, "%{byte:02X}").expect("text can be written");
    }
    format!("{uri}?{parameters}").into()
}
