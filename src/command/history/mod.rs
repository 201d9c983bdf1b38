//! `reelgraph history`: lists the versions of a video, and what each of them changed.

mod shown;

use super::Failure;
use super::library_to_read::LibraryToRead;
use super::output::print;
use crate::config::HistorySettings;
use crate::domain::{AuditEntry, PageRequest, VideoId, printable};
use crate::repository::VideoReader;

/// How many versions are read at once.
const PAGE: usize = 500;

pub(super) async fn run(settings: &HistorySettings) -> Result<(), Failure> {
    let library = LibraryToRead::open(&settings.database).await?;
    let listed = list(library.reader(), settings).await;
    // What somebody has changed cannot be read, perhaps: so this comes first.
    library.close().await?;
    listed
}

/// Prints every version, the first one first.
async fn list(reader: &dyn VideoReader, settings: &HistorySettings) -> Result<(), Failure> {
    let id = named_by(reader, settings).await?;
    let mut page = oldest(reader, id, None).await?;
    if page.is_empty() {
        return Err(format!("there is no video {id}, and there never was one").into());
    }
    while let Some(newest) = page.last() {
        let next = newest.version;
        let lines: String = page.iter().map(|entry| line(entry, settings.json)).collect();
        print(lines)?;
        page = oldest(reader, id, Some(next)).await?;
    }
    Ok(())
}

/// The video that the settings name.
async fn named_by(
    reader: &dyn VideoReader,
    settings: &HistorySettings,
) -> Result<VideoId, Failure> {
    match (settings.id, &settings.path) {
        (Some(id), _) => Ok(id),
        (None, Some(path)) => match reader.get_by_path(path).await? {
            Some(video) => Ok(video.id),
            None => Err(format!(
                "there is no video at {} now: name the ID of the one that was there; the audit \
                 entries of the API have it",
                printable(path.as_str())
            )
            .into()),
        },
        (None, None) => Err("name a video by its ID or by --path".into()),
    }
}

/// The oldest entries of a video after this version, the oldest first.
async fn oldest(
    reader: &dyn VideoReader,
    id: VideoId,
    after: Option<i32>,
) -> Result<Vec<AuditEntry>, Failure> {
    // Histories are listed newest first, so what comes before a place there is what comes after it here.
    let request = PageRequest::Backward { limit: PAGE, before: after };
    let found = reader.entries_of(&[id], &request).await?.pop();
    let mut entries = found.map(|page| page.items).unwrap_or_default();
    entries.reverse();
    Ok(entries)
}

fn line(entry: &AuditEntry, as_json: bool) -> String {
    if as_json { shown::as_json(entry) } else { shown::as_text(entry) }
}
