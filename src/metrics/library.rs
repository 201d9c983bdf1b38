//! Metrics of the library and its feed, collected when metrics are read.

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use tokio::time::timeout;

use super::copies::encode_copies;
use super::described::{Described, counter, gauge};
use super::lead::ClockSkewMonitor;
use crate::domain::Clock;
use crate::feed::Feed;
use crate::repository::activity::{FileSizes, GROUP_BOUNDS, GroupSizes, ReaderUse};
use crate::repository::{StoreActivity, VideoRepository};

/// The time-out for the library when metrics are read: its slowness should be visible, too.
const PATIENCE: Duration = Duration::from_secs(1);

/// The library and its feed. Cloning it copies nothing.
#[derive(Clone)]
pub(super) struct Library {
    repository: Arc<dyn VideoRepository>,
    feed: Feed,
    lead: Arc<ClockSkewMonitor>,
    clock: Arc<dyn Clock>,
    /// The sequence of the newest entry of the audit log; none if the library cannot be read.
    newest: Arc<Mutex<Option<i64>>>,
}

impl Library {
    pub fn new(
        repository: Arc<dyn VideoRepository>,
        feed: Feed,
        lead: Arc<ClockSkewMonitor>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { repository, feed, lead, clock, newest: Arc::default() }
    }

    /// Reads what metrics cannot wait for while they are written.
    pub async fn look(&self) {
        let newest = timeout(PATIENCE, self.repository.newest()).await;
        let newest = newest.ok().and_then(Result::ok).map(|place| place.sequence);
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = newest;
    }
}

impl Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Library")
    }
}

impl Collector for Library {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        gauge(
            &mut encoder,
            Described {
                name: "reelgraph_feed_lag",
                help: "Changes committed by this server that the feed has not read yet.",
                unit: Some(&Unit::Other("changes".to_owned())),
            },
            i64::try_from(self.feed.lag()).unwrap_or(i64::MAX),
        )?;
        gauge(
            &mut encoder,
            Described {
                name: "reelgraph_newest_change_ahead",
                help: "Seconds by which the newest change is ahead of the clock, after the clock \
                       was set back.",
                unit: Some(&Unit::Seconds),
            },
            self.lead.at(self.clock.now()).as_secs_f64(),
        )?;
        if let Some(newest) = *self.newest.lock().unwrap_or_else(PoisonError::into_inner) {
            let help = "Sequence of the newest entry of the audit log.";
            let name = "reelgraph_audit_log_position";
            gauge(&mut encoder, Described { name, help, unit: None }, newest)?;
        }
        encode_copies(&mut encoder, &self.repository.copies())?;
        match self.repository.activity() {
            Some(activity) => encode_activity(&mut encoder, &activity),
            None => Ok(()),
        }
    }
}

fn encode_activity(encoder: &mut DescriptorEncoder<'_>, activity: &StoreActivity) -> fmt::Result {
    encode_readers(encoder, activity)?;
    let waiting = Described {
        name: "reelgraph_store_writes_waiting",
        help: "Writes waiting for the next transaction.",
        unit: None,
    };
    gauge(encoder, waiting, activity.writes_waiting as u64)?;
    if let Some(files) = activity.files {
        encode_files(encoder, files)?;
    }
    let statements = Described {
        name: "reelgraph_store_statements",
        help: "Read statements executed.",
        unit: None,
    };
    counter(encoder, statements, activity.statements)?;
    encode_commits(encoder, &activity.commits)
}

fn encode_files(
    encoder: &mut DescriptorEncoder<'_>,
    FileSizes { library, log }: FileSizes,
) -> fmt::Result {
    for (name, help, value) in [
        ("reelgraph_store_file", "Size of the library file.", library),
        ("reelgraph_store_log", "Size of the write-ahead log.", log),
    ] {
        gauge(encoder, Described { name, help, unit: Some(&Unit::Bytes) }, value)?;
    }
    Ok(())
}

fn encode_scans(
    encoder: &mut DescriptorEncoder<'_>,
    ReaderUse { size, busy, waiting }: ReaderUse,
) -> fmt::Result {
    for (name, help, value) in [
        ("reelgraph_store_scans", "Maximum number of concurrent scans.", size),
        ("reelgraph_store_scans_busy", "Scans in progress.", busy),
        ("reelgraph_store_scans_waiting", "Scans waiting for a connection.", waiting),
    ] {
        gauge(encoder, Described { name, help, unit: None }, value as u64)?;
    }
    Ok(())
}

fn encode_readers(encoder: &mut DescriptorEncoder<'_>, activity: &StoreActivity) -> fmt::Result {
    let StoreActivity { readers, scans, snapshots, .. } = activity;
    if let Some(scans) = scans {
        encode_scans(encoder, *scans)?;
    }
    for (name, help, value) in [
        ("reelgraph_store_readers", "Maximum number of concurrent look-ups.", readers.size),
        ("reelgraph_store_readers_busy", "Look-ups in progress.", readers.busy),
        ("reelgraph_store_readers_waiting", "Look-ups waiting for a connection.", readers.waiting),
        ("reelgraph_store_snapshots", "Maximum number of concurrent snapshots.", snapshots.size),
        ("reelgraph_store_snapshots_busy", "Snapshots in use.", snapshots.busy),
        (
            "reelgraph_store_snapshots_waiting",
            "Snapshots waiting for a connection.",
            snapshots.waiting,
        ),
    ] {
        gauge(encoder, Described { name, help, unit: None }, value as u64)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "nobody commits 2^52 writes")]
fn encode_commits(encoder: &mut DescriptorEncoder<'_>, commits: &GroupSizes) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(
        "reelgraph_store_commit_writes",
        "Number of writes per committed transaction.",
        None,
        MetricType::Histogram,
    )?;
    let bounds = GROUP_BOUNDS.iter().map(|bound| *bound as f64).chain([f64::INFINITY]);
    let groups: Vec<(f64, u64)> = bounds.zip(commits.counts).collect();
    metric.encode_histogram::<NoLabelSet>(commits.writes as f64, commits.total(), &groups, None)
}
