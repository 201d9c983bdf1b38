//! What a scan found, in words.

use std::fmt::Write;
use std::path::Path;

use crate::command::Failure;
use crate::command::output::{print, say};
use crate::domain::catalogue::{Root, ScanCounts, ScanJob, shown};
use crate::domain::{PageRequest, printable};
use crate::repository::Catalogue;

/// How many problems are read at once.
const PAGE: usize = 1_000;

/// Says what a scan did.
pub(super) fn summarise(root: &Root, folder: &Path, job: &ScanJob) {
    let seconds = match (job.started_at, job.ended_at) {
        (Some(begin), Some(end)) => end.as_micros() - begin.as_micros(),
        _ => 0,
    };
    #[expect(clippy::cast_precision_loss, reason = "it is shown to a tenth of a second")]
    let seconds = seconds as f64 / 1e6;
    let done = in_words(&job.counts);
    let line = format!("{} ({}): {done}, in {seconds:.1} s.", root.name, folder.display());
    say(printable(&line));
    if job.counts.unsettled > 0 {
        say(
            "Scan again in ten seconds, once nothing is written to the files that are still being written.",
        );
    }
    let changed = job.counts;
    if changed.added + changed.updated + changed.moved + changed.restored + changed.missing > 0 {
        let request_id = job.id.request_id();
        say(format_args!("The audit entries have the request ID {request_id}."));
    }
}

/// The usual counts, and those of the others that are not zero.
fn in_words(counts: &ScanCounts) -> String {
    let ScanCounts { seen, unchanged, added, updated, moved, .. } = counts;
    let files = if *seen == 1 { "file" } else { "files" };
    let mut words = format!(
        "{seen} {files} seen, {added} added, {updated} updated, {moved} moved, {unchanged} unchanged"
    );
    for (count, what) in [
        (counts.restored, "there again"),
        (counts.missing, "missing"),
        (counts.held_back, "would be missing"),
        (counts.unreachable, "could not be reached"),
        (counts.unsettled, "still being written"),
        (counts.ignored, "ignored"),
        (counts.problems, "with problems"),
    ] {
        if count > 0 {
            // Writing into a string cannot fail.
            let _ = write!(words, ", {count} {what}");
        }
    }
    words
}

/// Lists the problems of a root, a line for each.
pub(super) async fn list_problems(
    catalogue: &dyn Catalogue,
    root: &Root,
    job: &ScanJob,
) -> Result<(), Failure> {
    if job.counts.problems == 0 {
        return Ok(());
    }
    let mut after = None;
    loop {
        let request = PageRequest::Forward { limit: PAGE, after: after.take() };
        let page = catalogue.problems(root.id, &request).await?;
        let mut lines = String::new();
        for noted in &page.items {
            let (path, problem) = (shown(&noted.path), &noted.problem);
            let line = format!("{path}: {}: {}", problem.code.as_str(), problem.message);
            lines.push_str(&(printable(&line) + "\n"));
        }
        print(&lines)?;
        after = page.items.last().map(|noted| noted.path.clone());
        if !page.has_next {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_leaves_out_what_did_not_happen() {
        let counts =
            ScanCounts { seen: 7, added: 2, unchanged: 4, problems: 1, ..ScanCounts::default() };
        let expected = "7 files seen, 2 added, 0 updated, 0 moved, 4 unchanged, 1 with problems";
        assert_eq!(in_words(&counts), expected);
    }
}
