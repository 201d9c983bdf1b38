//! Writing a library as text.

use std::io::{self, Write};

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

use super::record::Record;
use crate::domain::Video;
use crate::repository::RepositoryError;

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The library could not be read.
    #[error("could not read the library")]
    Read(#[from] RepositoryError),
    /// The text could not be written.
    #[error("could not write")]
    Write(#[from] io::Error),
}

/// Writes these videos, which are all of a snapshot of the library, one per line. Returns their
/// number.
///
/// `import` can read the output: importing it into an empty library and exporting again produces
/// identical bytes.
///
/// # Errors
/// When the library cannot be read or the text cannot be written; part of it may have been written.
pub async fn export(
    mut videos: BoxStream<'_, Result<Video, RepositoryError>>,
    output: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let mut count = 0;
    while let Some(video) = videos.try_next().await? {
        serde_json::to_writer(&mut *output, &Record::from(&video)).map_err(io::Error::from)?;
        output.write_all(b"\n")?;
        count += 1;
    }
    output.flush()?;
    Ok(count)
}
