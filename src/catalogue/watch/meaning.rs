//! What an event means: whether a scan has to look, and where.

use super::event::What;
use crate::domain::catalogue::Extensions;
use crate::domain::catalogue::exclusion::{IGNORE, NO_MEDIA, is_excluded};

/// What an event means for the root that it happened in. Paths are below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing.
    Nothing,
    /// There is something to look at.
    Look(Vec<u8>),
    /// The same, of a file that was just written.
    Written(Vec<u8>),
    /// There is a folder to look at, and it has to be watched with all that is in it.
    Folder(Vec<u8>),
    /// There is no such folder any more.
    Gone(Vec<u8>),
}

/// What it means that this happened to what has this name in a folder.
pub(super) fn meaning(
    folder: &[u8],
    name: &[u8],
    (what, is_folder): (What, bool),
    extensions: &Extensions,
) -> Meaning {
    // Whether a scan looks at the folder at all depends on these.
    if !is_folder && (name == NO_MEDIA || name == IGNORE) {
        return Meaning::Folder(folder.to_vec());
    }
    if is_excluded(name) || (!is_folder && !extensions.include(name)) {
        return Meaning::Nothing;
    }
    let path = below(folder, name);
    match (is_folder, what) {
        (true, What::Vanished) => Meaning::Gone(path),
        (true, What::Written) => Meaning::Nothing,
        (true, What::Appeared | What::Marked) => Meaning::Folder(path),
        (false, What::Written) => Meaning::Written(path),
        (false, _) => Meaning::Look(path),
    }
}

/// The path of what has this name in a folder.
pub(super) fn below(folder: &[u8], name: &[u8]) -> Vec<u8> {
    match folder {
        b"" => name.to_vec(),
        folder => [folder, b"/", name].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, name: &str, what: (What, bool), expected: &Meaning) {
        let meaning = meaning(folder.as_bytes(), name.as_bytes(), what, &Extensions::default());
        assert_eq!(meaning, *expected, "{folder}/{name}, {what:?}");
    }

    const ALL: [What; 4] = [What::Appeared, What::Vanished, What::Written, What::Marked];

    #[test]
    fn a_video_is_looked_at_whatever_happens_to_it() {
        for what in [What::Appeared, What::Vanished, What::Marked] {
            check("", "a.mkv", (what, false), &Meaning::Look(b"a.mkv".to_vec()));
        }
        check("a/b", "c.MP4", (What::Written, false), &Meaning::Written(b"a/b/c.MP4".to_vec()));
    }

    #[test]
    fn what_no_scan_looks_at_means_nothing() {
        for what in ALL {
            for name in ["a.srt", "a.nfo", "poster.jpg", "a.mkv.part", "a", ".a.mkv", "._a.mkv"] {
                check("a", name, (what, false), &Meaning::Nothing);
            }
            for name in [".git", "@eaDir", "#recycle", "lost+found"] {
                check("a", name, (what, true), &Meaning::Nothing);
            }
        }
    }

    #[test]
    fn folders_are_watched_when_they_come_and_looked_for_when_they_go() {
        for what in [What::Appeared, What::Marked] {
            check("a", "b", (what, true), &Meaning::Folder(b"a/b".to_vec()));
            check("", "b.mkv", (what, true), &Meaning::Folder(b"b.mkv".to_vec()));
        }
        check("", "b", (What::Vanished, true), &Meaning::Gone(b"b".to_vec()));
    }

    #[test]
    fn what_keeps_scans_out_of_a_folder_is_a_change_of_the_folder() {
        for what in ALL {
            for name in [".nomedia", ".ignore"] {
                check("a/b", name, (what, false), &Meaning::Folder(b"a/b".to_vec()));
                check("", name, (what, false), &Meaning::Folder(Vec::new()));
                check("a", name, (what, true), &Meaning::Nothing);
            }
        }
    }
}
