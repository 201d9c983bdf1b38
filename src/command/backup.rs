//! `reelgraph backup`: copies the library, as of one moment, while it is in use.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Failure;
use super::part_file::{Access, IfThere, PartFile, with_ending};
use super::progress::progress_bar;
use crate::causes::with_causes;
use crate::config::BackupSettings;
use crate::repository::sqlite::{CopyError, CopySource, faults_of_copy};

/// How often it is looked how far the copy has come.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) async fn run(settings: &BackupSettings) -> Result<(), Failure> {
    let begin = Instant::now();
    let file = settings.file.as_path();
    let library = super::existing_file(&settings.database.database_url)?;
    refuse_to_replace(file, library, settings.force)?;
    let unwritable = |error: io::Error| told(file, &error);
    let part = PartFile::create(file, Access::OfFile(library)).map_err(unwritable)?;

    let mut source = CopySource::open(library).await?;
    let copied = copy(&mut source, part.path()).await;
    source.close().await;
    copied
        .map_err(|error| format!("could not write {}: {}", file.display(), with_causes(&error)))?;
    if !settings.unverified {
        verify(part.path()).await?;
    }
    let bytes = fs::metadata(part.path()).map_err(unwritable)?.len();
    let if_there = if settings.force { IfThere::Replace } else { IfThere::Refuse };
    part.put_in_place(if_there).map_err(unwritable)?;

    let seconds = begin.elapsed().as_secs_f64();
    let verified = if settings.unverified { "not verified" } else { "verified" };
    eprintln!("Backed up to {}: {bytes} bytes, {verified}, in {seconds:.1} s.", file.display());
    Ok(())
}

/// Tells at once what would be told at the end, and keeps libraries from being overwritten.
fn refuse_to_replace(file: &Path, library: &Path, force: bool) -> Result<(), Failure> {
    let shown = file.display();
    if super::is_same_file(file, library) {
        return Err(format!("{shown} is the library itself: name another file").into());
    }
    if file.exists() && !force {
        return Err(told(file, &ErrorKind::AlreadyExists.into()).into());
    }
    if with_ending(file, "-wal").exists() {
        return Err(format!("{shown} is a library in use: name another file").into());
    }
    Ok(())
}

fn told(file: &Path, error: &io::Error) -> String {
    let shown = file.display();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{shown} exists: name another file, or overwrite it with --force")
        }
        _ => format!("could not write {shown}: {error}"),
    }
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
            "the library is not sound, and was not backed up: {first}\n\
             `reelgraph check` tells all that is wrong with it; --unverified copies it as it is."
        )
        .into()),
    }
}
