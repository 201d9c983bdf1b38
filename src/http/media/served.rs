//! What requests for files and thumbnails need.

use std::sync::Arc;
use std::time::Duration;

use super::downloads::Downloads;
use crate::domain::Clock;
use crate::media::thumbnails::Thumbnails;
use crate::media::{Addresses, Files};

/// What is served of the files of videos. Cloning it is cheap.
#[derive(Clone)]
pub struct Media {
    /// Reads addresses.
    pub addresses: Addresses,
    /// Opens files.
    pub files: Arc<Files>,
    /// Has pictures made.
    pub thumbnails: Arc<Thumbnails>,
    /// The room for files that are being sent.
    pub downloads: Downloads,
    /// The time-out for clients that stop reading a file.
    pub patience: Duration,
    /// Tells whether an address has expired.
    pub clock: Arc<dyn Clock>,
}
