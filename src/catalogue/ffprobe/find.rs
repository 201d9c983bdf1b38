//! Finds ffprobe.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::Ffprobe;
use crate::catalogue::program::{Keep, Limits, launch};
use crate::domain::printable;

/// Why there is no ffprobe.
#[derive(Debug, thiserror::Error)]
pub enum FfprobeError {
    /// It is not installed.
    #[error(
        "scans need ffprobe, which is not installed: install FFmpeg (`apt install ffmpeg`, `dnf install \
         ffmpeg-free`, `brew install ffmpeg`), or set --ffprobe to where it is"
    )]
    NotFound,
    /// What was named is no ffprobe.
    #[error("{} is not a working ffprobe ({reason}): set --ffprobe to one, or install FFmpeg", printable(&program.to_string_lossy()))]
    Unusable {
        /// What was run.
        program: PathBuf,
        /// What happened.
        reason: String,
    },
}

impl Ffprobe {
    /// The given program, or the first `ffprobe` in the folders of a `PATH`.
    ///
    /// # Errors
    /// When there is none, or it does not work.
    pub async fn find(given: Option<&Path>, path: Option<&OsStr>) -> Result<Self, FfprobeError> {
        let program = match given {
            // It is run from another folder.
            Some(given) => std::path::absolute(given).unwrap_or_else(|_| given.to_owned()),
            None => path.and_then(first_in).ok_or(FfprobeError::NotFound)?,
        };
        match version(&program).await {
            Ok(version) => Ok(Self { program, version, limits: Limits::default() }),
            Err(reason) => Err(FfprobeError::Unusable { program, reason }),
        }
    }
}

fn first_in(path: &OsStr) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        let metadata = file.metadata();
        metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    // A relative folder would be another one elsewhere.
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join("ffprobe")).find(is_program)
}

/// `ffprobe version 5.1.9-0+deb12u1 Copyright (c) 2007-2026 the FFmpeg developers`
async fn version(program: &Path) -> Result<String, String> {
    let limits = Limits::default();
    let arguments = vec!["-version".to_owned()];
    let keep = Keep::First(limits.output);
    let run = launch(program, arguments, Stdio::null(), keep, &limits).await;
    let run = run.map_err(|error| error.to_string())?;
    let output = String::from_utf8_lossy(&run.output).into_owned();
    let version =
        output.strip_prefix("ffprobe version ").and_then(|rest| rest.split_whitespace().next());
    match version {
        Some(version) if run.status.success() => Ok(version.to_owned()),
        _ => {
            let said = run.complaints.lines().next().or(output.lines().next());
            Err(said.unwrap_or("it reports no version").to_owned())
        }
    }
}
