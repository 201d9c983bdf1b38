//! ffmpeg, as a process for each picture.
//!
//! It gets the same hostile files as ffprobe, with the same protections. What it says about its success means
//! nothing: a picture is a complete JPEG file, whatever the exit code.

mod command;
mod shot;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::maker::{Maker, NotMade};
use super::picture::Picture;
use super::wanted::Wanted;
use crate::catalogue::disk::MediaFile;
use crate::catalogue::program::{Keep, Limits, Program, ProgramError, Tool};
use command::{At, arguments};
use shot::Shot;

/// ffmpeg, which is part of FFmpeg.
#[derive(Clone, Debug)]
pub struct Ffmpeg {
    program: Program,
    limits: Limits,
}

impl Ffmpeg {
    /// What a picture may take: the key frame of an 8K video in HEVC takes 768 MB of address space, and a
    /// video that is no such size less than 400.
    pub const LIMITS: Limits =
        Limits { time: Duration::from_secs(15), output: Picture::MAX_BYTES, memory: 3 << 29 };

    /// The given program, or the first `ffmpeg` in the folders of a `PATH`.
    ///
    /// # Errors
    /// When there is none, or it does not work.
    pub async fn find(given: Option<&Path>, path: Option<&OsStr>) -> Result<Self, ProgramError> {
        let program = Program::find(Tool::Ffmpeg, given, path).await?;
        Ok(Self { program, limits: Self::LIMITS })
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

    /// What is at this place of a file; none if nothing is.
    async fn shoot(
        &self,
        file: &dyn MediaFile,
        wanted: &Wanted,
        at: At,
        deadline: Instant,
    ) -> Result<Option<Shot>, NotMade> {
        let time = deadline.saturating_duration_since(Instant::now());
        if time.is_zero() {
            return Err(NotMade::TimedOut);
        }
        let stdin = file.to_stdin().map_err(|error| shot::unavailable(&error.to_string()))?;
        let keep = Keep::First(self.limits.output);
        let limits = Limits { time, ..self.limits };
        let run = self.program.run(arguments(wanted, at), stdin, keep, &limits).await;
        shot::of(run, wanted.width)
    }

    /// The first picture that is not dark, at a few places; else the brightest of them.
    async fn brightest(
        &self,
        file: &dyn MediaFile,
        wanted: &Wanted,
        deadline: Instant,
    ) -> Result<Option<Shot>, NotMade> {
        let mut best: Option<Shot> = None;
        for at in At::places(wanted.duration) {
            let shot = match self.shoot(file, wanted, at, deadline).await {
                Ok(shot) => shot,
                // A dark picture is better than none.
                Err(failure) => return best.map(Some).ok_or(failure),
            };
            // Behind this place there is nothing either.
            let Some(shot) = shot else { break };
            if !shot.is_dark() {
                return Ok(Some(shot));
            }
            best = Some(best.map_or(shot.clone(), |best| best.brighter(shot)));
        }
        Ok(best)
    }
}

#[async_trait]
impl Maker for Ffmpeg {
    async fn make(&self, file: &dyn MediaFile, wanted: &Wanted) -> Result<Picture, NotMade> {
        let deadline = Instant::now() + self.limits.time;
        if let Some(shot) = self.brightest(file, wanted, deadline).await? {
            return Ok(shot.picture);
        }
        for at in At::LAST_RESORTS {
            if let Some(shot) = self.shoot(file, wanted, at, deadline).await? {
                return Ok(shot.picture);
            }
        }
        Err(NotMade::NotInFile)
    }
}
