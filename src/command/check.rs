//! `reelgraph check`: verifies that the library and its history agree.

use super::Failure;
use super::library_to_read::LibraryToRead;
use super::output::print;
use crate::config::DatabaseSettings;
use crate::domain::{AuditFilter, VideoFilter, printable};
use crate::repository::{MAX_FAULTS, RepositoryError};

pub(super) async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let library = LibraryToRead::open(settings).await?;
    let found = look_through(&library).await;
    // What somebody has changed looks damaged, perhaps: so this comes first.
    library.close().await?;
    match found? {
        Found::Sound { videos, entries } => {
            let video = if videos == 1 { "video" } else { "videos" };
            let entry = if entries == 1 { "entry" } else { "entries" };
            print(format_args!(
                "The library is sound: {videos} {video}, {entries} audit {entry}.\n"
            ))
        }
        Found::ValidationErrors(faults) => {
            let lines: String = faults.iter().map(|fault| printable(fault) + "\n").collect();
            print(lines)?;
            let more = if faults.len() == MAX_FAULTS { " or more" } else { "" };
            let number = faults.len();
            let noun = if number == 1 { "fault" } else { "faults" };
            Err(format!("the library has {number}{more} {noun}").into())
        }
    }
}

enum Found {
    Sound { videos: u64, entries: u64 },
    ValidationErrors(Vec<String>),
}

async fn look_through(library: &LibraryToRead) -> Result<Found, RepositoryError> {
    let faults = library.check().await?;
    if !faults.is_empty() {
        return Ok(Found::ValidationErrors(faults));
    }
    let videos = library.reader().count(&VideoFilter::everything()).await?;
    let entries = library.reader().count_entries(&AuditFilter::default()).await?;
    Ok(Found::Sound { videos, entries })
}
