//! ffprobe, as a process for each file.
//!
//! Files are hostile: they make ffprobe open other files, or read for hours. ffprobe gets the open file as
//! its standard input, so that it finds nothing by a path, may use no protocol but that of files and no
//! format that refers to other files, and has little time, memory and room for output.

mod command;
mod verdict;

use std::ffi::OsStr;
use std::path::Path;

use async_trait::async_trait;

use super::disk::{MediaFile, problem_of};
use super::prober::{NotProbed, Prober};
use super::program::{Keep, Limits, Program, ProgramError, Tool};
use crate::domain::catalogue::{Extensions, Probed, Report};

/// ffprobe, which is part of FFmpeg.
#[derive(Clone, Debug)]
pub struct Ffprobe {
    program: Program,
    limits: Limits,
}

impl Ffprobe {
    /// The given program, or the first `ffprobe` in the folders of a `PATH`.
    ///
    /// # Errors
    /// When there is none, or it does not work.
    pub async fn find(given: Option<&Path>, path: Option<&OsStr>) -> Result<Self, ProgramError> {
        let program = Program::find(Tool::Ffprobe, given, path).await?;
        Ok(Self { program, limits: Limits::default() })
    }

    /// The version that it reports, such as `5.1.9-0+deb12u1`.
    pub fn version(&self) -> &str {
        self.program.version()
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    async fn report(&self, file: &dyn MediaFile) -> Result<Report, NotProbed> {
        let stdin = file.to_stdin().map_err(|error| problem_of(&error))?;
        let keep = Keep::First(self.limits.output);
        let run = self.program.run(command::report(), stdin, keep, &self.limits).await;
        verdict::report(run)
    }

    /// Where the last picture of a stream ends, in microseconds; none if nothing says so.
    async fn end(&self, file: &dyn MediaFile, stream: u16) -> Result<Option<i64>, NotProbed> {
        let stdin = file.to_stdin().map_err(|error| problem_of(&error))?;
        let keep = Keep::Last(command::LAST_PACKETS_BYTES);
        let run = self.program.run(command::end(stream), stdin, keep, &self.limits).await;
        verdict::end(run)
    }
}

#[async_trait]
impl Prober for Ffprobe {
    async fn probe(&self, file: &dyn MediaFile, name: &[u8]) -> Result<Probed, NotProbed> {
        let report = self.report(file).await?;
        let end = match Probed::video_without_end(&report) {
            Some(stream) => self.end(file, stream).await?,
            None => None,
        };
        let extension = Extensions::of(name).unwrap_or_default();
        Probed::of(&report, &extension, end).map_err(verdict::no_video)
    }
}
