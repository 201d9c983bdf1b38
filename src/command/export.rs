//! `reelgraph export`: writes the library as lines of JSON, as it is or was.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use super::Failure;
use super::library_to_read::LibraryToRead;
use super::moments::{self, NamedMoment};
use super::output::{
    Destination, LibraryFiles, PartFile, Stream, StreamWriter, Target, say, unwritable,
};
use crate::causes::with_causes;
use crate::config::{ExportSettings, MomentLimits};
use crate::transfer::export;
use crate::transfer::export::ExportError;

pub(super) async fn run(settings: &ExportSettings) -> Result<(), Failure> {
    let at = settings.at.as_deref().map(NamedMoment::parse).transpose()?;
    let library = LibraryToRead::open(&settings.database).await?;
    let exported = Exported { library, at, limits: settings.limits };
    let files = exported.library.files();
    match Destination::find(settings.file.as_deref(), files, settings.force)? {
        Destination::File(target) => to_file(exported, target).await,
        Destination::Stream(stream) => to_stream(exported, &stream).await,
    }
}

/// What is exported.
struct Exported<'s> {
    library: LibraryToRead,
    /// As it was at this moment, or is now.
    at: Option<NamedMoment<'s>>,
    limits: MomentLimits,
}

async fn to_stream(exported: Exported<'_>, stream: &Stream) -> Result<(), Failure> {
    let mut output = BufWriter::new(stream.open()?);
    write(exported, &mut output, stream).await?;
    let finished = output.into_inner().map_err(io::Error::from).and_then(StreamWriter::finish);
    Ok(finished.map_err(|error| unwritable(stream, &error))?)
}

async fn to_file(exported: Exported<'_>, target: Target) -> Result<(), Failure> {
    let place = target.place().to_owned();
    let shown = place.display();
    let part = PartFile::create(target, exported.library.files().map(LibraryFiles::path));
    let mut part = part.map_err(|error| unwritable(&shown, &error))?;
    let mut output = BufWriter::new(part.file());
    let count = write(exported, &mut output, &shown).await?;
    drop(output);
    part.put_in_place().map_err(|error| unwritable(&shown, &error))?;
    say(format_args!("{count} videos written to {shown}."));
    Ok(())
}

/// Writes the library to this target, and returns the number of its videos.
async fn write(
    exported: Exported<'_>,
    output: &mut (dyn Write + Send),
    shown: &(dyn Display + Sync),
) -> Result<u64, Failure> {
    let written = exported.write(output, shown).await;
    // What somebody has changed cannot be read, perhaps: so this comes first.
    exported.library.close().await?;
    written
}

impl Exported<'_> {
    async fn write(
        &self,
        output: &mut (dyn Write + Send),
        shown: &(dyn Display + Sync),
    ) -> Result<u64, Failure> {
        let written = match &self.at {
            None => export(self.library.scan(), output).await,
            Some(at) => {
                let snapshot = self.library.snapshot().await?;
                let moment = at.open(&moments::within(&self.limits), &snapshot).await?;
                export(moment.scan(), output).await
            }
        };
        written.map_err(|error| match error {
            ExportError::Write(error) => unwritable(&shown, &error).into(),
            error @ ExportError::Read(_) => with_causes(&error).into(),
        })
    }
}
