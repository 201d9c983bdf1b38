//! The library roots, and how they are scanned.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::database::DatabaseSettings;
use super::declaration::{Declaration as _, defaults};
use crate::domain::catalogue::{Extensions, RootName};

/// The heading of these settings in the help.
const SCANS: &str = "Scans";

/// A library root, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSetting {
    /// Its name.
    pub name: RootName,
    /// Its folder.
    pub directory: PathBuf,
}

/// The library roots of a server.
#[derive(Args, Clone, Debug)]
pub struct RootSettings {
    /// Folder of videos to scan, with a name for it; repeatable, or separated by semicolons
    #[arg(long = "root", setting(), help_heading = SCANS, value_name = "NAME=DIR")]
    #[arg(value_delimiter = ';', value_parser = root)]
    pub roots: Vec<RootSetting>,

    /// Time between two scans of a root, e.g. 30m, 6h or 1d; 0 scans only at the start and on request
    #[arg(long, setting(), help_heading = SCANS, value_name = "TIME", default_value = "6h")]
    #[arg(value_parser = interval)]
    pub scan_every: Duration,

    /// Watch the folders of roots, and scan what changes within seconds
    #[arg(long, setting(), help_heading = SCANS)]
    pub watch: bool,
}

impl Default for RootSettings {
    fn default() -> Self {
        defaults()
    }
}

/// How library roots are scanned.
#[derive(Args, Clone, Debug)]
pub struct ScanSettings {
    /// Path of the ffprobe to read files with; if omitted, the one in PATH
    #[arg(long, setting(), help_heading = SCANS, value_name = "FILE")]
    pub ffprobe: Option<PathBuf>,

    /// Maximum number of files that are probed at once; if omitted, the number of processors, 4 at most
    #[arg(long, setting(), help_heading = SCANS, value_name = "COUNT", within = 1..=64_usize)]
    pub scan_probes: Option<usize>,

    /// Share of a root's videos that a scan marks as missing without asking, in percent; 20 videos are
    /// always marked, 0 always asks, 100 never does
    #[arg(long, setting(), help_heading = SCANS, value_name = "PERCENT", default_value_t = 20)]
    #[arg(within = 0..=100_u8)]
    pub scan_missing_limit_percent: u8,

    /// Extensions of the files that are taken for videos, separated by commas
    #[arg(long, setting(), help_heading = SCANS, value_name = "EXTENSIONS")]
    #[arg(default_value = Extensions::DEFAULT)]
    pub scan_extensions: Extensions,
}

impl ScanSettings {
    /// The maximum number of files that are probed at once.
    pub fn probes(&self) -> usize {
        const MOST: usize = 4;
        let processors = || std::thread::available_parallelism().map_or(1, usize::from).min(MOST);
        self.scan_probes.unwrap_or_else(processors)
    }
}

impl Default for ScanSettings {
    fn default() -> Self {
        defaults()
    }
}

/// The settings of `scan`.
#[derive(Args, Clone, Debug)]
#[expect(
    missing_docs,
    reason = "a doc comment on a group would replace the command's own in --help"
)]
pub struct ScanCommandSettings {
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Folders to scan
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,

    /// Also probe files that have not changed, and add videos again that were deleted
    #[arg(long)]
    pub rescan: bool,

    /// Mark up to this many videos as missing, whatever --scan-missing-limit-percent says
    #[arg(long, value_name = "COUNT")]
    pub confirm_missing: Option<u64>,

    #[command(flatten)]
    pub scans: ScanSettings,
}

fn root(text: &str) -> Result<RootSetting, String> {
    if text.is_empty() {
        return Err(
            "there is a semicolon with nothing before or after it: they separate roots, and \
                    no folder can have one in its name here"
                .to_owned(),
        );
    }
    let (name, directory) = text
        .split_once('=')
        .filter(|(_, directory)| !directory.is_empty())
        .ok_or("write a name and a folder, e.g. films=/media/films")?;
    let name = name.parse().map_err(|error| format!("the name {error}"))?;
    Ok(RootSetting { name, directory: PathBuf::from(directory) })
}

/// Reads a number with a unit, or 0.
fn interval(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_hours(24 * 365);
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let refusal = || "write a number and s, m, h or d, e.g. 30m, 6h or 1d, or 0".to_owned();
    let unit = text.chars().last().ok_or_else(refusal)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        _ => return Err(refusal()),
    };
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| refusal())?;
    let interval = Duration::from_secs(number.saturating_mul(seconds));
    match interval {
        Duration::ZERO => Err(refusal()),
        _ if interval > LONGEST => Err("write at most 365d".to_owned()),
        _ => Ok(interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_a_name_and_a_folder() {
        let films = root("Films 2=/media/a=b").unwrap();
        assert_eq!(films.name.as_str(), "Films 2");
        assert_eq!(films.directory, PathBuf::from("/media/a=b"));
        for wrong in ["", "films", "films=", "=/media", " films=/media"] {
            assert!(root(wrong).is_err(), "{wrong}");
        }
        assert!(root("").unwrap_err().contains("a semicolon with nothing"));
    }

    #[test]
    fn an_interval_has_a_unit() {
        let seconds = |text: &str| interval(text).map(|it| it.as_secs());
        for (text, expected) in [("0", 0), ("5s", 5), ("30m", 1800), ("6h", 21_600), ("1d", 86_400)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for wrong in
            ["", "6", "h", "0h", "-1h", "1.5h", "6 h", "366d", "6hé", "99999999999999999999d"]
        {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
