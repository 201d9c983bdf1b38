//! What scans change: files, and with them their videos.

use crate::domain::catalogue::root::path_below;
use crate::domain::catalogue::{FileMark, FileNumber, FileReading, FileRow, KnownFile, RootId};
use crate::domain::{Text, VideoId};

/// What a scan found out about a file. A file that is known is named by its number.
#[derive(Clone, Debug)]
pub enum FileChange {
    /// There is a file at a path at which none was known: its video is added, or it belongs to the video
    /// that has the path already.
    Found {
        /// Below the root.
        path: Vec<u8>,
        /// The ID of the video if it is a new one.
        id: VideoId,
        /// What was read of it.
        reading: FileReading,
    },
    /// A file was read again.
    Read {
        /// The file.
        number: FileNumber,
        /// What was read of it.
        reading: FileReading,
        /// The ID of a new video if the file has none any more; without it, none is added.
        revive: Option<VideoId>,
    },
    /// The disk says something else about a file, and its content is as it was.
    Touched {
        /// The file.
        number: FileNumber,
        /// What the disk says.
        mark: FileMark,
    },
    /// A file is at another path of the root, which may be that of another one that is moved by the same
    /// write.
    Moved {
        /// The file.
        number: FileNumber,
        /// Below the root.
        path: Vec<u8>,
        /// What the disk says about it there.
        mark: FileMark,
    },
    /// A file is not there any more.
    Missing {
        /// The file.
        number: FileNumber,
    },
    /// A file is there, after it was missing or on a disk that could not be reached.
    Restored {
        /// The file.
        number: FileNumber,
    },
    /// The disk of a file cannot be reached.
    Unreachable {
        /// The file.
        number: FileNumber,
    },
    /// A file is not looked at any more, or is gone and has no video.
    Forgotten {
        /// The file.
        number: FileNumber,
    },
    /// A missing file and one of the same content that was found elsewhere are the same: the video of the
    /// first goes on with the second, whose own video is deleted.
    Merged {
        /// The missing file.
        missing: FileNumber,
        /// The file that was found.
        found: FileNumber,
    },
}

impl FileChange {
    /// The known files that it is about.
    pub fn numbers(&self) -> Vec<FileNumber> {
        match self {
            Self::Found { .. } => Vec::new(),
            Self::Read { number, .. }
            | Self::Touched { number, .. }
            | Self::Moved { number, .. }
            | Self::Missing { number }
            | Self::Restored { number }
            | Self::Unreachable { number }
            | Self::Forgotten { number } => vec![*number],
            Self::Merged { missing, found } => vec![*missing, *found],
        }
    }

    /// The path below the root that a file has after it, if it gives it one.
    pub fn new_path(&self) -> Option<&[u8]> {
        match self {
            Self::Found { path, .. } | Self::Moved { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The ID of the video that it may add.
    pub fn new_id(&self) -> Option<VideoId> {
        match self {
            Self::Found { id, .. } => Some(*id),
            Self::Read { revive, .. } => *revive,
            _ => None,
        }
    }
}

/// What a scan changes with one write.
#[derive(Clone, Debug)]
pub struct FileChanges {
    /// The root.
    pub root: RootId,
    /// What the paths of its videos begin with, before a slash.
    pub path_prefix: Text,
    /// The changes, of which each names a file once at most.
    pub changes: Vec<FileChange>,
}

impl FileChanges {
    /// The files that must be on the stage, with their videos: these, and those at the
    /// [new paths](Self::new_paths).
    pub fn numbers(&self) -> impl Iterator<Item = FileNumber> + '_ {
        self.changes.iter().flat_map(FileChange::numbers)
    }

    /// The paths of videos that may be given to those of these files that have none: whoever has one of them
    /// must be on the stage as well.
    pub fn paths_without_video<'f>(
        &'f self,
        files: &'f [FileRow],
    ) -> impl Iterator<Item = Text> + 'f {
        let without = files.iter().map(|row| &row.file);
        let without = without.filter(|file| file.video.is_none() && file.root == self.root);
        without.filter_map(|file| path_below(&self.path_prefix, &file.path).ok())
    }

    /// The paths below the root at which files may have been added in the meantime.
    pub fn new_paths(&self) -> impl Iterator<Item = &[u8]> {
        self.changes.iter().filter_map(FileChange::new_path)
    }
}

/// A step by which a store changes the files that it knows, in the transaction of the write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileStep {
    /// Keeps a new file.
    Add(KnownFile),
    /// Gives a file these values. It may not be there any more, because it was removed to make room at its
    /// path.
    Put(FileNumber, KnownFile),
    /// Removes a file.
    Remove(FileNumber),
    /// Takes a video away from its file, if it has one.
    Unlink(VideoId),
    /// Removes the file of a video, if it has one.
    Forget(VideoId),
}
