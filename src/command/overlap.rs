//! What two folders have in common, whatever links lead to them.

use std::path::{Path, PathBuf};

/// Where a folder is, as seen from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    /// They are the same.
    Same,
    /// It is in the other one.
    Inside,
    /// It contains the other one.
    Around,
}

impl Overlap {
    /// What these folders have in common; none if nothing. Neither has to exist.
    pub fn of(folder: &Path, other: &Path) -> Option<Self> {
        let (one, other) = (real(folder), real(other));
        match (one.starts_with(&other), other.starts_with(&one)) {
            (false, false) => None,
            (true, true) => Some(Self::Same),
            (true, false) => Some(Self::Inside),
            (false, true) => Some(Self::Around),
        }
    }
}

/// Where a folder is, or would be. The part of its path that exists may have links.
fn real(folder: &Path) -> PathBuf {
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let existing = path.ancestors().find_map(|above| {
        let real = above.canonicalize().ok()?;
        let below = path.strip_prefix(above).ok()?;
        Some(real.join(below))
    });
    existing.unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::fs::create_dir_all;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_do_not_hide_where_a_folder_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        create_dir_all(path("films/new")).unwrap();
        create_dir_all(path("clips")).unwrap();
        for (target, link) in
            [("films", "same"), ("films/new", "inside"), ("nowhere", "dangling"), ("clips", "c")]
        {
            symlink(path(target), path(link)).unwrap();
        }
        symlink(folder.path(), path("clips/above")).unwrap();
        let cases: &[(&str, Option<Overlap>)] = &[
            ("films", Some(Overlap::Same)),
            ("same", Some(Overlap::Same)),
            ("same/.", Some(Overlap::Same)),
            ("clips/above/films", Some(Overlap::Same)),
            ("inside", Some(Overlap::Inside)),
            ("films/gone/away", Some(Overlap::Inside)),
            ("same/gone/away", Some(Overlap::Inside)),
            ("clips/above/same/gone", Some(Overlap::Inside)),
            ("clips/above", Some(Overlap::Around)),
            ("", Some(Overlap::Around)),
            ("clips", None),
            ("c/gone", None),
            ("films2", None),
            ("dangling", None),
        ];
        for (name, expected) in cases {
            assert_eq!(Overlap::of(&path(name), &path("films")), *expected, "{name}");
            assert_eq!(Overlap::of(&path(name), &path("same")), *expected, "{name}");
        }
    }
}
