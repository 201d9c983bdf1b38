//! What Linux reports about the machine and its processes.

use std::fs;

/// The parts of a second that Linux counts processor time in.
const TICKS_PER_SECOND: f64 = 100.0;

/// The load averages of the last 1, 5 and 15 minutes.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let numbers: Vec<&str> = text.split(' ').take(3).collect();
    if numbers.is_empty() { "unknown".to_owned() } else { numbers.join(", ") }
}

/// A process, as `/proc/PID/stat` describes it; see proc_pid_stat(5).
pub struct Process {
    pub name: String,
    pub parent: u32,
    /// Processor time of all its threads, and of the kernel for them.
    pub seconds: f64,
    /// The same of those of its children that have ended.
    pub seconds_of_ended: f64,
}

impl Process {
    /// None if there is no such process.
    pub fn of(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (name, fields) = stat.split_once('(')?.1.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        // utime, stime, cutime and cstime follow one another.
        let seconds = |field: usize| -> Option<f64> {
            let ticks = fields.get(field..field + 2)?.iter().map(|ticks| ticks.parse::<f64>());
            Some(ticks.sum::<Result<f64, _>>().ok()? / TICKS_PER_SECOND)
        };
        Some(Self {
            name: name.to_owned(),
            parent: fields.get(1)?.parse().ok()?,
            seconds: seconds(11)?,
            seconds_of_ended: seconds(13)?,
        })
    }
}

/// A process that has others do its work, each of which has one thread.
pub struct Family {
    pub parent: u32,
}

impl Family {
    /// The processor time that all of them have taken so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let parent = Process::of(self.parent).expect("it runs");
        let processes = fs::read_dir("/proc").expect("Linux lists its processes").flatten();
        let ids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        let children = ids.filter_map(|id| self.cpu_seconds_of_child(id)).sum::<f64>();
        children + parent.seconds + parent.seconds_of_ended
    }

    /// The processor time of one process, to the nanosecond. None if it is not one of the children.
    fn cpu_seconds_of_child(&self, id: u32) -> Option<f64> {
        Process::of(id).filter(|process| process.parent == self.parent)?;
        let times = fs::read_to_string(format!("/proc/{id}/schedstat")).ok()?;
        let nanoseconds: f64 = times.split(' ').next()?.parse().ok()?;
        Some(nanoseconds / 1e9)
    }
}
