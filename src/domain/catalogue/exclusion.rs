//! Which files and folders of a library root are not looked at, by their names.

/// What network storage and operating systems keep beside the files of their users.
const NOT_OF_USERS: &[&str] = &[
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "@eaDir",
    "@Recently-Snapshot",
    "@Recycle",
    "lost+found",
    "System Volume Information",
];

/// In a folder with a file of this name nothing is looked at.
pub const NO_MEDIA: &[u8] = b".nomedia";

/// In a folder with an empty file of this name nothing is looked at.
pub const IGNORE: &[u8] = b".ignore";

/// Whether a file or folder with this name is not looked at: hidden ones, bins and snapshots.
pub fn is_excluded(name: &[u8]) -> bool {
    let is = |other: &&str| name.eq_ignore_ascii_case(other.as_bytes());
    name.starts_with(b".") || NOT_OF_USERS.iter().any(is)
}

/// Whether a folder with this name has the contents of a DVD or a Blu-ray disc.
pub fn is_disc(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"VIDEO_TS") || name.eq_ignore_ascii_case(b"BDMV")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_and_those_of_systems_are_excluded() {
        let names = [
            ".a",
            "._a.mkv",
            ".Trash-1000",
            ".zfs",
            ".snapshots",
            ".@__thumb",
            "@eaDir",
            "#recycle",
        ];
        for name in
            names.into_iter().chain(["$Recycle.Bin", "lost+found", "SYSTEM VOLUME INFORMATION"])
        {
            assert!(is_excluded(name.as_bytes()), "{name}");
        }
        for name in ["a", "recycle", "@eaDirs", "sample", "lost", "a.b", "", "…"] {
            assert!(!is_excluded(name.as_bytes()), "{name}");
        }
    }
}
