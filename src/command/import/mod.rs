//! `reelgraph import`: adds the videos of a file to the library.

mod input;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::sync::oneshot;

use self::input::Input;
use super::Failure;
use super::library::{Library, Work};
use super::output::say;
use super::progress::progress_bar;
use super::signals::StopSignals;
use crate::causes::with_causes;
use crate::config::ImportSettings;
use crate::domain::{IdSource, RandomIds, SystemClock};
use crate::repository::{OnConflict, VideoRepository};
use crate::transfer::{ImportError, ImportOptions, ImportSummary, import_until};

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
    tokio::select! {
        outcome = into_library(input, settings, stopped) => outcome,
        signal = two_signals => Err(format!(
            "ended by a second {signal}: the last batch was written completely or not at \
             all\n{RUN_AGAIN}"
        )
        .into()),
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
    let request_id = format!("import-{}", RandomIds.next_id());
    let options = ImportOptions {
        on_conflict: settings.on_conflict,
        request_id: request_id.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
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
    outcome.map(|_| ()).map_err(|error| with_advice(&error, done, settings.on_conflict))
}

fn summed_up(done: ImportSummary, begin: Instant) -> String {
    let ImportSummary { added, updated, unchanged } = done;
    let seconds = begin.elapsed().as_secs_f64();
    format!("{added} added, {updated} updated, {unchanged} unchanged, in {seconds:.1} s.")
}

const RUN_AGAIN: &str =
    "Run the import again to complete it: existing records are not written twice.";

fn with_advice(error: &ImportError, done: ImportSummary, on_conflict: OnConflict) -> Failure {
    let advice = match error {
        ImportError::BadLines(_) => "Correct these lines and run the import again",
        ImportError::Conflicts(_) if on_conflict == OnConflict::Fail => {
            "Correct these lines, or run the import with --on-conflict skip, which keeps the \
             existing videos, or with --on-conflict update, which overwrites them with the \
             records' values"
        }
        ImportError::Conflicts(_) => {
            "Correct these lines, or run the import with --on-conflict skip, which keeps the \
             existing videos"
        }
        ImportError::Interrupted | ImportError::Read { .. } | ImportError::Store { .. } => {
            return match done.videos() {
                0 => format!("{}\nNothing was written.", with_causes(error)),
                _ => format!("{}\n{RUN_AGAIN}", with_causes(error)),
            }
            .into();
        }
    };
    let rest = match done.videos() {
        0 => "; nothing was written.",
        _ => "; the batches before them were written and will not be written twice.",
    };
    format!("{}\n{advice}{rest}", with_causes(error)).into()
}
