//! `reelgraph export`: writes the library as lines of JSON.

use std::io::{self, BufWriter, Write};

use super::Failure;
use super::library_to_read::LibraryToRead;
use super::output::{
    Destination, LibraryFiles, PartFile, Stream, StreamWriter, Target, say, unwritable,
};
use crate::causes::with_causes;
use crate::config::ExportSettings;
use crate::transfer::export;
use crate::transfer::export::ExportError;

pub(super) async fn run(settings: &ExportSettings) -> Result<(), Failure> {
    let library = LibraryToRead::open(&settings.database).await?;
    match Destination::find(settings.file.as_deref(), library.files(), settings.force)? {
        Destination::File(target) => to_file(library, target).await,
        Destination::Stream(stream) => to_stream(library, &stream).await,
    }
}

async fn to_stream(library: LibraryToRead, stream: &Stream) -> Result<(), Failure> {
    let mut output = BufWriter::new(stream.open()?);
    write(library, &mut output, stream).await?;
    let finished = output.into_inner().map_err(io::Error::from).and_then(StreamWriter::finish);
    Ok(finished.map_err(|error| unwritable(stream, &error))?)
}

async fn to_file(library: LibraryToRead, target: Target) -> Result<(), Failure> {
    let place = target.place().to_owned();
    let shown = place.display();
    let part = PartFile::create(target, library.files().map(LibraryFiles::path));
    let mut part = part.map_err(|error| unwritable(&shown, &error))?;
    let mut output = BufWriter::new(part.file());
    let count = write(library, &mut output, &shown).await?;
    drop(output);
    part.put_in_place().map_err(|error| unwritable(&shown, &error))?;
    say(format_args!("{count} videos written to {shown}."));
    Ok(())
}

/// Writes the library to this target, and returns the number of its videos.
async fn write(
    library: LibraryToRead,
    output: &mut (dyn Write + Send),
    shown: &(dyn std::fmt::Display + Sync),
) -> Result<u64, Failure> {
    let written = export(library.scan(), output).await;
    // What somebody has changed cannot be read, perhaps: so this comes first.
    library.close().await?;
    written.map_err(|error| match error {
        ExportError::Write(error) => unwritable(&shown, &error).into(),
        error @ ExportError::Read(_) => with_causes(&error).into(),
    })
}
