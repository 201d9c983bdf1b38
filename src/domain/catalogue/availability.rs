//! Whether the files of videos are there.

use super::known_file::FileRow;
use super::root::{RootId, RootState};
use crate::domain::filter::{FileTest, IntegerField, IntegerTest, VideoFilter};

/// Whether the file of a video is where the library says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It was there at the last scan.
    Available,
    /// It was gone at the last scan, while its root could be read.
    Missing,
    /// Its root or disk cannot be reached, so that nothing is known.
    Offline,
}

impl Availability {
    /// Every availability.
    pub const ALL: [Self; 3] = [Self::Available, Self::Missing, Self::Offline];

    /// That of a file, whose root is in this state.
    pub fn of(row: &FileRow, root: &RootState) -> Self {
        match root {
            _ if row.file.is_unreachable => Self::Offline,
            RootState::Offline(_) => Self::Offline,
            RootState::Online if row.missing_since.is_some() => Self::Missing,
            RootState::Online => Self::Available,
        }
    }

    /// The filter for videos with it, while these roots cannot be reached.
    pub fn filter(self, offline: &[RootId]) -> VideoFilter {
        let file = |test| VideoFilter::File(test);
        let reachable = file(FileTest::Reachable(offline.to_vec()));
        let is_missing = |is_missing: bool| {
            VideoFilter::Integer(IntegerField::MissingSince, IntegerTest::IsNull(!is_missing))
        };
        VideoFilter::All(match self {
            Self::Available => vec![is_missing(false), reachable],
            Self::Missing => vec![is_missing(true), reachable],
            Self::Offline => {
                vec![file(FileTest::Exists), VideoFilter::except(reachable)]
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{FileMark, FileNumber, KnownFile, ProbedValues};
    use crate::domain::file::Fingerprint;
    use crate::domain::{FileFacts, Timestamp, samples};

    const PROBED: &str = r#"{"durationFrames":1,"frameRate":{"numerator":25,"denominator":1},"width":1,"height":1,"videoCodec":"h264","audioCodec":null,"fileSize":1}"#;

    fn roots() -> [RootId; 2] {
        [1, 2].map(|byte| RootId::from_bytes([byte; 16]))
    }

    fn row(missing_since: Option<Timestamp>, is_unreachable: bool) -> FileRow {
        let video = samples::video();
        let file = KnownFile {
            root: roots()[0],
            path: b"a.mkv".to_vec(),
            video: Some(video.id),
            mark: FileMark { size: 1, modified: 1, changed: 1, device: 1, inode: 1 },
            fingerprint: Fingerprint::from_hash(1),
            probed: ProbedValues::from_json(PROBED).unwrap(),
            is_unreachable,
        };
        FileRow { number: FileNumber(1), file, missing_since }
    }

    #[test]
    fn a_filter_matches_the_videos_with_the_availability() {
        let [own, other] = roots();
        for (is_missing, is_unreachable, offline) in [
            (false, false, &[other][..]),
            (false, false, &[]),
            (true, false, &[other][..]),
            (false, true, &[]),
            (true, true, &[]),
            (false, false, &[own, other]),
            (true, false, &[own]),
            (true, true, &[own]),
        ] {
            let missing_since = is_missing.then_some(Timestamp::MAX);
            let mut video = samples::video();
            video.values.file = FileFacts { missing_since, ..FileFacts::default() }.pack().unwrap();
            let row = row(missing_since, is_unreachable);
            let state = match offline.contains(&own) {
                true => RootState::Offline("It is gone.".to_owned()),
                false => RootState::Online,
            };
            let expected = Availability::of(&row, &state);
            for availability in Availability::ALL {
                let filter = availability.filter(offline);
                let is_it = availability == expected;
                assert_eq!(filter.matches(&video, Some(row.file.placement())), is_it, "{row:?}");
                assert!(!filter.matches(&video, None), "{filter:?}");
            }
        }
    }
}
