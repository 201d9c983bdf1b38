//! Finds a program of FFmpeg.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::binding::Binding;
use super::launch::{Finished, Keep, Limits, Unfinished, launch};
use super::path::first_in;
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
    /// None if nothing on this system can end it with the server.
    binding: Option<Binding>,
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
    /// What was named has no path, and is not in the current folder.
    #[error(
        "{} is not a path: set --{name} to the path of the program, such as /usr/bin/{name}, or omit it to use \
         the one in PATH",
        printable(&given.to_string_lossy()), name = tool.name()
    )]
    NotAPath {
        /// What was looked for.
        tool: Tool,
        /// What was named.
        given: PathBuf,
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

impl ProgramError {
    /// The error of a setting that names a program as in a shell, without a path; none if it has one, or if the
    /// program is in the current folder.
    pub fn of_bare_name(tool: Tool, given: &Path) -> Option<Self> {
        let is_bare = given.file_name() == Some(given.as_os_str());
        (is_bare && !given.exists()).then(|| Self::NotAPath { tool, given: given.to_owned() })
    }
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
            Some(given) if let Some(error) = ProgramError::of_bare_name(tool, given) => {
                return Err(error);
            }
            // It is run from another folder.
            Some(given) => std::path::absolute(given).unwrap_or_else(|_| given.to_owned()),
            None => {
                let first = path.and_then(|path| first_in(path, tool.name()));
                first.ok_or(ProgramError::NotFound { tool })?
            }
        };
        let version = match version(tool, &program, None).await {
            Ok(version) => version,
            Err(reason) => return Err(ProgramError::Unusable { tool, program, reason }),
        };
        let binding = match Binding::find(path) {
            Some(binding) => binds(&binding, tool, &program).await.then_some(binding),
            None => None,
        };
        Ok(Self { path: program, version, binding })
    }

    /// The version that it reports, such as `5.1.9-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Runs it with an empty environment and low priority. It is killed at its limits, and if nobody waits
    /// for it any more; on most systems with Linux also if the server is killed.
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
        let arguments = arguments.into_iter().map(OsString::from).collect();
        run(&self.path, arguments, self.binding.as_ref(), stdin, keep, limits).await
    }
}

/// Whether a program that is bound still runs.
async fn binds(binding: &Binding, tool: Tool, program: &Path) -> bool {
    let version = version(tool, program, Some(binding)).await;
    if let Err(reason) = &version {
        tracing::debug!(program = tool.name(), reason, "it outlives the server if that is killed");
    }
    version.is_ok()
}

async fn run(
    program: &Path,
    arguments: Vec<OsString>,
    binding: Option<&Binding>,
    stdin: Stdio,
    keep: Keep,
    limits: &Limits,
) -> Result<Finished, Unfinished> {
    let (program, arguments) = match binding {
        Some(binding) => binding.of(program, arguments),
        None => (program, arguments),
    };
    launch(program, arguments, stdin, keep, limits).await
}

/// `ffprobe version 5.1.9-0+deb12u1 Copyright (c) 2007-2026 the FFmpeg developers`
async fn version(tool: Tool, program: &Path, binding: Option<&Binding>) -> Result<String, String> {
    let limits = Limits::default();
    let keep = Keep::First(limits.output);
    let run = run(program, vec!["-version".into()], binding, Stdio::null(), keep, &limits).await;
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
