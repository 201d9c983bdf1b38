//! What a run of ffmpeg has made.

use std::os::unix::process::ExitStatusExt;

use super::command::BRIGHTNESS;
use crate::catalogue::program::{Finished, Unfinished};
use crate::domain::file::ThumbnailWidth;
use crate::media::thumbnails::maker::NotMade;
use crate::media::thumbnails::picture::Picture;

/// A picture, and how bright it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shot {
    pub picture: Picture,
    /// On average, from 0 to 255; none if nobody knows.
    brightness: Option<f64>,
}

impl Shot {
    /// The average of a picture that shows nothing.
    const DARK: f64 = 20.0;

    /// Whether other places should be tried.
    pub(super) fn is_dark(&self) -> bool {
        self.brightness.is_some_and(|brightness| brightness < Self::DARK)
    }

    /// The brighter one of the two; this one if they are equal.
    pub(super) fn brighter(self, other: Self) -> Self {
        if other.brightness > self.brightness { other } else { self }
    }
}

/// The exit code of a program whose libraries are missing.
const NOT_LOADED: i32 = 127;
const KILLED: i32 = libc::SIGKILL;

/// The picture of a run; none if it made none.
pub(super) fn of(
    run: Result<Finished, Unfinished>,
    width: ThumbnailWidth,
) -> Result<Option<Shot>, NotMade> {
    let run = match run {
        Ok(run) => run,
        Err(Unfinished::TimedOut) => return Err(NotMade::TimedOut),
        Err(Unfinished::TooLong) => return Ok(None),
        Err(Unfinished::Failed(error)) => return Err(unavailable(&error.to_string())),
    };
    if let Some(picture) = Picture::read(&run.output, width.pixels()) {
        return Ok(Some(Shot { picture, brightness: brightness(&run.complaints) }));
    }
    if run.status.signal() == Some(KILLED) {
        return Err(unavailable("it was killed; the machine may be out of memory"));
    }
    if run.status.code() == Some(NOT_LOADED) {
        return Err(unavailable(run.complaints.lines().next().unwrap_or_default()));
    }
    Ok(None)
}

/// It is not the file that is wrong.
pub(super) fn unavailable(details: &str) -> NotMade {
    NotMade::Unavailable(format!(
        "ffmpeg could not be run ({details}). Run `ffmpeg -version`, and reinstall FFmpeg if that fails."
    ))
}

/// Of the first frame: more than one can have been measured.
fn brightness(complaints: &str) -> Option<f64> {
    let values =
        complaints.lines().filter_map(|line| line.strip_prefix(BRIGHTNESS)?.strip_prefix('='));
    values.filter_map(|value| value.trim().parse().ok()).next()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::process::ExitStatus;

    use super::*;
    use crate::media::thumbnails::picture::tests::jpeg;

    fn run(status: i32, output: Vec<u8>, complaints: &str) -> Result<Option<Shot>, NotMade> {
        let (status, complaints) = (ExitStatus::from_raw(status), complaints.to_owned());
        of(Ok(Finished { status, output, complaints }), ThumbnailWidth::W320)
    }

    fn shot(brightness: &str) -> Shot {
        let complaints = format!(
            "frame:0    pts:0       pts_time:0\n{BRIGHTNESS}={brightness}\n{BRIGHTNESS}=99\n"
        );
        run(0, jpeg(320, 180, 1), &complaints).unwrap().unwrap()
    }

    #[test]
    fn a_run_is_judged_by_what_it_made() {
        let failed = 256;
        assert!(run(failed, jpeg(320, 180, 1), "Conversion failed!").unwrap().is_some());
        assert_eq!(run(0, Vec::new(), ""), Ok(None));
        assert_eq!(run(0, jpeg(640, 180, 1), ""), Ok(None));
        assert_eq!(run(failed, Vec::new(), ""), Ok(None));
        // It crashed on what is in the file.
        assert_eq!(run(libc::SIGSEGV, Vec::new(), ""), Ok(None));
        assert_eq!(of(Err(Unfinished::TooLong), ThumbnailWidth::W320), Ok(None));
        assert_eq!(of(Err(Unfinished::TimedOut), ThumbnailWidth::W320), Err(NotMade::TimedOut));
    }

    #[test]
    fn a_machine_that_fails_is_no_failure_of_the_file() {
        let reason = |run| match run {
            Err(NotMade::Unavailable(reason)) => reason,
            other => panic!("{other:?}"),
        };
        let missing = run(127 * 256, Vec::new(), "error while loading libx264.so.164\nmore");
        assert!(reason(missing).contains("loading libx264.so.164). Run"));
        assert!(reason(run(libc::SIGKILL, Vec::new(), "")).contains("out of memory"));
        let error = Unfinished::Failed(io::ErrorKind::NotFound.into());
        assert!(reason(of(Err(error), ThumbnailWidth::W320)).contains("not found"));
    }

    #[test]
    fn the_average_of_the_first_frame_decides_what_is_dark() {
        assert!(shot("0").is_dark() && shot("19.99").is_dark());
        assert!(!shot("20").is_dark() && !shot("122.038").is_dark() && !shot("?").is_dark());
        assert!(!run(0, jpeg(320, 180, 1), "").unwrap().unwrap().is_dark());
        assert_eq!(shot("3").brighter(shot("4")), shot("4"));
        assert_eq!(shot("3").brighter(shot("2")), shot("3"));
    }
}
