//! The file of a library, and the files that SQLite keeps next to it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The size of a file in bytes; 0 if there is none.
pub(super) fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// The path of this file's write-ahead log.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// The file next to a library with this suffix.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    beside.into()
}

/// A path with parameters as an SQLite URI, see <https://sqlite.org/uri.html>.
pub(super) fn uri(path: &Path, parameters: &str) -> PathBuf {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        write!(uri, "%{byte:02X}").expect("text can be written");
    }
    format!("{uri}?{parameters}").into()
}
