//! Runs a program that reads a hostile file.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, setpriority_process};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// What a process may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until it is killed.
    pub time: Duration,
    /// Of its output, in bytes.
    pub output: usize,
    /// Of address space, in bytes. Only Linux enforces it.
    pub memory: u64,
}

impl Default for Limits {
    /// Far above what any video needs: ffprobe runs in 300 MB, and reports 3 kB in a tenth of a second.
    fn default() -> Self {
        Self { time: Duration::from_secs(30), output: 1 << 20, memory: 1 << 30 }
    }
}

impl Limits {
    /// Of its complaints; the rest is dropped.
    const COMPLAINTS: usize = 16 * 1024;
    /// Scans can wait for everything else.
    const NICENESS: i32 = 10;
}

/// Which part of the output is used.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// All of it; it must not be longer.
    First(usize),
    /// The last part.
    Last(usize),
}

/// What a process did.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What was kept of its output.
    pub output: Vec<u8>,
    /// What it complained about.
    pub complaints: String,
}

/// Why a process did not finish.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// It was killed when its time was over.
    #[error("it ran longer than allowed")]
    TimedOut,
    /// It was killed because of its output.
    #[error("its output is longer than allowed")]
    TooLong,
    /// It could not be run.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Runs a program without a shell, with an empty environment and low priority. It is killed at its limits,
/// and if nobody waits for it any more.
///
/// # Errors
/// When it did not run to its end, whatever that was.
pub async fn launch(
    program: &Path,
    arguments: Vec<OsString>,
    stdin: Stdio,
    keep: Keep,
    limits: &Limits,
) -> Result<Finished, Unfinished> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir("/").process_group(0).kill_on_drop(true);
    let mut child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let group = Group::of(&child);
    group.restrain(limits);
    let finished = timeout(limits.time, finish(&mut child, keep)).await;
    let finished = finished.unwrap_or(Err(Unfinished::TimedOut))?;
    group.release();
    Ok(finished)
}

async fn finish(child: &mut Child, keep: Keep) -> Result<Finished, Unfinished> {
    let (output, complaints) = (child.stdout.take(), child.stderr.take());
    let complaints = async {
        let complaints = read(complaints, Keep::First(Limits::COMPLAINTS), true).await?;
        Ok(String::from_utf8_lossy(&complaints).trim().to_owned())
    };
    let (output, complaints) = tokio::try_join!(read(output, keep, false), complaints)?;
    Ok(Finished { status: child.wait().await?, output, complaints })
}

/// Reads to the end. What is too long is an error, unless the rest can be dropped.
async fn read(
    from: Option<impl AsyncRead + Unpin>,
    keep: Keep,
    drops_rest: bool,
) -> Result<Vec<u8>, Unfinished> {
    let Some(mut from) = from else { return Ok(Vec::new()) };
    let mut kept = Vec::new();
    let mut chunk = vec![0; 8 * 1024];
    loop {
        let count = from.read(&mut chunk).await?;
        if count == 0 {
            return Ok(kept);
        }
        kept.extend_from_slice(&chunk[..count]);
        match keep {
            Keep::First(most) if kept.len() > most && !drops_rest => {
                return Err(Unfinished::TooLong);
            }
            Keep::First(most) => kept.truncate(most),
            Keep::Last(most) => drop(kept.drain(..kept.len().saturating_sub(most))),
        }
    }
}

/// A process with all that it starts, which is killed unless it is over.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    /// Limits the process, which can have ended already.
    fn restrain(&self, limits: &Limits) {
        let Some(pid) = self.0 else { return };
        let _ = setpriority_process(Some(pid), Limits::NICENESS);
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Resource, Rlimit, prlimit};
            let limit = |most, last| Rlimit { current: Some(most), maximum: Some(last) };
            let _ = prlimit(Some(pid), Resource::As, limit(limits.memory, limits.memory));
            // If this server is killed, nobody else may end a process that spins. The signal that kills without a
            // word comes a second later, so that it is not mistaken for a machine that is out of memory.
            let seconds = limits.time.as_secs().max(1);
            let _ = prlimit(Some(pid), Resource::Cpu, limit(seconds, seconds + 1));
        }
    }

    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nothing is left of it, perhaps.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests;
