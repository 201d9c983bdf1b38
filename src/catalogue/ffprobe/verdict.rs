//! What a run of ffprobe means for a file.

use std::os::unix::process::ExitStatusExt;

use crate::catalogue::prober::NotProbed;
use crate::catalogue::program::{Finished, Unfinished};
use crate::domain::catalogue::report::micros;
use crate::domain::catalogue::{NoVideo, Problem, ProblemCode, Report};

/// What was reported.
///
/// # Errors
/// When there is no report, or it says that the file cannot be read.
pub(super) fn report(run: Result<Finished, Unfinished>) -> Result<Report, NotProbed> {
    let run = finished(run)?;
    let report: Report = match serde_json::from_slice(&run.output) {
        Ok(report) => report,
        // It never came to the file.
        Err(_) if run.output.is_empty() && run.status.code().is_some_and(|code| code != 0) => {
            return Err(match run.complaints.is_empty() {
                true => broken(&run.status.to_string()),
                false => broken(&run.complaints),
            });
        }
        Err(_) => return Err(Problem::new(ProblemCode::NotReadableAsMedia).into()),
    };
    match report.error() {
        None => Ok(report),
        Some(code) => Err(refusal(code)),
    }
}

/// The end of the last packet, in microseconds; none if no packet says when it is shown.
pub(super) fn end(run: Result<Finished, Unfinished>) -> Result<Option<i64>, NotProbed> {
    let run = finished(run)?;
    let text = String::from_utf8_lossy(&run.output);
    let ends = text.lines().filter_map(|line| {
        let mut times = line.split(',').map(micros);
        let start = times.next()??;
        Some(start.saturating_add(times.next().flatten().unwrap_or(0)))
    });
    Ok(ends.max())
}

/// Why a file that was reported is no video.
pub(super) fn no_video(reason: NoVideo) -> NotProbed {
    Problem::new(reason.into()).into()
}

fn finished(run: Result<Finished, Unfinished>) -> Result<Finished, NotProbed> {
    let problem = match run {
        // Killed by the limit of its memory or its processor time, or crashed.
        Ok(run) if run.status.signal().is_some() => Problem::new(ProblemCode::NotReadableAsMedia),
        Ok(run) => return Ok(run),
        Err(Unfinished::TimedOut) => Problem::new(ProblemCode::TimedOut),
        Err(Unfinished::TooLong) => Problem::new(ProblemCode::NotReadableAsMedia),
        Err(Unfinished::Failed(error)) => return Err(broken(&error.to_string())),
    };
    Err(problem.into())
}

/// The file could not be opened or read: the numbers are those of the system, negated.
///
/// They do not always come from the system. `EIO` is also what the readers of Matroska and DV return where a file
/// ends in the middle of what they read.
fn refusal(code: i32) -> NotProbed {
    let problem = match code.checked_neg() {
        // The descriptor of the file cannot be opened by its name.
        Some(libc::ENOENT | libc::ENXIO) => return broken("/dev/stdin cannot be opened"),
        Some(libc::EACCES | libc::EPERM) => Problem::new(ProblemCode::PermissionDenied),
        Some(libc::EIO | libc::ESTALE | libc::ENODEV | libc::ETIMEDOUT) => {
            return NotProbed::EndedEarly;
        }
        _ => Problem::new(ProblemCode::NotReadableAsMedia),
    };
    problem.into()
}

/// It is not the file that is wrong.
fn broken(details: &str) -> NotProbed {
    let first = details.lines().next().unwrap_or_default();
    NotProbed::Unavailable(format!(
        "ffprobe could not be run ({first}). Run `ffprobe -version`, and reinstall FFmpeg if that fails."
    ))
}

#[cfg(test)]
mod tests;
