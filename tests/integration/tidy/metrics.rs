//! The table of metrics in the documentation is what the code exposes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reelgraph::domain::{Clock, PageRequest, SystemClock, VideoFilter, VideoOrder};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::metrics::{self, HttpMethod, Metrics, MetricsSettings, OperationKind};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::sqlite::SqliteRepository;

use crate::support::binary::Finished;
use crate::support::openmetrics::{Exposition, Format, MetricFamily};
use crate::support::watched_store::{Fault, WatchedStore};

const DOCUMENTATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");

const HEAD: &str = "| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n";

/// Metrics in which everything there is was counted once.
async fn all_metrics() -> Exposition {
    let metrics = Metrics::new(MetricsSettings { started: SystemClock.now(), operation_names: 1 });
    metrics.watch_log(Arc::default());
    let directory = tempfile::tempdir().unwrap();
    let library = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
    let library: Arc<dyn VideoRepository> = Arc::new(library);
    let feed = Feed::new(Arc::clone(&library), Arc::new(SystemClock), FeedSettings::default());
    metrics.watch(Arc::clone(&library), feed, Arc::new(SystemClock));
    let broken = Arc::new(WatchedStore::default());
    broken.break_next("list", Fault::Error);
    let broken = metrics.measure(broken);
    let (filter, order) = (VideoFilter::everything(), VideoOrder::default());
    broken.list(&filter, &order, &PageRequest::first(1)).await.unwrap_err();
    metrics.request_answered(HttpMethod::Get, "/graphql", 200, Duration::ZERO);
    metrics.credential_refused("missing");
    let connection = metrics.connection_opens();
    metrics.operation_executed(OperationKind::Query, None, Duration::ZERO);
    let text = metrics.text(metrics::Format::OpenMetrics).await;
    drop(connection);
    library.close().await.unwrap();
    Exposition::read(&text, Format::OpenMetrics)
}

fn row(name: &str, family: &MetricFamily) -> String {
    let suffix = match &*family.kind {
        "counter" => "_total",
        "info" => "_info",
        _ => "",
    };
    let labels: BTreeSet<&String> =
        family.samples.iter().flat_map(|sample| sample.labels.keys()).collect();
    let labels = labels.into_iter().filter(|label| *label != "le");
    let labels: Vec<String> = labels.map(|label| format!("`{label}`")).collect();
    let MetricFamily { kind, help, .. } = family;
    let help = help.trim_end_matches('.');
    format!("| `{name}{suffix}` | {kind} | {} | {help} |\n", labels.join(", "))
}

#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "only Linux tells all there is of a process")]
async fn the_documentation_lists_every_metric() {
    let exposition = all_metrics().await;
    let rows = exposition.families.iter().map(|(name, family)| row(name, family));
    let expected = HEAD.to_owned() + &rows.collect::<String>();
    let documentation = std::fs::read_to_string(DOCUMENTATION).unwrap();
    assert!(documentation.contains(&expected), "docs/metrics.md must have\n{expected}");
}

#[test]
#[cfg_attr(not(promtool), ignore = "needs promtool, which Debian has in its package prometheus")]
fn prometheus_takes_the_alerts_of_the_documentation() {
    let documentation = std::fs::read_to_string(DOCUMENTATION).unwrap();
    let blocks = documentation.split("```yaml\n").skip(1);
    let rules = blocks.filter_map(|block| block.split("```").next());
    let rules: Vec<&str> = rules.filter(|block| block.starts_with("groups:")).collect();
    let [rules] = rules[..] else { panic!("there is one group of alerts") };
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), rules).unwrap();
    let mut command = std::process::Command::new("promtool");
    command.args(["check", "rules"]).arg(file.path());
    Finished::run(command).with_code(0);
}
