//! `reelgraph export`: writes the library as lines of JSON.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::causes::with_causes;
use crate::config::ExportSettings;
use crate::repository::VideoRepository;
use crate::transfer::export;
use crate::transfer::export::ExportError;

pub(super) async fn run(settings: &ExportSettings) -> Result<(), Failure> {
    let repository = super::open_existing(&settings.database.database_url).await?;
    let outcome = match settings.file.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => to_file(&*repository, path).await,
        None => to_standard_output(&*repository).await,
    };
    repository.close().await;
    outcome
}

async fn to_standard_output(repository: &dyn VideoRepository) -> Result<(), Failure> {
    let mut output = BufWriter::new(io::stdout());
    match export(repository, &mut output).await {
        // Whoever read along has seen enough, e.g. `head`.
        Err(ExportError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome.map(|_| ())?),
    }
}

/// Writes beside the file and renames at the end, so that what bears its name is whole.
async fn to_file(repository: &dyn VideoRepository, path: &Path) -> Result<(), Failure> {
    let unwritable = |error: io::Error| format!("could not write {}: {error}", path.display());
    let beside = part_of(path);
    let file = File::create(&beside).map_err(unwritable)?;
    let mut output = BufWriter::new(file);
    let count = match export(repository, &mut output).await {
        Ok(count) => count,
        Err(error) => {
            // What is there is of no use; that it could not be removed changes nothing of that.
            let _ = fs::remove_file(&beside);
            return Err(
                format!("could not write {}: {}", path.display(), with_causes(&error)).into()
            );
        }
    };
    output.flush().and_then(|()| output.get_ref().sync_all()).map_err(unwritable)?;
    fs::rename(&beside, path).map_err(unwritable)?;
    eprintln!("{count} videos written to {}.", path.display());
    Ok(())
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
