//! The settings of `history`.

use clap::{ArgGroup, Args};

use super::DatabaseSettings;
use crate::domain::VideoId;

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
