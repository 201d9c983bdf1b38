//! When a request has the folder of a file looked at.
//!
//! Anyone who has an address can request it again and again. What is found at a path is looked at once: if the library
//! still does not take it for the file of its video after that, another scan would not either.

use std::collections::HashMap;
use std::time::Duration;

use crate::catalogue::disk::Stat;
use crate::domain::Timestamp;
use crate::domain::catalogue::{KnownFile, RootId};

/// How long a folder that was looked at because of a request is not looked at again because of another.
const BETWEEN_LOOKS: Duration = Duration::from_secs(60);

/// The same for what was found at the path of a file, while it stays as it is: the scan may have failed.
const AT_THE_SAME: Duration = Duration::from_secs(60 * 60);

/// A path below a root.
type Place = (RootId, Vec<u8>);

/// The size and the time of modification of what is at a path; none if nothing is.
type Finding = Option<(u64, i64)>;

/// The looks that requests have asked for lately.
#[derive(Debug, Default)]
pub(super) struct Looks {
    folders: HashMap<Place, Timestamp>,
    files: HashMap<Place, (Finding, Timestamp)>,
}

impl Looks {
    /// Whether the folder of a file is to be looked at, because this was found at its path. If so, that is noted.
    pub(super) fn may_look(
        &mut self,
        file: &KnownFile,
        found: Option<&Stat>,
        now: Timestamp,
    ) -> bool {
        // A clock that was set back does not keep anything from being looked at.
        let is_recent = |at: Timestamp, pause| at <= now && now < at.after(pause);
        self.folders.retain(|_, at| is_recent(*at, BETWEEN_LOOKS));
        self.files.retain(|_, (_, at)| is_recent(*at, AT_THE_SAME));
        let found = found.map(|stat| (stat.size, stat.modified));
        let folder = (file.root, folder_of(&file.path).to_vec());
        let place = (file.root, file.path.clone());
        let is_known = self.files.get(&place).is_some_and(|(before, _)| *before == found);
        if is_known || self.folders.contains_key(&folder) {
            return false;
        }
        self.folders.insert(folder, now);
        self.files.insert(place, (found, now));
        true
    }
}

/// The folder of a file, below its root.
pub(super) fn folder_of(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    &path[..slash.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::disk::Kind;
    use crate::domain::catalogue::{FileMark, ProbedValues};
    use crate::domain::file::Fingerprint;

    const PROBED: &str = r#"{"durationFrames":1,"frameRate":{"numerator":25,"denominator":1},"width":1,"height":1,"videoCodec":"h264","audioCodec":null,"fileSize":1}"#;

    fn file(root: u8, path: &str) -> KnownFile {
        KnownFile {
            root: RootId::from_bytes([root; 16]),
            path: path.into(),
            video: None,
            mark: FileMark { size: 1, modified: 1, changed: 1, device: 1, inode: 1 },
            fingerprint: Fingerprint::from_hash(1),
            probed: ProbedValues::from_json(PROBED).unwrap(),
            is_unreachable: false,
        }
    }

    /// What is at a path, after it was written so many times.
    fn written(times: i64) -> Stat {
        Stat {
            kind: Kind::File,
            size: 7,
            modified: times,
            changed: times,
            device: 1,
            inode: 1,
            blocks: 8,
        }
    }

    fn at(seconds: u64) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        start.after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_folder_is_looked_at_once_a_minute() {
        let mut looks = Looks::default();
        for (seconds, root, path, expected) in [
            (0, 1, "a/x.mkv", true),
            (1, 1, "a/y.mkv", false),
            (1, 1, "b/x.mkv", true),
            (1, 1, "x.mkv", true),
            (1, 2, "a/x.mkv", true),
            // A request that is turned down does not put the next look off.
            (59, 1, "a/y.mkv", false),
            (60, 1, "a/y.mkv", true),
            (61, 1, "a/z.mkv", false),
        ] {
            let is_looked_at = looks.may_look(&file(root, path), None, at(seconds));
            assert_eq!(is_looked_at, expected, "{root} {path} after {seconds} s");
        }
    }

    #[test]
    fn what_stays_at_a_path_is_looked_at_once_an_hour_and_what_changes_at_once() {
        let (mut looks, file) = (Looks::default(), file(1, "a/x.mkv"));
        for (seconds, found, expected) in [
            (0, Some(written(1)), true),
            (60, Some(written(1)), false),
            (3_599, Some(written(1)), false),
            (3_600, Some(written(1)), true),
            (3_660, Some(written(2)), true),
            (3_720, None, true),
            (3_780, None, false),
            (3_840, Some(written(2)), true),
            (3_841, Some(Stat { size: 8, ..written(2) }), false),
            (3_900, Some(Stat { size: 8, ..written(2) }), true),
        ] {
            let is_looked_at = looks.may_look(&file, found.as_ref(), at(seconds));
            assert_eq!(is_looked_at, expected, "{found:?} after {seconds} s");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nothing_from_being_looked_at() {
        let (mut looks, file) = (Looks::default(), file(1, "a/x.mkv"));
        assert!(looks.may_look(&file, None, at(9_000)));
        assert!(looks.may_look(&file, None, at(8_999)));
        assert!(!looks.may_look(&file, None, at(9_000)));
    }

    #[test]
    fn what_was_noted_is_forgotten_once_it_says_nothing() {
        let mut looks = Looks::default();
        for number in 0..100 {
            assert!(looks.may_look(&file(1, &format!("{number}/x.mkv")), None, at(number)));
        }
        assert!(looks.may_look(&file(1, "a/x.mkv"), None, at(9_000)));
        assert_eq!((looks.folders.len(), looks.files.len()), (1, 1));
    }
}
