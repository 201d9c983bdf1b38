//! Metrics of the log.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::described::{Described, counter};

/// The lines of the log that were not written.
#[derive(Debug)]
pub(super) struct LogLines {
    pub dropped: Arc<AtomicU64>,
}

impl Collector for LogLines {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Log lines dropped because standard error did not accept them.";
        let described = Described { name: "reelgraph_log_lines_dropped", help, unit: None };
        counter(&mut encoder, described, self.dropped.load(Ordering::Relaxed))
    }
}
