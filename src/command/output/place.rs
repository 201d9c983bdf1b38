//! Resolves a path, whether the file exists or not.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// What a path finally refers to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ResolvedPath {
    /// A file that the program was started with, by its number: `/dev/stdout`, or `/dev/fd/63` of a
    /// process substitution.
    Descriptor(u32),
    /// A file, from the root on and without links. It need not exist, but its folder does.
    File(PathBuf),
}

impl ResolvedPath {
    /// Follows a path to its end.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let descriptors = fs::canonicalize("/dev/fd").ok();
        let mut path = std::path::absolute(path)?;
        for _ in 0..MOST_LINKS {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(ErrorKind::IsADirectory.into());
            };
            let folder = fs::canonicalize(folder)?;
            if Some(&folder) == descriptors.as_ref()
                && let Some(number) = name.to_str().and_then(|name| name.parse().ok())
            {
                return Ok(Self::Descriptor(number));
            }
            let here = folder.join(name);
            match fs::read_link(&here) {
                Ok(target) => path = folder.join(target),
                Err(_) => return Ok(Self::File(here)),
            }
        }
        Err(io::Error::other("too many levels of symbolic links"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_leads_to_the_end_of_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(folder.join("deep/er")).unwrap();
        symlink("deep/er", folder.join("folder")).unwrap();
        symlink("../there", folder.join("folder/link")).unwrap();
        symlink("folder/link", folder.join("chain")).unwrap();
        for path in ["chain", "folder/link", "deep/er/link", "deep/there", "folder/../there"] {
            let place = ResolvedPath::of(&folder.join(path)).unwrap();
            assert_eq!(place, ResolvedPath::File(folder.join("deep/there")), "{path}");
        }
        symlink("round", folder.join("round")).unwrap();
        ResolvedPath::of(&folder.join("round")).unwrap_err();
        ResolvedPath::of(&folder.join("missing/file")).unwrap_err();
        assert_eq!(
            ResolvedPath::of(Path::new("/dev/fd/63")).unwrap(),
            ResolvedPath::Descriptor(63)
        );
        assert_eq!(
            ResolvedPath::of(Path::new("/dev/stdout")).unwrap(),
            ResolvedPath::Descriptor(1)
        );
    }
}
