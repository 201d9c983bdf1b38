//! The log: its format, its level, and a hook for panics; and traces, if enabled.

mod queue;
mod traces;

use std::error::Error;
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogLevel, LogSettings, TelemetrySettings};
use crate::spans;

use queue::Queue;
use traces::Traces;

/// How long the end of the program waits for the last spans to be sent.
const LAST_SPANS: Duration = Duration::from_secs(2);

/// How long it waits for the last lines of the log to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How long it waits for them if it is already late.
const LAST_LINES_LATE: Duration = Duration::from_millis(50);

/// Standard error, as a log that nobody waits for. Cloning it is cheap.
#[derive(Clone)]
pub struct Log {
    queue: Queue,
    end_by: Arc<OnceLock<Instant>>,
}

impl Log {
    /// Starts the thread that writes to standard error.
    ///
    /// # Errors
    /// When the system has no room for a thread.
    pub fn start() -> io::Result<Self> {
        let queue = Queue::to(io::stderr(), |dropped| {
            tracing::warn!(dropped, "dropped log lines: standard error did not accept them");
        })?;
        Ok(Self { queue, end_by: Arc::default() })
    }

    /// The number of lines dropped because standard error did not accept them.
    pub fn dropped_lines(&self) -> Arc<AtomicU64> {
        self.queue.dropped()
    }

    /// Sets a deadline for the end of the program: what has not been sent or written by then is
    /// abandoned.
    pub fn end_by(&self, at: Instant) {
        // Where two say so, the first was earlier.
        let _ = self.end_by.set(at);
    }

    fn at_most(&self, limit: Duration) -> Duration {
        let left = self.end_by.get().map(|at| at.saturating_duration_since(Instant::now()));
        left.map_or(limit, |left| left.min(limit))
    }

    /// Writes why the program failed, which is no line of the log and has no format.
    pub fn write_error(&self, message: &str) {
        self.queue.push(&format!("error: {message}\n"));
    }

    /// Waits until all lines are written, or the time is up.
    pub fn finish(self) {
        self.queue.flush(self.at_most(LAST_LINES).max(LAST_LINES_LATE));
    }
}

/// Telemetry of the program.
pub struct Telemetry {
    log: Log,
    traces: Option<Traces>,
}

impl Telemetry {
    /// Sends events to the log from now on, panics included, and traces to their collector if there
    /// is one. Call it once.
    ///
    /// # Errors
    /// When traces are enabled but cannot be created.
    pub fn start(
        log: Log,
        settings: &LogSettings,
        traced: Option<&TelemetrySettings>,
        runtime: &Handle,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let endpoint = traced.and_then(|it| Some((it.otlp_endpoint.as_ref()?, it)));
        let traces = endpoint.map(|(to, settings)| Traces::to(to, settings, runtime.clone()));
        let traces = traces.transpose()?;
        let lines = tracing_subscriber::fmt::layer().with_writer(log.queue.clone());
        let lines = match settings.log_format {
            LogFormat::Text => {
                lines.with_ansi(io::stderr().is_terminal()).with_target(false).boxed()
            }
            LogFormat::Json => lines.json().with_span_list(false).flatten_event(true).boxed(),
        };
        let lines = lines.with_filter(filter(settings.log_level));
        let registry = tracing_subscriber::registry().with(lines);
        // A layer that is `None` would have spans made for it all the same.
        match &traces {
            Some(traces) => registry.with(traces.layer()).init(),
            None => registry.init(),
        }
        panic::set_hook(Box::new(log_panic));
        if let Some((to, _)) = endpoint {
            tracing::info!(endpoint = %to, "sending traces");
        }
        Ok(Self { log, traces })
    }

    /// Sends the last spans, until the time is up.
    pub fn stop(self) {
        if let Some(traces) = self.traces {
            traces.stop(self.log.at_most(LAST_SPANS));
        }
    }
}

/// The events of libraries matter less than ours, unless everything is logged.
fn filter(level: LogLevel) -> Targets {
    let (own, others) = match level {
        LogLevel::Off => (LevelFilter::OFF, LevelFilter::OFF),
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::WARN),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::WARN),
        LogLevel::Trace => (LevelFilter::TRACE, LevelFilter::TRACE),
    };
    // Below this it repeats every message, also those that have a key or a token in them.
    let sockets = others.min(LevelFilter::DEBUG);
    Targets::new()
        .with_target("reelgraph", own)
        .with_target("tungstenite", sockets)
        .with_target(spans::TARGET, LevelFilter::OFF)
        .with_default(others)
}

/// The hook runs inside the span of the request that panicked, so the line has its ID.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("without a message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panicked: {message}");
}
