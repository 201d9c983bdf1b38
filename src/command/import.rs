//! `reelgraph import`: adds the videos of a file to the library.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::Failure;
use super::output::say;
use super::progress::progress_bar;
use crate::causes::with_causes;
use crate::config::{self, ImportSettings};
use crate::domain::{IdSource, RandomIds, SystemClock};
use crate::repository::sqlite::{SqliteSettings, WriteLoad};
use crate::repository::{OnConflict, VideoRepository};
use crate::transfer::{ImportError, ImportOptions, ImportSummary, import};

pub(super) async fn run(settings: &ImportSettings) -> Result<(), Failure> {
    let input = Input::open(settings.file.as_deref())?;
    let sqlite = SqliteSettings { load: WriteLoad::Bulk, ..SqliteSettings::default() };
    let repository = super::open_kept(&settings.database.database_url, sqlite).await?;
    let outcome = import_into(&*repository, input, settings).await;
    let closed = repository.close().await;
    outcome.and(closed.map_err(Failure::from))
}

async fn import_into(
    repository: &dyn VideoRepository,
    input: Input,
    settings: &ImportSettings,
) -> Result<(), Failure> {
    let request_id = format!("import-{}", RandomIds.next_id());
    let options = ImportOptions {
        on_conflict: match settings.on_conflict {
            config::OnConflict::Fail => OnConflict::Fail,
            config::OnConflict::Skip => OnConflict::Skip,
            config::OnConflict::Update => OnConflict::Update,
        },
        request_id: request_id.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let begin = Instant::now();
    let bar = progress_bar(input.bytes);
    let mut done = ImportSummary::default();
    let outcome = import(repository, input.text, options, |summary| {
        bar.set_position(summary.bytes);
        bar.set_message(format!("{} videos", summary.videos()));
        done = summary;
    })
    .await;
    bar.finish_and_clear();
    say(told(done, begin));
    if done.added + done.updated > 0 {
        say(format_args!("Their audit entries have the request ID {request_id}."));
    }
    outcome.map(|_| ()).map_err(|error| with_advice(&error, done))
}

fn told(done: ImportSummary, begin: Instant) -> String {
    let ImportSummary { added, updated, unchanged, .. } = done;
    let seconds = begin.elapsed().as_secs_f64();
    format!("{added} added, {updated} updated, {unchanged} there already, in {seconds:.1} s.")
}

fn with_advice(error: &ImportError, done: ImportSummary) -> Failure {
    let advice = match error {
        ImportError::BadLines(_) => "Mend these lines and run the import again",
        ImportError::Read { .. } | ImportError::Store { .. } => "Run the import again",
    };
    let rest = match done.videos() {
        0 => "; nothing was written.",
        _ => " with --on-conflict skip: what was written before them stays, and is left alone.",
    };
    format!("{}\n{advice}{rest}", with_causes(error)).into()
}

/// Where the records come from.
struct Input {
    text: Box<dyn BufRead + Send>,
    /// How long the text is, where that is known.
    bytes: Option<u64>,
}

impl Input {
    fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = file.filter(|path| *path != Path::new("-")) else {
            return Ok(Self { text: Box::new(BufReader::new(io::stdin())), bytes: None });
        };
        let unreadable = |error| format!("could not read {}: {error}", path.display());
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(format!("could not read {}: it is a folder", path.display()).into());
        }
        let bytes = metadata.is_file().then_some(metadata.len());
        Ok(Self { text: Box::new(BufReader::new(file)), bytes })
    }
}
