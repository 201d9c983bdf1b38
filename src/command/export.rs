//! `reelgraph export`: writes the library as lines of JSON.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use super::Failure;
use super::part_file::{Access, IfThere, PartFile};
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

async fn to_file(repository: &dyn VideoRepository, path: &Path) -> Result<(), Failure> {
    let unwritable = |error: io::Error| format!("could not write {}: {error}", path.display());
    let mut part = PartFile::create(path, Access::OfNewFiles).map_err(unwritable)?;
    let mut output = BufWriter::new(part.file());
    let count = export(repository, &mut output)
        .await
        .map_err(|error| format!("could not write {}: {}", path.display(), with_causes(&error)))?;
    output.flush().map_err(unwritable)?;
    drop(output);
    part.put_in_place(IfThere::Replace).map_err(unwritable)?;
    eprintln!("{count} videos written to {}.", path.display());
    Ok(())
}
