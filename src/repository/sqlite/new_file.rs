//! The file of a new library, which others cannot read.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Creates an empty file for a new library: SQLite would make it readable by everybody. The files
/// next to it get the same mode.
///
/// A file that is there is not opened, as that would drop the locks that SQLite has on it in this
/// process. Why a file cannot be made is for SQLite to find out.
pub(super) fn make_where_missing(path: &Path) {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let made = for_user_and_group().write(true).create_new(true).open(&path);
        let is_taken = made.is_err_and(|error| error.kind() == ErrorKind::AlreadyExists);
        // A link takes the name even where it leads to nothing yet.
        let (true, Ok(target)) = (is_taken, fs::read_link(&path)) else { return };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
}

#[cfg(unix)]
fn for_user_and_group() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o640);
    options
}

#[cfg(not(unix))]
fn for_user_and_group() -> OpenOptions {
    OpenOptions::new()
}
