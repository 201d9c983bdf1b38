//! The folders of a command line.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::command::Failure;
use crate::domain::catalogue::Root;
use crate::domain::printable;

/// The absolute path of a folder that is there.
pub(super) fn existing(folder: &Path) -> Result<PathBuf, Failure> {
    let shown = printable(&folder.to_string_lossy());
    match folder.metadata() {
        Ok(found) if found.is_dir() => Ok(absolute(folder)?),
        Ok(_) => Err(format!("{shown} is not a folder: name the folder that it is in").into()),
        Err(error) => Err(format!("cannot scan {shown}: {error}").into()),
    }
}

/// The absolute path of a folder, as it is named: a link in it stays a link, since it can lead elsewhere
/// later.
pub(in crate::command) fn absolute(folder: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(folder)?;
    match absolute.components().any(|part| part == Component::ParentDir) {
        // What is above a link depends on where it leads.
        true => absolute.canonicalize(),
        false => Ok(absolute.components().collect()),
    }
}

/// The path of a folder below the root that it is in, even if a link leads there: it would be catalogued twice
/// otherwise.
pub(super) fn in_its_root(folder: &Path, roots: &[Root]) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok();
    let below = |root: &Root| {
        let directory = Path::new(OsStr::from_bytes(&root.directory));
        let rest = real(folder)?.strip_prefix(real(directory)?).ok()?.to_owned();
        Some(directory.join(rest).components().collect())
    };
    roots.iter().find_map(below).unwrap_or_else(|| folder.to_owned())
}

/// The bytes of a path.
pub(in crate::command) fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_spelling() {
        let of = |path: &str| absolute(Path::new(path)).unwrap();
        assert_eq!(bytes_of(&of("/usr//lib/./")), b"/usr/lib");
        assert_eq!(bytes_of(&of("/usr/lib/..")), b"/usr");
        assert_eq!(bytes_of(&of("/")), b"/");
        assert!(of("films").is_absolute());
    }
}
