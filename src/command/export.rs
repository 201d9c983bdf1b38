//! `reelgraph export`: writes the library as lines of JSON.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Failure;
use super::output::{Destination, PartFile, Stream, StreamWriter, say, unwritable};
use crate::causes::with_causes;
use crate::config::ExportSettings;
use crate::repository::VideoRepository;
use crate::transfer::export;
use crate::transfer::export::ExportError;

pub(super) async fn run(settings: &ExportSettings) -> Result<(), Failure> {
    let library = super::existing_library(&settings.database.database_url)?;
    let destination = Destination::find(settings.file.as_deref(), &library, settings.force)?;
    let repository = super::open_existing(&settings.database.database_url).await?;
    let outcome = match &destination {
        Destination::File(place) => to_file(&*repository, place, library.path()).await,
        Destination::Stream(stream) => to_stream(&*repository, stream).await,
    };
    let closed = repository.close().await;
    outcome.and(closed.map_err(Failure::from))
}

async fn to_stream(repository: &dyn VideoRepository, stream: &Stream) -> Result<(), Failure> {
    let mut output = BufWriter::new(stream.open()?);
    write(repository, &mut output, stream).await?;
    let finished = output.into_inner().map_err(io::Error::from).and_then(StreamWriter::finish);
    Ok(finished.map_err(|error| unwritable(stream, &error))?)
}

async fn to_file(
    repository: &dyn VideoRepository,
    place: &Path,
    library: &Path,
) -> Result<(), Failure> {
    let shown = place.display();
    let mut part = PartFile::create(place, library).map_err(|error| unwritable(&shown, &error))?;
    let mut output = BufWriter::new(part.file());
    let count = write(repository, &mut output, &shown).await?;
    drop(output);
    part.put_in_place().map_err(|error| unwritable(&shown, &error))?;
    say(format_args!("{count} videos written to {shown}."));
    Ok(())
}

/// Writes the library to what is shown so, and answers how many videos it has.
async fn write(
    repository: &dyn VideoRepository,
    output: &mut (dyn Write + Send),
    shown: &(dyn std::fmt::Display + Sync),
) -> Result<u64, Failure> {
    export(repository, output).await.map_err(|error| match error {
        ExportError::Write(error) => unwritable(&shown, &error).into(),
        error @ ExportError::Read(_) => with_causes(&error).into(),
    })
}
