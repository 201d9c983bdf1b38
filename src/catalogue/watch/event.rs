//! What a system reports about folders that are watched.

/// What a watched folder is named by, as long as it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId(pub i32);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// To what has this name in a folder.
    Inside {
        /// The folder.
        folder: WatchId,
        /// The name, as the disk has it.
        name: Box<[u8]>,
        /// What happened.
        what: What,
        /// Whether it is a folder itself.
        is_folder: bool,
    },
    /// A folder was moved away, or removed.
    Left(WatchId),
    /// A folder is not watched any more: it was removed, or its disk was unmounted.
    Ended(WatchId),
    /// There was too much to report, so that some of it was not.
    Lost,
}

/// What happened to a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was made, or moved here.
    Appeared,
    /// It was removed, or moved away.
    Vanished,
    /// It was closed by somebody who may have written to it.
    Written,
    /// Its permissions, its times or other marks changed.
    Marked,
}
