//! What a scan has to say about a file or a folder that is not as it should be.

use super::probe::NoVideo;

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemCode {
    /// The server may not read it.
    PermissionDenied,
    /// The disk reported an error.
    ReadFailed,
    /// It is no video in a format that is catalogued.
    NotReadableAsMedia,
    /// It has no moving picture.
    NoVideoStream,
    /// Nothing says how long it is.
    NoDuration,
    /// Reading it took too long.
    TimedOut,
    /// It ends before its container says it does. It is catalogued all the same.
    Truncated,
    /// Its name is not UTF-8.
    NameNotUtf8,
    /// Its path is longer than a library can store.
    NameTooLong,
    /// It is a link to a folder, or to a file outside of the library roots.
    LinkNotFollowed,
    /// It is a link to something that cannot be found.
    LinkBroken,
    /// It is a device, a pipe or a socket.
    NotAFile,
    /// It may be one of several missing videos.
    AmbiguousMove,
    /// Another video has its path.
    PathTaken,
    /// The system watches as many folders as it can.
    WatchLimit,
}

impl ProblemCode {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::PermissionDenied,
        Self::ReadFailed,
        Self::NotReadableAsMedia,
        Self::NoVideoStream,
        Self::NoDuration,
        Self::TimedOut,
        Self::Truncated,
        Self::NameNotUtf8,
        Self::NameTooLong,
        Self::LinkNotFollowed,
        Self::LinkBroken,
        Self::NotAFile,
        Self::AmbiguousMove,
        Self::PathTaken,
        Self::WatchLimit,
    ];

    /// Its name in the public schema and in libraries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ReadFailed => "READ_FAILED",
            Self::NotReadableAsMedia => "NOT_READABLE_AS_MEDIA",
            Self::NoVideoStream => "NO_VIDEO_STREAM",
            Self::NoDuration => "NO_DURATION",
            Self::TimedOut => "TIMED_OUT",
            Self::Truncated => "TRUNCATED",
            Self::NameNotUtf8 => "NAME_NOT_UTF8",
            Self::NameTooLong => "NAME_TOO_LONG",
            Self::LinkNotFollowed => "LINK_NOT_FOLLOWED",
            Self::LinkBroken => "LINK_BROKEN",
            Self::NotAFile => "NOT_A_FILE",
            Self::AmbiguousMove => "AMBIGUOUS_MOVE",
            Self::PathTaken => "PATH_TAKEN",
            Self::WatchLimit => "WATCH_LIMIT",
        }
    }

    /// The problem with this name; none if there is none.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// Whether it says that a file was read, and is no video. Most others say that nobody could find out.
    pub fn is_no_video(self) -> bool {
        matches!(self, Self::NotReadableAsMedia | Self::NoVideoStream | Self::NoDuration)
    }

    /// Whether it says that a file could not be read, whatever is in it: the next scan tries again.
    pub fn is_of_reading(self) -> bool {
        matches!(self, Self::PermissionDenied | Self::ReadFailed)
    }

    /// What is wrong, and what to do.
    fn advice(self) -> &'static str {
        match self {
            Self::PermissionDenied => advice::PERMISSION_DENIED,
            Self::ReadFailed => advice::READ_FAILED,
            Self::NotReadableAsMedia => advice::NOT_READABLE_AS_MEDIA,
            Self::NoVideoStream => advice::NO_VIDEO_STREAM,
            Self::NoDuration => advice::NO_DURATION,
            Self::TimedOut => advice::TIMED_OUT,
            Self::Truncated => advice::TRUNCATED,
            Self::NameNotUtf8 => advice::NAME_NOT_UTF8,
            Self::NameTooLong => advice::NAME_TOO_LONG,
            Self::LinkNotFollowed => advice::LINK_NOT_FOLLOWED,
            Self::LinkBroken => advice::LINK_BROKEN,
            Self::NotAFile => advice::NOT_A_FILE,
            Self::AmbiguousMove => advice::AMBIGUOUS_MOVE,
            Self::PathTaken => advice::PATH_TAKEN,
            Self::WatchLimit => advice::WATCH_LIMIT,
        }
    }
}

impl From<NoVideo> for ProblemCode {
    fn from(reason: NoVideo) -> Self {
        match reason {
            NoVideo::NotReadable => Self::NotReadableAsMedia,
            NoVideo::NoVideoStream => Self::NoVideoStream,
            NoVideo::NoDuration => Self::NoDuration,
        }
    }
}

