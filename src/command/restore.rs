//! `reelgraph restore`: puts a backup in the place of the library.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Failure;
use super::part_file::{Access, IfThere, PartFile, sync_folder_of, with_ending};
use super::progress::progress_bar;
use crate::causes::with_causes;
use crate::config::RestoreSettings;
use crate::domain::VideoFilter;
use crate::repository::sqlite::{OpenError, SqliteRepository, recognise_copy, settle};
use crate::repository::{VideoReader, VideoRepository};

/// What SQLite puts beside a library.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

pub(super) async fn run(settings: &RestoreSettings) -> Result<(), Failure> {
    let library = super::kept_file(&settings.database.database_url)?;
    let backup = settings.file.as_path();
    refuse_early(backup, library, settings.force)?;
    recognise_copy(backup).await?;

    let is_there = library.exists();
    let access = Access::OfFile(if is_there { library } else { backup });
    let unwritable = |error: io::Error| format!("could not write {}: {error}", library.display());
    let mut part = PartFile::create(library, access).map_err(unwritable)?;
    copy(backup, part.file(), unwritable)?;
    let (backup, videos) = (backup.display(), verify(backup, part.path()).await?);

    let kept = keep_old(library).await?;
    let if_there = if kept.is_some() { IfThere::Replace } else { IfThere::Refuse };
    part.put_in_place(if_there).map_err(unwritable)?;
    eprintln!("Restored {videos} videos from {backup} to {}.", library.display());
    if let Some(kept) = kept {
        eprintln!("What was there is kept as {}.", kept.display());
    }
    Ok(())
}

fn refuse_early(backup: &Path, library: &Path, force: bool) -> Result<(), Failure> {
    let shown = library.display();
    if !backup.exists() {
        return Err(format!("there is no file {}", backup.display()).into());
    }
    if super::is_same_file(backup, library) {
        return Err(format!("{shown} is the file to restore to: name a backup of it").into());
    }
    if with_ending(backup, "-wal").exists() {
        let backup = backup.display();
        return Err(format!(
            "{backup} is a library in use, of which its file is only a part: \
             make a backup of it with `reelgraph backup`"
        )
        .into());
    }
    let beside = BESIDE.iter().map(|ending| with_ending(library, ending));
    let there = std::iter::once(library.to_owned()).chain(beside).find(|path| path.exists());
    match there.filter(|_| !force) {
        Some(there) => Err(format!(
            "{} exists: restore to another file, or replace it with --force, which keeps it beside",
            there.display()
        )
        .into()),
        None => Ok(()),
    }
}

fn copy(
    backup: &Path,
    to: &mut File,
    unwritable: impl Fn(io::Error) -> String,
) -> Result<(), Failure> {
    let unreadable = |error: io::Error| format!("could not read {}: {error}", backup.display());
    let mut from = File::open(backup).map_err(unreadable)?;
    let bar = progress_bar(Some(from.metadata().map_err(unreadable)?.len()));
    bar.set_message("copied");
    let mut some = vec![0; 1 << 20];
    loop {
        let length = from.read(&mut some).map_err(unreadable)?;
        if length == 0 {
            bar.finish_and_clear();
            return Ok(());
        }
        to.write_all(&some[..length]).map_err(&unwritable)?;
        bar.inc(length as u64);
    }
}

/// Brings the copy to this version, and answers how many videos it has, where it is sound.
async fn verify(backup: &Path, copy: &Path) -> Result<u64, Failure> {
    let bar = progress_bar(None);
    bar.set_message("verifying the copy");
    bar.enable_steady_tick(Duration::from_millis(100));
    let outcome = faults_and_videos(copy).await;
    bar.finish_and_clear();
    let refused = |reason: &str| {
        let backup = backup.display();
        format!("{backup} was not restored: {reason}\nNothing was changed; use another backup.")
    };
    match outcome.map_err(|error| refused(&with_causes(&*error)))? {
        (faults, videos) if faults.is_empty() => Ok(videos),
        (faults, _) => Err(refused(&faults[0]).into()),
    }
}

async fn faults_and_videos(copy: &Path) -> Result<(Vec<String>, u64), Failure> {
    let repository = SqliteRepository::open(copy).await?;
    let faults = repository.check().await;
    let videos = repository.count(&VideoFilter::everything()).await;
    repository.close().await;
    Ok((faults?, videos?))
}

/// Gives what is in the library's place a name beside it, where there is something.
async fn keep_old(library: &Path) -> Result<Option<PathBuf>, Failure> {
    // One that cannot be opened is kept just as it is.
    if let Err(OpenError::Locked(path)) = settle(library).await {
        let path = path.display();
        return Err(format!("{path} is in use: stop the server, and restore again").into());
    }
    let kept = (1..).map(|number| with_ending(library, &format!(".replaced-{number}")));
    let kept = kept.into_iter().find(|path| !path.exists()).expect("numbers do not end");
    let unwritable = |error: io::Error| format!("could not write {}: {error}", kept.display());
    let mut has_kept = false;
    for ending in BESIDE {
        let moved = fs::rename(with_ending(library, ending), with_ending(&kept, ending));
        has_kept |= was_there(moved).map_err(unwritable)?;
    }
    // Under both names until the new one takes its place, so that there always is one.
    let linked = fs::hard_link(library, &kept).or_else(|_| fs::rename(library, &kept));
    has_kept |= was_there(linked).map_err(unwritable)?;
    sync_folder_of(library).map_err(unwritable)?;
    Ok(has_kept.then_some(kept))
}

/// Whether there was a file to give a name to.
fn was_there(outcome: io::Result<()>) -> io::Result<bool> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        outcome => outcome.map(|()| true),
    }
}
