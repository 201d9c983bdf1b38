//! Writing a library as text.

use std::io::{self, Write};

use futures_util::TryStreamExt;

use super::record::Record;
use crate::repository::{RepositoryError, VideoRepository};

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

/// Writes every video as of one moment, oldest first, a line each. The answer is their number.
///
/// What it writes, `import` reads: importing it into an empty library and exporting that gives the
/// same bytes.
///
/// # Errors
/// When the library cannot be read or the text not be written; a part of it may be written then.
pub async fn export(
    repository: &dyn VideoRepository,
    output: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let mut videos = repository.scan();
    let mut count = 0;
    while let Some(video) = videos.try_next().await? {
        serde_json::to_writer(&mut *output, &Record::from(&video)).map_err(io::Error::from)?;
        output.write_all(b"\n")?;
        count += 1;
    }
    output.flush()?;
    Ok(count)
}
