//! What a walk finds.

use crate::catalogue::disk::Stat;
use crate::domain::catalogue::Problem;

/// What a walk found out about a path. All of them are below the root, in bytes; the empty path is the root
/// itself.
///
/// A known file below the folders of a complete walk is not there any more if none of these covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A folder that was read to its end. What is in it follows, but for its folders, which come later.
    Folder {
        /// Where it is.
        path: Vec<u8>,
        /// The device that it is on. Where a disk below the root is not mounted, this is the device of the
        /// folder that it is mounted on.
        device: u64,
    },
    /// A regular file with the name of a video, or a link to one.
    File {
        /// Where it is, or the link.
        path: Vec<u8>,
        /// What the disk says about the file.
        stat: Stat,
    },
    /// Something that is there and is not catalogued, nor is anything below it.
    Refused {
        /// Where it is.
        path: Vec<u8>,
        /// Why.
        problem: Problem,
    },
    /// A folder, file or link that could not be looked at. Nothing is known of it, nor of anything below it.
    Unreachable {
        /// Where it is.
        path: Vec<u8>,
        /// Why.
        problem: Problem,
    },
    /// A file or folder that is not looked at, nor is anything below it.
    Excluded {
        /// Where it is.
        path: Vec<u8>,
    },
    /// A folder that is not there, nor is anything below it.
    Gone {
        /// Where it was.
        path: Vec<u8>,
        /// The device of the nearest folder above it that is there.
        device: u64,
    },
}
