//! `reelgraph restore`: puts a backup in the place of the library.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Failure;
use super::library::Library;
use super::library_file::LibraryFile;
use super::output::{LibraryFiles, PartFile, Target, say, sync_folder_of, unwritable, with_ending};
use super::progress::progress_bar;
use crate::causes::with_causes;
use crate::config::{PostgresUrl, RestoreSettings};
use crate::domain::VideoFilter;
use crate::repository::sqlite::{LockedLibrary, OpenError, SqliteSettings, recognise_copy, settle};

pub(super) async fn run(settings: &RestoreSettings) -> Result<(), Failure> {
    let library = Library::named_by(&settings.database)?.file(instead)?.files()?;
    let backup = settings.file.as_path();
    refuse_early(backup, &library, settings.force)?;
    recognise(backup).await?;

    let place = library.path();
    let shown = place.display();
    let fail = |error: io::Error| unwritable(&shown, &error);
    let target = if settings.force {
        Target::or_replacement(place).map_err(fail)?
    } else {
        Target::new(place)
    };
    let mut part = PartFile::create(target, Some(backup)).map_err(fail)?;
    copy(backup, part.file(), fail)?;
    let videos = verify(backup, part.path()).await?;

    // What takes long comes first: nobody should open the old library while it is replaced.
    part.file().sync_all().map_err(fail)?;
    let old = if settings.force { Some(keep_old(&library).await?) } else { None };
    part.put_in_place().map_err(fail)?;
    refuse_what_came_beside(&library)?;
    say(format_args!("Restored {videos} videos from {} to {shown}.", backup.display()));
    if let Some(kept) = old.and_then(|old| old.kept) {
        say(format_args!("The old library is kept as {}.", kept.display()));
    }
    Ok(())
}

/// What to do if the library is in a database.
fn instead(url: &PostgresUrl) -> String {
    format!(
        "reelgraph restore replaces libraries in files: restore this one with the tools of \
         PostgreSQL, into an empty database, e.g. pg_restore --dbname={url} library.dump"
    )
}

fn refuse_early(backup: &Path, library: &LibraryFiles, force: bool) -> Result<(), Failure> {
    let shown = backup.display();
    match fs::metadata(backup) {
        Ok(found) if found.is_file() => {}
        Ok(_) => {
            return Err(format!("{shown} is not a file: name a backup file").into());
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(format!("there is no file {shown}").into());
        }
        Err(error) => return Err(format!("could not read {shown}: {error}").into()),
    }
    if library.named_by(backup).is_some() {
        return Err(format!(
            "{shown} is the library to restore to, or a part of it: name a backup"
        )
        .into());
    }
    match library.all().find(|path| path.exists()).filter(|_| !force) {
        Some(there) => Err(format!(
            "{} already exists: restore to another file, or replace it with --force, which keeps \
             the old library under another name",
            there.display()
        )
        .into()),
        None => Ok(()),
    }
}

/// Verifies that the file is a backup that this program can read.
async fn recognise(backup: &Path) -> Result<(), Failure> {
    let recognised = recognise_copy(backup).await;
    // A library that was just made has nothing at all in its own file.
    if matches!(recognised, Ok(()) | Err(OpenError::NotADatabase(_))) {
        refuse_part_of_library(backup)?;
    }
    Ok(recognised?)
}

/// Refuses a file whose newest changes are in another file.
fn refuse_part_of_library(backup: &Path) -> Result<(), Failure> {
    let holds_changes = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.len() > 0);
    let beside = ["-wal", "-journal"].map(|ending| with_ending(backup, ending));
    match beside.into_iter().find(holds_changes) {
        Some(beside) => Err(format!(
            "{} is in use or was not closed: part of it is in {}; make a backup of it with \
             `reelgraph backup`",
            backup.display(),
            beside.display()
        )
        .into()),
        None => Ok(()),
    }
}

fn copy(backup: &Path, to: &mut File, fail: impl Fn(io::Error) -> String) -> Result<(), Failure> {
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
        to.write_all(&some[..length]).map_err(&fail)?;
        bar.inc(length as u64);
    }
}

/// Migrates the copy to this version, verifies it, and returns the number of its videos.
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
    let repository = LibraryFile::at(copy).open(SqliteSettings::default()).await?;
    let faults = repository.check().await;
    let videos = repository.count(&VideoFilter::everything()).await;
    repository.close().await?;
    Ok((faults?, videos?))
}

/// What was in the place of the library.
struct ReplacedLibrary {
    /// Its new name, if there was anything.
    kept: Option<PathBuf>,
    /// As long as this is held, no process that is starting uses it. One that cannot be opened needs no
    /// such thing.
    _settled: Option<LockedLibrary>,
}

/// Renames what is in the place of the library, if there is anything.
async fn keep_old(files: &LibraryFiles) -> Result<ReplacedLibrary, Failure> {
    let library = files.path();
    let settled = match settle(library).await {
        Err(OpenError::Locked(path)) => {
            let path = path.display();
            return Err(format!("{path} is in use: stop the server and restore again").into());
        }
        // One that cannot be opened is kept just as it is.
        settled => settled.ok(),
    };
    let kept = (1..).map(|number| with_ending(library, &format!(".replaced-{number}")));
    let kept = kept.into_iter().find(|path| !path.exists()).expect("numbers do not end");
    let fail = |error: io::Error| unwritable(&kept.display(), &error);
    let mut has_kept = false;
    for (ending, beside) in files.beside() {
        let moved = fs::rename(beside, with_ending(&kept, ending));
        has_kept |= was_there(moved).map_err(fail)?;
    }
    // Under both names until the new one takes its place, so that there always is one.
    let linked = fs::hard_link(library, &kept).or_else(|_| fs::rename(library, &kept));
    has_kept |= was_there(linked).map_err(fail)?;
    sync_folder_of(library).map_err(fail)?;
    Ok(ReplacedLibrary { kept: has_kept.then_some(kept), _settled: settled })
}

/// Refuses files that a process which had opened the old library has created next to the new one:
/// SQLite would take them for part of the new library.
fn refuse_what_came_beside(files: &LibraryFiles) -> Result<(), Failure> {
    match files.beside().map(|(_, path)| path).find(|path| path.exists()) {
        None => Ok(()),
        Some(beside) => Err(format!(
            "{} is not safe to use: during the restore, a process that uses the old library \
             created {}; stop that process and restore again with --force",
            files.path().display(),
            beside.display()
        )
        .into()),
    }
}

/// Whether there was a file to rename.
fn was_there(outcome: io::Result<()>) -> io::Result<bool> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        outcome => outcome.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_has_come_beside_what_was_restored_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = LibraryFiles::of(&folder.path().join("library.db")).unwrap();
        refuse_what_came_beside(&files).unwrap();
        for (_, beside) in files.beside() {
            fs::write(&beside, "").unwrap();
            let refusal = refuse_what_came_beside(&files).unwrap_err().to_string();
            assert!(refusal.contains("is not safe to use"), "{refusal}");
            assert!(refusal.contains(&beside.display().to_string()), "{refusal}");
            fs::remove_file(beside).unwrap();
        }
    }
}
