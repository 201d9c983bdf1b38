//! Why a scan ends early.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::catalogue::{Problem, RootName};
use crate::repository::RepositoryError;

/// Why a scan ends early. None of them marks a video as missing.
#[derive(Clone, Debug)]
pub(super) enum Halt {
    /// Somebody asked for it.
    Stopped,
    /// The root cannot be reached. Both texts are sentences that name no folder.
    Offline {
        /// What was seen.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// No file can be read. The text says what to do.
    Unavailable(String),
    /// The library cannot be read or written.
    Store(Arc<RepositoryError>),
}

impl Halt {
    const CHECK_THE_DISK: &str =
        "Check that the disk is connected and mounted, and scan again. Nothing was changed.";
    const NAME_A_FOLDER: &str = "Put the folder back in its place, or name another one with --root, \
        and scan again. Nothing was changed.";
    const ALLOW_IT: &str = "Allow the user that Reelgraph runs as to read the folder and to enter \
        those that it is in, and scan again. Nothing was changed.";
    const SCAN_AGAIN: &str = "If a disk is not mounted, mount it, and scan again. No video was marked \
        as missing.";
    const IF_ON_PURPOSE: &str = "If the disk is not mounted, mount it, and scan again. If the \
        folder is empty on purpose, put any file into it, and scan again.";
    const IF_ANOTHER_DISK: &str = "If the right disk is not mounted, mount it, and scan again. If \
        this is another folder, give it a library root of its own.";

    /// The walk ended, and nobody stopped it.
    pub(super) fn ended_early() -> Self {
        let advice = "The walk through the folders ended before it was complete. Scan again.";
        Self::Unavailable(advice.to_owned())
    }

    /// The root could not be opened.
    pub(super) fn unreadable(root: &RootName, error: &io::Error) -> Self {
        let (what, advice) = match error.kind() {
            ErrorKind::NotFound => ("does not exist".to_owned(), Self::CHECK_THE_DISK),
            ErrorKind::NotADirectory => ("is not a folder".to_owned(), Self::NAME_A_FOLDER),
            ErrorKind::PermissionDenied => {
                ("cannot be read: that is not allowed".to_owned(), Self::ALLOW_IT)
            }
            // Its text has the words of the system and a number, and no path.
            _ => (format!("cannot be opened ({error})"), Self::CHECK_THE_DISK),
        };
        let reason = format!("The folder of the library root {root} {what}.");
        Self::Offline { reason, advice }
    }

    /// The root cannot be read any more.
    pub(super) fn lost(root: &RootName, problem: &Problem) -> Self {
        let reason =
            format!("The library root {root} cannot be read any more. {}", problem.message);
        Self::Offline { reason, advice: "Scan again after that. No video was marked as missing." }
    }

    /// The disk does not answer.
    pub(super) fn hung(root: &RootName, patience: Duration) -> Self {
        let reason = format!(
            "The disk of the library root {root} did not answer within {} s.",
            patience.as_secs_f32()
        );
        Self::Offline { reason, advice: Self::CHECK_THE_DISK }
    }

    /// The root is empty, and videos are known in it.
    pub(super) fn empty(root: &RootName, known: u64) -> Self {
        let reason = format!("The library root {root} is empty; {known} videos are known there.");
        Self::Offline { reason, advice: Self::IF_ON_PURPOSE }
    }

    /// The root cannot be opened again, after it was walked through.
    pub(super) fn gone(root: &RootName, problem: &Problem) -> Self {
        let reason =
            format!("The library root {root} cannot be opened any more. {}", problem.message);
        Self::Offline { reason, advice: Self::SCAN_AGAIN }
    }

    /// Another folder is at the path of the root than when the scan began.
    pub(super) fn replaced(root: &RootName) -> Self {
        let reason = format!(
            "The folder of the library root {root} was replaced by another one during the scan."
        );
        Self::Offline { reason, advice: Self::SCAN_AGAIN }
    }

    /// The root is on another disk, which has nothing of what is known.
    pub(super) fn foreign(root: &RootName, sampled: usize) -> Self {
        let reason = format!(
            "The library root {root} is on another disk, and none of {sampled} known files that \
             were looked for is there."
        );
        Self::Offline { reason, advice: Self::IF_ANOTHER_DISK }
    }
}

impl From<RepositoryError> for Halt {
    fn from(error: RepositoryError) -> Self {
        Self::Store(Arc::new(error))
    }
}
