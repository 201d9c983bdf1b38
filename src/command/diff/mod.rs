//! `reelgraph diff`: lists what differs between two moments of the library.

mod shown;

use super::Failure;
use super::library_to_read::LibraryToRead;
use super::moments::{self, NamedMoment};
use super::output::print;
use crate::config::DiffSettings;
use crate::history::moment::{Difference, Differences};
use shown::Counts;

/// How many videos are written at once.
const PAGE: usize = 500;

pub(super) async fn run(settings: &DiffSettings) -> Result<(), Failure> {
    let from = NamedMoment::parse(&settings.from)?;
    let to = settings.to.as_deref().map(NamedMoment::parse).transpose()?;
    let library = LibraryToRead::open(&settings.database).await?;
    let found = differences(&library, &from, to.as_ref(), settings).await;
    // This reports whether the file was changed while it was read, and ends the transaction before the output,
    // which can take long to be taken.
    library.close().await?;
    list(&found?, settings)
}

async fn differences(
    library: &LibraryToRead,
    from: &NamedMoment<'_>,
    to: Option<&NamedMoment<'_>>,
    settings: &DiffSettings,
) -> Result<Differences, Failure> {
    let snapshot = library.snapshot().await?;
    from.differences(to, &moments::within(&settings.limits), &snapshot).await
}

/// Prints every video that differs and, for people, their numbers.
fn list(found: &Differences, settings: &DiffSettings) -> Result<(), Failure> {
    let line = if settings.json { shown::as_json } else { shown::as_text };
    let mut rest = found.after(None);
    let mut counts = Counts::default();
    loop {
        let page: Vec<Difference> = rest.by_ref().take(PAGE).collect();
        if page.is_empty() {
            break;
        }
        page.iter().for_each(|one| counts.add(one));
        print(page.iter().map(line).collect::<String>())?;
    }
    if settings.json { Ok(()) } else { print(format_args!("{counts}\n")) }
}
