//! Finds a program of FFmpeg.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::launch::{Finished, Keep, Limits, Unfinished, launch};
use crate::domain::printable;

/// A program that is part of FFmpeg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Reports what is in a file.
    Ffprobe,
    /// Makes pictures of it.
    Ffmpeg,
}

impl Tool {
    /// The name of its file, and of the setting that says where it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ffprobe => "ffprobe",
            Self::Ffmpeg => "ffmpeg",
        }
    }

    /// What it is needed for.
    fn users(self) -> &'static str {
        match self {
            Self::Ffprobe => "scans",
            Self::Ffmpeg => "thumbnails",
        }
    }
}

/// A program of FFmpeg that works.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    version: String,
}

/// Why there is no such program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not installed.
    #[error(
        "{} need {name}, which is not installed: install FFmpeg (`apt install ffmpeg`, `dnf install \
         ffmpeg-free`, `brew install ffmpeg`), or set --{name} to where it is",
        tool.users(), name = tool.name()
    )]
    NotFound {
        /// What was looked for.
        tool: Tool,
    },
    /// What was named is something else.
    #[error(
        "{} is not a working {name} ({reason}): set --{name} to one, or install FFmpeg",
        printable(&program.to_string_lossy()), name = tool.name()
    )]
    Unusable {
        /// What was looked for.
        tool: Tool,
        /// What was run.
        program: PathBuf,
        /// What happened.
        reason: String,
    },
}

impl Program {
    /// The given program, or the first of this name in the folders of a `PATH`.
    ///
    /// # Errors
    /// When there is none, or it does not work.
    pub async fn find(
        tool: Tool,
        given: Option<&Path>,
        path: Option<&OsStr>,
    ) -> Result<Self, ProgramError> {
        let program = match given {
            // It is run from another folder.
            Some(given) => std::path::absolute(given).unwrap_or_else(|_| given.to_owned()),
            None => {
                let first = path.and_then(|path| first_in(path, tool.name()));
                first.ok_or(ProgramError::NotFound { tool })?
            }
        };
        match version(tool, &program).await {
            Ok(version) => Ok(Self { path: program, version }),
            Err(reason) => Err(ProgramError::Unusable { tool, program, reason }),
        }
    }

    /// The version that it reports, such as `5.1.9-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Runs it with an empty environment and low priority. It is killed at its limits, and if nobody waits
    /// for it any more.
    ///
    /// # Errors
    /// When it did not run to its end.
    pub async fn run(
        &self,
        arguments: Vec<String>,
        stdin: Stdio,
        keep: Keep,
        limits: &Limits,
    ) -> Result<Finished, Unfinished> {
        launch(&self.path, arguments, stdin, keep, limits).await
    }
}

fn first_in(path: &OsStr, name: &str) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        let metadata = file.metadata();
        metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    // A relative folder would be another one elsewhere.
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(is_program)
}

/// `ffprobe version 5.1.9-0+deb12u1 Copyright (c) 2007-2026 the FFmpeg developers`
async fn version(tool: Tool, program: &Path) -> Result<String, String> {
    let limits = Limits::default();
    let arguments = vec!["-version".to_owned()];
    let keep = Keep::First(limits.output);
    let run = launch(program, arguments, Stdio::null(), keep, &limits).await;
    let run = run.map_err(|error| error.to_string())?;
    let output = String::from_utf8_lossy(&run.output).into_owned();
    let rest = output.strip_prefix(tool.name()).and_then(|rest| rest.strip_prefix(" version "));
    match rest.and_then(|rest| rest.split_whitespace().next()) {
        Some(version) if run.status.success() => Ok(version.to_owned()),
        _ => {
            let said = run.complaints.lines().next().or(output.lines().next());
            Err(said.unwrap_or("it reports no version").to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
