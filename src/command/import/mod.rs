//! `reelgraph import`: adds the videos of a file to the library.

mod advice;
mod dry_run;
mod input;
mod options;

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::sync::oneshot;

use self::advice::{RUN_AGAIN, with_advice};
use self::input::Input;
use self::options::options;
use super::Failure;
use super::library::{Library, Work};
use super::output::say;
use super::progress::progress_bar;
use super::signals::StopSignals;
use crate::config::ImportSettings;
use crate::repository::VideoRepository;
use crate::transfer::{ImportSummary, import_until};

pub(super) async fn run(settings: &ImportSettings) -> Result<(), Failure> {
    let input = Input::open(settings.file.as_deref()).await?;
    let mut signals = StopSignals::listen()?;
    let (stop, stopped) = oneshot::channel();
    let two_signals = async {
        signals.next().await;
        // The import may have come to its end in the same moment.
        let _ = stop.send(());
        signals.next().await
    };
    let stopped = async {
        // The sender is dropped with the import alone.
        let _ = stopped.await;
    };
    let import = async {
        match settings.dry_run {
            true => dry_run::run(input, settings, stopped).await,
            false => into_library(input, settings, stopped).await,
        }
    };
    tokio::select! {
        outcome = import => outcome,
        signal = two_signals => {
            let what_is_written = match settings.dry_run {
                true => "\nNothing was written.".to_owned(),
                false => format!(
                    ": the last batch was written completely or not at all\n{RUN_AGAIN}"
                ),
            };
            Err(format!("ended by a second {signal}{what_is_written}").into())
        }
    }
}

async fn into_library(
    input: Input,
    settings: &ImportSettings,
    stopped: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let repository = Library::named_by(&settings.database)?.open(Work::Import).await?;
    let outcome = import_into(&*repository, input, settings, stopped).await;
    let closed = repository.close().await;
    outcome.and(closed.map_err(Failure::from))
}

async fn import_into(
    repository: &dyn VideoRepository,
    input: Input,
    settings: &ImportSettings,
    stopped: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let options = options(settings.on_conflict);
    let request_id = options.request_id.clone();
    let begin = Instant::now();
    let bar = progress_bar(input.bytes);
    let mut done = ImportSummary::default();
    let progress = |summary: ImportSummary| {
        bar.set_position(input.read.load(Ordering::Relaxed));
        bar.set_message(format!("{} videos", summary.videos()));
        done = summary;
    };
    let outcome = import_until(stopped, repository, input.lines, options, progress).await;
    bar.finish_and_clear();
    say(summed_up(done, begin));
    if done.added + done.updated > 0 {
        say(format_args!("Their audit entries have the request ID {request_id}."));
    }
    outcome.map(drop).map_err(|error| with_advice(&error, done.videos(), settings.on_conflict))
}

fn summed_up(done: ImportSummary, begin: Instant) -> String {
    let ImportSummary { added, updated, unchanged } = done;
    let seconds = begin.elapsed().as_secs_f64();
    format!("{added} added, {updated} updated, {unchanged} unchanged, in {seconds:.1} s.")
}
