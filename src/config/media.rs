//! Whether files and thumbnails are served, and how.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::declaration::{Declaration as _, any_seconds, defaults};

/// What is served of the files of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServedFiles {
    /// Thumbnails alone.
    Thumbnails,
    /// Thumbnails, and the files themselves.
    All,
}

/// Settings of files and thumbnails.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Files and thumbnails")]
pub struct MediaSettings {
    /// What to serve of the files in library roots, to everyone who may read the library: thumbnails, or all for the
    /// files as well; if omitted, neither
    #[arg(long, setting(), value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub serve_files: Option<ServedFiles>,

    /// Path of the ffmpeg to make thumbnails with; if omitted, the one in PATH
    #[arg(long, setting(), value_name = "FILE")]
    pub ffmpeg: Option<PathBuf>,

    /// Folder for thumbnails that were made, outside of library roots; if omitted, the path of the library's file
    /// with .cache at the end, reelgraph.cache in the current folder for a library in PostgreSQL, and none for one in
    /// memory. It can be deleted at any time
    #[arg(long, setting(), value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,

    /// Maximum size of that folder, in bytes; the thumbnails that were not used for the longest time are deleted; 0
    /// keeps none
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 2_147_483_648)]
    #[arg(within = 0..=1_125_899_906_842_624_u64)]
    pub cache_bytes: u64,

    /// Maximum number of files that are sent at once; further requests are answered with 503
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 500)]
    #[arg(within = 1..=100_000_usize)]
    pub max_file_downloads: usize,

    /// Time-out for a client that stops reading a file, such as a paused player, in seconds
    #[arg(long = "file-timeout-seconds", setting(), default_value = "3600")]
    #[arg(value_parser = any_seconds, seconds = 1..=86_400)]
    pub file_timeout: Duration,
}

impl Default for MediaSettings {
    fn default() -> Self {
        defaults()
    }
}