/// What is wrong, and what to do, for each kind.
mod advice {
    pub(super) const PERMISSION_DENIED: &str = "Reelgraph is not allowed to read this. Allow the \
        user that it runs as to read the file and to enter its folders, and scan again.";
    pub(super) const READ_FAILED: &str = "The disk could not be read. Check the disk and its \
        connection; the next scan tries again.";
    pub(super) const NOT_READABLE_AS_MEDIA: &str = "This is not a video in a supported format, or \
        it is damaged. Replace the file, or remove it if it is not a video.";
    pub(super) const NO_VIDEO_STREAM: &str = "This file contains no video: only sound, subtitles \
        or a cover. Move it out of the library, or leave it; nothing else is affected.";
    pub(super) const NO_DURATION: &str = "Nothing in this file states how long it is, or what \
        it states is no possible length. Copy its streams into a new file, for example with `ffmpeg -i OLD -c copy NEW.mkv`.";
    pub(super) const TIMED_OUT: &str = "Reading this file took too long, so it was skipped until \
        it changes. Check whether it plays, and replace it if it is damaged.";
    pub(super) const TRUNCATED: &str = "The file ends before its container says it does, as after \
        an interrupted download. Get a complete copy; until then, it is catalogued as it is.";
    pub(super) const NAME_NOT_UTF8: &str =
        "The name is not UTF-8, so a library cannot store it. Rename the file or folder.";
    pub(super) const NAME_TOO_LONG: &str = "The path is longer than a library can store. Shorten \
        the names of the file or of its folders.";
    pub(super) const LINK_NOT_FOLLOWED: &str = "This is a link to a folder, or to a file outside \
        of the library roots, and such links are not followed. Make the folder it leads to a \
        library root of its own.";
    pub(super) const LINK_BROKEN: &str = "This is a link to something that cannot be found. \
        Connect the disk it leads to, or remove the link.";
    pub(super) const NOT_A_FILE: &str =
        "This has the name of a video and is a device, a pipe or a socket. Remove or rename it.";
    pub(super) const AMBIGUOUS_MOVE: &str = "Several missing videos may be this file, so it was \
        added as a new video. Merge it with the right one.";
    pub(super) const PATH_TAKEN: &str =
        "Another video has this path. Correct its path, or delete its record.";
    pub(super) const WATCH_LIMIT: &str = "The system cannot watch more folders, so this root is \
        scanned on a schedule instead. Raise the limit: `sysctl fs.inotify.max_user_watches=1048576`.";
}

/// A problem with a file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: ProblemCode,
    /// What is wrong, and what to do. It never contains a path.
    pub message: String,
}

impl Problem {
    /// A problem of which nothing more is known.
    pub fn new(code: ProblemCode) -> Self {
        Self { code, message: code.advice().to_owned() }
    }

    /// A problem with what was reported about it, such as the words of an operating system.
    pub fn reported(code: ProblemCode, details: &str) -> Self {
        let advice = code.advice();
        Self { code, message: format!("{advice} Details: {details}.") }
    }

    /// The system watches no more folders for the user of the server than this, if the number is known.
    pub fn of_watches(limit: Option<u64>) -> Self {
        const LEAST: u64 = 524_288;
        let enough = limit.map_or(LEAST, |limit| LEAST.max(limit.saturating_mul(2)));
        let limit = limit.map(|limit| format!(" than {limit}")).unwrap_or_default();
        let message = format!(
            "The system does not let the programs of this user watch more folders{limit}, so this \
             root is scanned on the schedule instead. Raise the limit: `sysctl \
             fs.inotify.max_user_watches={enough}`."
        );
        Self { code: ProblemCode::WatchLimit, message }
    }

    /// The system lets the programs of the server's user watch nothing more, whatever the number of folders.
    pub fn of_watching_programs() -> Self {
        let message = "Too many programs of this user watch folders, so this root is scanned on \
                       the schedule instead. Raise the limit: `sysctl \
                       fs.inotify.max_user_instances=1024`.";
        Self { code: ProblemCode::WatchLimit, message: message.to_owned() }
    }

    /// A link to a folder that is in a library root anyway.
    pub fn link_to_known_folder() -> Self {
        let message = "This is a link to a folder of a library root, and such links are not \
                       followed. Nothing is lost: the folder is scanned where it is.";
        Self { code: ProblemCode::LinkNotFollowed, message: message.to_owned() }
    }

    /// The contents of a DVD or a Blu-ray disc, whose parts are not videos of their own.
    pub fn disc() -> Self {
        let message = "This is a copy of a DVD or Blu-ray disc, and discs are not catalogued. \
                       Convert its titles to files, for example with MakeMKV.";
        Self { code: ProblemCode::NotReadableAsMedia, message: message.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_name_and_says_what_to_do() {
        for code in ProblemCode::ALL {
            assert_eq!(ProblemCode::named(code.as_str()), Some(code));
            let message = Problem::new(code).message;
            assert!(message.ends_with('.') && message.contains(". "), "{message}");
            assert!(!message.contains("  "), "{message}");
        }
        assert_eq!(ProblemCode::named("NOTHING"), None);
    }

    #[test]
    fn a_limit_of_watches_names_the_setting_of_the_system() {
        for (limit, expected) in [
            (None, "`sysctl fs.inotify.max_user_watches=524288`"),
            (Some(8_192), "more folders than 8192, so"),
            (Some(524_288), "`sysctl fs.inotify.max_user_watches=1048576`"),
        ] {
            let message = Problem::of_watches(limit).message;
            assert!(message.contains(expected), "{message}");
        }
        let message = Problem::of_watching_programs().message;
        assert!(message.contains("sysctl fs.inotify.max_user_instances="), "{message}");
    }
}
