//! Metrics of the process, with the names that Prometheus' own clients use.
//!
//! They are read from `/proc` on Linux; elsewhere, only the start time is known.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Unit;

use super::described::{Described, counter, gauge};
use crate::domain::Timestamp;

/// The number of ticks per second in `/proc`, on every machine that Linux supports today.
const TICKS_PER_SECOND: f64 = 100.0;

/// The process.
#[derive(Debug)]
pub(super) struct Process {
    started_seconds: f64,
}

impl Process {
    #[expect(clippy::cast_precision_loss, reason = "a float has whole microseconds until 2255")]
    pub fn started_at(at: Timestamp) -> Self {
        Self { started_seconds: at.as_micros() as f64 / 1e6 }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let started = Described {
            name: "process_start_time",
            help: "Start time of the process, in seconds since the Unix epoch.",
            unit: Some(&Unit::Seconds),
        };
        gauge(&mut encoder, started, self.started_seconds)?;
        if let Some(seconds) = cpu_seconds() {
            let help = "Total user and system CPU time.";
            let described = Described { name: "process_cpu", help, unit: Some(&Unit::Seconds) };
            counter(&mut encoder, described, seconds)?;
        }
        if let Some(bytes) = resident_bytes() {
            let help = "Resident memory size.";
            let described =
                Described { name: "process_resident_memory", help, unit: Some(&Unit::Bytes) };
            gauge(&mut encoder, described, bytes)?;
        }
        if let Some(count) = open_files() {
            let help = "Open file descriptors.";
            gauge(&mut encoder, Described { name: "process_open_fds", help, unit: None }, count)?;
        }
        if let Some(limit) = max_open_files() {
            let help = "Maximum number of open file descriptors.";
            gauge(&mut encoder, Described { name: "process_max_fds", help, unit: None }, limit)?;
        }
        Ok(())
    }
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program comes first, in brackets, and may have any character in it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = |place: usize| fields.split_whitespace().nth(place)?.parse::<u32>().ok();
    Some((f64::from(ticks(11)?) + f64::from(ticks(12)?)) / TICKS_PER_SECOND)
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn open_files() -> Option<u64> {
    let files = u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()?;
    // One of them is the folder that was read just now.
    Some(files.saturating_sub(1))
}

/// The soft limit, which the process itself can raise; none if there is no limit.
fn max_open_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
