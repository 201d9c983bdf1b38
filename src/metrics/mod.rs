//! The server's metrics, for Prometheus.
//!
//! [`Metrics`] is created once and passed to everything that counts. A store is measured by a
//! wrapper, `measured`; the metrics of the library, the feed and the process are collected whenever
//! metrics are read, in `library` and `process`.

mod copies;
mod described;
mod labels;
mod lead;
mod library;
mod log;
mod measured;
mod names;
mod plain;
mod process;
mod tally;

use std::fmt;
use std::hash::Hash;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::{AuditFilter, Clock, PageRequest, Timestamp};
use crate::error_code::ErrorCode;
use crate::feed::Feed;
use crate::repository::{RepositoryError, VideoRepository};

use labels::{
    BuildLabels, ConnectionLabels, ErrorLabels, OperationLabels, RefusalLabels, RequestLabels,
    RouteLabels,
};
use library::Library;
use log::LogLines;
use measured::{Measured, StoreInstruments};
use names::Names;
use process::Process;

pub use labels::{HttpMethod, OperationKind, Protocol};
pub use tally::{StoreCalls, tallied};

/// The upper bounds of the groups that durations of operations and of requests are counted in, in
/// seconds.
const SECONDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [OpenMetrics 1.0](https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
    OpenMetrics,
    /// The [text format 0.0.4](https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format),
    /// which all tools read.
    Plain,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Plain => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// The metrics of one server. Cloning it copies nothing.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    library: OnceLock<Library>,
    http: HttpInstruments,
    store: StoreInstruments,
    names: Names,
}

/// Metrics that requests update.
#[derive(Default)]
struct HttpInstruments {
    requests: Family<RequestLabels, Counter>,
    requests_in_flight: Gauge,
    request_durations: Durations<RouteLabels>,
    connections: Family<ConnectionLabels, Gauge>,
    credentials_refused: Family<RefusalLabels, Counter>,
    operations: Durations<OperationLabels>,
    errors: Family<ErrorLabels, Counter>,
    subscriptions: Gauge,
    subscription_events: Counter,
}

/// Durations by label.
struct Durations<L>(Family<L, Histogram>);

impl<L: Clone + Eq + Hash> Default for Durations<L> {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(SECONDS)))
    }
}

/// The settings of metrics.
#[derive(Clone, Copy, Debug)]
pub struct MetricsSettings {
    /// When the process was started.
    pub started: Timestamp,
    /// The maximum number of operation names in labels.
    pub operation_names: usize,
}

impl Metrics {
    /// Metrics in which nothing was counted yet.
    pub fn new(settings: MetricsSettings) -> Self {
        let mut registry = Registry::default();
        let build = Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") });
        registry.register("reelgraph_build", "Build information", build);
        registry.register_collector(Box::new(Process::started_at(settings.started)));
        let (http, store) = (HttpInstruments::default(), StoreInstruments::default());
        http.register(&mut registry);
        store.register(&mut registry);
        // Whoever watches for a rise of this one would miss the first, were it not there before.
        drop(
            http.errors
                .get_or_create(&ErrorLabels { code: ErrorCode::InternalServerError.as_str() }),
        );
        let names = Names::at_most(settings.operation_names);
        let (registry, library) = (Mutex::new(registry), OnceLock::new());
        Self(Arc::new(Inner { registry, library, http, store, names }))
    }

    /// The same store, with its calls measured.
    pub fn measure(&self, repository: Arc<dyn VideoRepository>) -> Arc<dyn VideoRepository> {
        Arc::new(Measured::new(repository, self.0.store.clone()))
    }

    /// Adds how many lines of the log were dropped, as this counter has it. To be called once.
    pub fn watch_log(&self, dropped: Arc<AtomicU64>) {
        self.registry().register_collector(Box::new(LogLines { dropped }));
    }

