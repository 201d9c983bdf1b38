//! `reelgraph import --dry-run`: reports what an import would do.

use std::future::Future;
use std::sync::atomic::Ordering;

use super::advice::with_advice;
use super::input::Input;
use super::options::options;
use crate::command::Failure;
use crate::command::library::in_memory;
use crate::command::library_to_read::LibraryToRead;
use crate::command::output::say;
use crate::command::progress::progress_bar;
use crate::config::ImportSettings;
use crate::repository::VideoReader;
use crate::transfer::{ImportSummary, rehearse_until};

pub(super) async fn run(
    input: Input,
    settings: &ImportSettings,
    stopped: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let Some(library) = LibraryToRead::open_if_there(&settings.database).await? else {
        // An import would create it, and so everything is new.
        return on(&*in_memory(), input, settings, stopped).await;
    };
    library.expect_this_version().await?;
    let outcome = on(library.reader(), input, settings, stopped).await;
    library.close().await?;
    outcome
}

async fn on(
    library: &dyn VideoReader,
    input: Input,
    settings: &ImportSettings,
    stopped: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let bar = progress_bar(input.bytes);
    let mut done = ImportSummary::default();
    let progress = |summary: ImportSummary| {
        bar.set_position(input.read.load(Ordering::Relaxed));
        bar.set_message(format!("{} videos", summary.videos()));
        done = summary;
    };
    let options = options(settings.on_conflict);
    let outcome = rehearse_until(stopped, library, input.lines, options, progress).await;
    bar.finish_and_clear();
    let ImportSummary { added, updated, unchanged } = done;
    let until = if outcome.is_ok() { "" } else { " before the import would stop" };
    say(format_args!(
        "Dry run: {added} would be added, {updated} updated and {unchanged} left unchanged{until}."
    ));
    outcome.map_err(|error| with_advice(&error, 0, settings.on_conflict))?;
    say("Nothing was written.");
    Ok(())
}
