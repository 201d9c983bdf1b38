//! The settings of commands that show the past.

use clap::{ArgGroup, Args};

use super::database::DatabaseSettings;
use super::declaration::Declaration as _;
use crate::domain::VideoId;

/// How far back moments in the past may lie.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MomentLimits {
    /// Maximum number of changes since a moment in the past that libraryAt, export --at and diff
    /// show
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 200_000)]
    #[arg(within = 1..=10_000_000_usize)]
    pub max_moment_changes: usize,
}

/// The settings of `history`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
#[command(group(ArgGroup::new("video").required(true)))]
pub struct HistorySettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// ID of the video, which may have been deleted
    #[arg(group = "video")]
    pub id: Option<VideoId>,

    /// The video that is at this path now, instead of an ID
    #[arg(long, group = "video")]
    pub path: Option<String>,

    /// Write one JSON object per line, with the fields of AuditEntry in the schema
    #[arg(long)]
    pub json: bool,
}

/// The settings of `diff`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct DiffSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// The first moment: a time such as 2026-11-28T12:00:00Z, which stands for everything that had
    /// been written by then, or a cursor of videoChanges or libraryAt, or a changesCursor
    #[arg(value_name = "FROM")]
    pub from: String,

    /// The second moment, in the same form; now if omitted
    #[arg(value_name = "TO")]
    pub to: Option<String>,

    /// Write one JSON object per line, with videoId and changes as VideoDifference in the schema has
    /// them, and the records before and after as export writes them
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub limits: MomentLimits,
}