    /// Has metrics report on this library and its feed, too. To be called once.
    pub fn watch(&self, repository: Arc<dyn VideoRepository>, feed: Feed, clock: Arc<dyn Clock>) {
        let lead = Arc::clone(&self.0.store.lead);
        let library = self.0.library.get_or_init(|| Library::new(repository, feed, lead, clock));
        self.registry().register_collector(Box::new(library.clone()));
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

    /// All of them as they are now.
    pub async fn text(&self, format: Format) -> String {
        if let Some(library) = self.0.library.get() {
            library.look().await;
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry()).expect("a string takes whatever is written");
        match format {
            Format::OpenMetrics => text,
            Format::Plain => plain::of(&text),
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection as open until the returned value is dropped.
    pub fn connection_opens(&self) -> Connection {
        Connection::new(self.0.http.connections.clone())
    }

    /// Counts a credential that was refused.
    pub fn credential_refused(&self, reason: &'static str) {
        self.0.http.credentials_refused.get_or_create(&RefusalLabels { reason }).inc();
    }

    /// Counts an HTTP request as being in flight until the guard is dropped.
    pub fn request_begins(&self) -> GaugeGuard {
        GaugeGuard::in_(&self.0.http.requests_in_flight)
    }

    /// Counts an HTTP request that was answered.
    pub fn request_answered(
        &self,
        method: HttpMethod,
        route: &'static str,
        status: u16,
        took: Duration,
    ) {
        let HttpInstruments { requests, request_durations, .. } = &self.0.http;
        requests.get_or_create(&RequestLabels { method, route, status }).inc();
        let labels = RouteLabels { route };
        request_durations.0.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a query or mutation that was executed.
    pub fn operation_executed(&self, kind: OperationKind, name: Option<&str>, took: Duration) {
        let labels = OperationLabels { r#type: kind, name: self.0.names.label(name) };
        self.0.http.operations.0.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts an error in a response.
    pub fn error_told(&self, code: ErrorCode) {
        self.0.http.errors.get_or_create(&ErrorLabels { code: code.as_str() }).inc();
    }

    /// Counts a subscription as present until the guard is dropped.
    pub fn subscription_begins(&self) -> GaugeGuard {
        GaugeGuard::in_(&self.0.http.subscriptions)
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
            "HTTP requests answered",
            self.requests.clone(),
        );
        registry.register(
            "reelgraph_http_requests_in_flight",
            "HTTP requests in flight; streams count until they begin",
            self.requests_in_flight.clone(),
        );
        registry.register_with_unit(
            "reelgraph_http_request_duration",
            "Time from the header of a request to the start of its response",
            Unit::Seconds,
            self.request_durations.0.clone(),
        );
        registry.register("reelgraph_connections", "Open connections", self.connections.clone());
        registry.register(
            "reelgraph_credentials_refused",
            "Credentials rejected",
            self.credentials_refused.clone(),
        );
        registry.register_with_unit(
            "reelgraph_operation_duration",
            "Time from reading a query or mutation to its result, for those executed",
            Unit::Seconds,
            self.operations.0.clone(),
        );
        registry.register("reelgraph_errors", "Errors returned to clients", self.errors.clone());
        registry.register(
            "reelgraph_subscriptions",
            "Open subscriptions",
            self.subscriptions.clone(),
        );
        registry.register(
            "reelgraph_subscription_events",
            "Subscription results sent",
            self.subscription_events.clone(),
        );
    }
}

/// Counted while this lives.
#[derive(Debug)]
pub struct GaugeGuard(Gauge);

impl GaugeGuard {
    fn in_(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A connection that is counted by protocol while this lives.
#[derive(Debug)]
pub struct Connection {
    all: Family<ConnectionLabels, Gauge>,
    protocol: Protocol,
}

impl Connection {
    fn new(all: Family<ConnectionLabels, Gauge>) -> Self {
        let connection = Self { all, protocol: Protocol::New };
        connection.gauge().inc();
        connection
    }

    /// Counts it among those that speak this from now on.
    pub fn speaks(&mut self, protocol: Protocol) {
        self.gauge().dec();
        self.protocol = protocol;
        self.gauge().inc();
    }

    fn gauge(&self) -> Gauge {
        self.all.get_or_create_owned(&ConnectionLabels { protocol: self.protocol })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.gauge().dec();
    }
}
