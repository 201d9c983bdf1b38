//! `reelgraph backup`: copies the library, as of one moment, while it is in use.

use std::fs;
use std::io::{self, Seek};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Failure;
use super::library::Library;
use super::output::{Destination, PartFile, Stream, Target, say, unwritable};
use super::progress::progress_bar;
use crate::causes::with_causes;
use crate::config::{BackupSettings, PostgresUrl};
use crate::domain::{IdSource, RandomIds};
use crate::repository::sqlite::{CopyError, CopySource, faults_of_copy};

/// Interval at which the progress of the copy is checked.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn run(settings: &BackupSettings) -> Result<(), Failure> {
    let begin = Instant::now();
    let library = Library::named_by(&settings.database)?.file(instead)?.expect()?.files()?;
    match Destination::find(Some(&settings.file), Some(&library), settings.force)? {
        Destination::File(target) => to_file(library.path(), target, settings, begin).await,
        Destination::Stream(stream) => to_stream(library.path(), &stream, settings, begin).await,
    }
}

/// What to do if the library is in a database.
fn instead(url: &PostgresUrl) -> String {
    format!(
        "reelgraph backup copies libraries in files: back up this one with the tools of \
         PostgreSQL, e.g. pg_dump --format=custom --file=library.dump {url}, or the whole server \
         with pg_basebackup"
    )
}

async fn to_file(
    library: &Path,
    target: Target,
    settings: &BackupSettings,
    begin: Instant,
) -> Result<(), Failure> {
    let shown = settings.file.display();
    let fail = |error: io::Error| unwritable(&shown, &error);
    let part = PartFile::create(target, Some(library)).map_err(fail)?;
    make(library, &part, &shown.to_string(), settings).await?;
    let bytes = fs::metadata(part.path()).map_err(fail)?.len();
    part.put_in_place().map_err(fail)?;
    say_done(&shown.to_string(), bytes, settings, begin);
    Ok(())
}

/// SQLite does not write a copy sequentially, but a stream needs bytes in order. The copy is
/// therefore written to the folder for temporary files, verified there, and then streamed.
async fn to_stream(
    library: &Path,
    stream: &Stream,
    settings: &BackupSettings,
    begin: Instant,
) -> Result<(), Failure> {
    let name = format!("backup-{}.db", RandomIds.next_id());
    let mut part = PartFile::temporary(&name)?;
    make(library, &part, &part.path().display().to_string(), settings).await?;
    let mut output = stream.open()?;
    let copy = part.file();
    let poured = copy.rewind().and_then(|()| io::copy(copy, &mut output));
    let poured = poured.and_then(|bytes| output.finish().map(|()| bytes));
    let bytes = poured.map_err(|error| unwritable(stream, &error))?;
    say_done(&stream.to_string(), bytes, settings, begin);
    Ok(())
}

/// Copies the library into this file, and verifies the copy unless that is not wanted.
async fn make(
    library: &Path,
    part: &PartFile,
    shown: &str,
    settings: &BackupSettings,
) -> Result<(), Failure> {
    let mut source = CopySource::open(library).await?;
    let copied = copy(&mut source, part.path()).await;
    source.close().await;
    copied.map_err(|error| format!("could not write {shown}: {}", with_causes(&error)))?;
    if settings.unverified { Ok(()) } else { verify(part.path()).await }
}

fn say_done(shown: &str, bytes: u64, settings: &BackupSettings, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    let verified = if settings.unverified { "not verified" } else { "verified" };
    say(format_args!("Backed up to {shown}: {bytes} bytes, {verified}, in {seconds:.1} s."));
}

async fn copy(source: &mut CopySource, file: &Path) -> Result<(), CopyError> {
    let bar = progress_bar(Some(source.bytes()));
    bar.set_message("copied");
    let mut copying = std::pin::pin!(source.copy_into(file));
    let outcome = loop {
        match tokio::time::timeout(LOOK_EVERY, &mut copying).await {
            Ok(outcome) => break outcome,
            Err(_) => bar.set_position(fs::metadata(file).map_or(0, |metadata| metadata.len())),
        }
    };
    bar.finish_and_clear();
    outcome
}

async fn verify(copy: &Path) -> Result<(), Failure> {
    let bar = progress_bar(None);
    bar.set_message("verifying the copy");
    bar.enable_steady_tick(LOOK_EVERY);
    let faults = faults_of_copy(copy).await;
    bar.finish_and_clear();
    match faults?.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(format!(
            "the library is damaged and was not backed up: {first}\n\
             `reelgraph check` lists all faults; --unverified copies the library as it is."
        )
        .into()),
    }
}
