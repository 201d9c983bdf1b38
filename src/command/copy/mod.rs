//! `reelgraph copy`: copies a library with its history and its keys, e.g. into another store.

mod keys;

use std::time::Instant;

use super::Failure;
use super::library::{Library, Work};
use super::library_to_read::LibraryToRead;
use super::output::print;
use super::progress::progress_bar;
use crate::config::{ConnectSettings, CopySettings, DatabaseSettings, DatabaseUrl};
use crate::domain::{ApiKey, SystemClock};
use crate::repository::{MAX_FAULTS, RepositoryError, VideoRepository};
use crate::transfer::copy::{CopyError, CopyProgress, copy};
use crate::transfer::digest::{LibraryDigest, digest};

pub(super) async fn run(settings: &CopySettings) -> Result<(), Failure> {
    let begin = Instant::now();
    expect_one_meaning(settings)?;
    let [from, to] = [&settings.from, &settings.to].map(|url| of(url, &settings.connect));
    if from.database_url == to.database_url {
        return Err("FROM and TO are the same library: name another one as TO".into());
    }
    let source = LibraryToRead::open(&from).await?;
    source.expect_this_version().await?;
    let target = Library::named_by(&to)?.open(Work::Import).await?;
    let copied = match source.keys(&from).await {
        Ok(keys) => into(&source, keys, &*target, &to).await,
        Err(error) => Err(error),
    };
    let closed = target.close().await;
    // What somebody has changed makes all else void.
    source.close().await.map_err(|error| format!("{error}; it will continue"))?;
    let Copied { digest, keys } = copied?;
    closed?;
    let LibraryDigest { videos, entries, sha256 } = digest;
    let (to, seconds) = (&settings.to, begin.elapsed().as_secs_f64());
    print(format_args!(
        "Copied to {to} and verified, in {seconds:.1} s: {videos} videos, {entries} audit entries, \
         {keys} keys.\nSHA-256 of both libraries: {sha256}\n"
    ))
}

/// Verifies that a direct URL can be that of one of the libraries alone.
fn expect_one_meaning(settings: &CopySettings) -> Result<(), Failure> {
    let are_databases = [&settings.from, &settings.to]
        .into_iter()
        .all(|url| matches!(url, DatabaseUrl::Postgres(_)));
    if are_databases && settings.connect.database_direct_url.is_some() {
        return Err(
            "--database-direct-url: FROM and TO are both in PostgreSQL: name the databases \
                    themselves, not poolers, as FROM and TO, and remove it"
                .into(),
        );
    }
    Ok(())
}

/// The settings of one of the libraries.
fn of(url: &DatabaseUrl, connect: &ConnectSettings) -> DatabaseSettings {
    DatabaseSettings { database_url: url.clone(), postgres: connect.clone() }
}

const CHANGED: &str = "FROM has changed while it was copied: stop the servers that use it, and run \
                       the copy again, which continues";

/// What was copied.
struct Copied {
    digest: LibraryDigest,
    /// The number of keys.
    keys: usize,
}

async fn into(
    from: &LibraryToRead,
    keys: Vec<ApiKey>,
    to: &dyn VideoRepository,
    settings: &DatabaseSettings,
) -> Result<Copied, Failure> {
    let store = Library::named_by(settings)?.open_keys().await?;
    let copied = async {
        keys::compare(&keys, &*store).await?;
        let end = log(from, to).await?;
        keys::copy(&keys, &*store).await?;
        Ok::<i64, Failure>(end)
    };
    let copied = copied.await;
    store.close().await;
    let digest = verify(from, to, copied?).await?;
    Ok(Copied { digest, keys: keys.len() })
}

/// Copies the log, and returns where it ends.
async fn log(from: &LibraryToRead, to: &dyn VideoRepository) -> Result<i64, Failure> {
    let bar = progress_bar(None);
    let progress = |CopyProgress { copied, all }: CopyProgress| {
        bar.set_message(format!("{copied} of {all} changes copied"));
        bar.tick();
    };
    let copied = copy(from.reader(), to, &SystemClock, progress).await;
    bar.finish_and_clear();
    copied.map_err(|error| match error {
        CopyError::Other(_) => format!("{error}: name a library that is empty as TO").into(),
        CopyError::Changed => CHANGED.into(),
        CopyError::Store(error) => error.into(),
    })
}

/// Verifies that the copy is sound and equals the original, which must not have changed since its log
/// ended there.
async fn verify(
    from: &LibraryToRead,
    to: &dyn VideoRepository,
    end: i64,
) -> Result<LibraryDigest, Failure> {
    let faults = to.check().await?;
    if let Some(first) = faults.first() {
        let more = if faults.len() == MAX_FAULTS { " or more" } else { "" };
        return Err(format!("the copy has {}{more} faults: {first}", faults.len()).into());
    }
    let copy = digest(to, to.scan()).await?;
    let original = digest(from.reader(), from.scan()).await?;
    if end_of(from).await? != end {
        return Err(CHANGED.into());
    }
    if copy != original {
        return Err(format!(
            "the copy differs from its original, of which reelgraph check may show why: {} and {}",
            copy.sha256, original.sha256
        )
        .into());
    }
    Ok(copy)
}

async fn end_of(library: &LibraryToRead) -> Result<i64, RepositoryError> {
    Ok(library.reader().newest().await?.sequence)
}
