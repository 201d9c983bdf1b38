//! What the server measures of itself, for Prometheus.
//!
//! [`Metrics`] is made once and handed to whoever has something to count. A store is measured by
//! what it is wrapped into, `measured`; what the library, the feed and the process can tell by
//! themselves is asked for whenever metrics are read, in `library` and `process`.

mod labels;
mod lead;
mod library;
mod log;
mod measured;
mod names;
mod process;
mod tally;

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::{AuditFilter, Clock, PageRequest, Timestamp};
use crate::feed::Feed;
use crate::repository::{RepositoryError, VideoRepository};

use labels::{BuildLabels, ErrorLabels, OperationLabels, RequestLabels};
use library::Library;
use log::LogLines;
use measured::{Measured, StoreInstruments};
use names::Names;
use process::Process;

pub use labels::{HttpMethod, OperationKind};
pub use tally::{StoreCalls, tallied};

/// The upper bounds of the groups that durations of operations are counted in, in seconds.
const OPERATION_SECONDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The media type of what [`Metrics::text`] gives.
///
/// Source: [OpenMetrics 1.0](https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics of one server. Cloning it copies nothing.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    http: HttpInstruments,
    store: StoreInstruments,
    names: Names,
}

/// What is counted as requests come and go.
#[derive(Default)]
struct HttpInstruments {
    requests: Family<RequestLabels, Counter>,
    requests_in_flight: Gauge,
    operations: Durations,
    errors: Family<ErrorLabels, Counter>,
    subscriptions: Gauge,
    subscription_events: Counter,
}

/// Durations of operations, by kind and name.
struct Durations(Family<OperationLabels, Histogram>);

impl Default for Durations {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(OPERATION_SECONDS)))
    }
}

/// What metrics are made for.
#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    /// When the process was started.
    pub started: Timestamp,
    /// How many names of operations are told apart.
    pub operation_names: usize,
}

impl Metrics {
    /// Metrics in which nothing was counted yet.
    pub fn new(settings: MetricsSettings) -> Self {
        let mut registry = Registry::default();
        let build = Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") });
        registry.register("reelgraph_build", "The program that runs", build);
        registry.register_collector(Box::new(Process::started_at(settings.started)));
        let (http, store) = (HttpInstruments::default(), StoreInstruments::default());
        http.register(&mut registry);
        store.register(&mut registry);
        // Whoever watches for a rise of this one would miss the first, were it not there before.
        drop(http.errors.get_or_create(&ErrorLabels { code: "INTERNAL_SERVER_ERROR".to_owned() }));
        let names = Names::at_most(settings.operation_names);
        Self(Arc::new(Inner { registry: Mutex::new(registry), http, store, names }))
    }

    /// The same store, with its calls measured.
    pub fn measure(&self, repository: Arc<dyn VideoRepository>) -> Arc<dyn VideoRepository> {
        Arc::new(Measured::new(repository, self.0.store.clone()))
    }

    /// Adds how many lines of the log were dropped, as this counter has it. To be called once.
    pub fn watch_log(&self, dropped: Arc<AtomicU64>) {
        let mut registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register_collector(Box::new(LogLines { dropped }));
    }

    /// Has metrics report on this library and its feed, too. To be called once.
    pub fn watch(&self, repository: Arc<dyn VideoRepository>, feed: Feed, clock: Arc<dyn Clock>) {
        let lead = Arc::clone(&self.0.store.lead);
        let mut registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register_collector(Box::new(Library { repository, feed, lead, clock }));
    }

    /// Compares the time of the newest change with the clock, as measured stores do whenever they
    /// write.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn compare_log_with(
        &self,
        now: Timestamp,
        repository: &dyn VideoRepository,
    ) -> Result<(), RepositoryError> {
        let newest = PageRequest::first(1);
        let page = repository.list_entries(&AuditFilter::default(), &newest).await?;
        if let Some(newest) = page.items.first() {
            self.0.store.lead.note(newest.timestamp, now);
        }
        Ok(())
    }

    /// All of them as they are now, in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        text::encode(&mut text, &registry).expect("a string takes whatever is written to it");
        text
    }

    /// Counts an HTTP request as being in flight until the guard is dropped.
    pub fn request_begins(&self) -> Present {
        Present::in_(&self.0.http.requests_in_flight)
    }

    /// Counts an HTTP request that was answered.
    pub fn request_answered(&self, method: HttpMethod, route: &'static str, status: u16) {
        self.0.http.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// Counts a query or mutation that was executed.
    pub fn operation_executed(&self, kind: OperationKind, name: Option<&str>, took: Duration) {
        let labels = OperationLabels { r#type: kind, name: self.0.names.label(name) };
        self.0.http.operations.0.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts an error that a client was told.
    pub fn error_told(&self, code: &str) {
        self.0.http.errors.get_or_create(&ErrorLabels { code: code.to_owned() }).inc();
    }

    /// Counts a subscription as present until the guard is dropped.
    pub fn subscription_begins(&self) -> Present {
        Present::in_(&self.0.http.subscriptions)
    }

    /// Counts a result of a subscription.
    pub fn subscription_event(&self) {
        self.0.http.subscription_events.inc();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl HttpInstruments {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "reelgraph_http_requests",
            "Requests that were answered",
            self.requests.clone(),
        );
        registry.register(
            "reelgraph_http_requests_in_flight",
            "Requests that are being answered; streams until they begin",
            self.requests_in_flight.clone(),
        );
        registry.register_with_unit(
            "reelgraph_operation_duration",
            "Time from reading a query or mutation to its result, of those that were executed",
            Unit::Seconds,
            self.operations.0.clone(),
        );
        registry.register("reelgraph_errors", "Errors that clients were told", self.errors.clone());
        registry.register(
            "reelgraph_subscriptions",
            "Subscriptions that are open",
            self.subscriptions.clone(),
        );
        registry.register(
            "reelgraph_subscription_events",
            "Results of subscriptions",
            self.subscription_events.clone(),
        );
    }
}

/// Someone who is counted for as long as this lives.
#[derive(Debug)]
pub struct Present(Gauge);

impl Present {
    fn in_(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}
