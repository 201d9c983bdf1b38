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
use tracing::Dispatch;
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
        dispatch(&log.queue, settings, traces.as_ref()).init();
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

/// What receives events and spans: the log, and the traces if there are any.
fn dispatch(queue: &Queue, settings: &LogSettings, traces: Option<&Traces>) -> Dispatch {
    let lines = tracing_subscriber::fmt::layer().with_writer(queue.clone());
    let lines = match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => lines.json().with_span_list(false).flatten_event(true).boxed(),
    };
    // The filter of a layer notes what it refuses until the event comes. A library that asks whether it
    // would be logged (`log::log_enabled!`) sends none then, and the next event of the thread would be
    // refused instead. So there is a filter above the layers, which notes nothing.
    let logged = filter(settings.log_level);
    let registry = tracing_subscriber::registry();
    // A layer that is `None` would have spans made for it all the same.
    match traces {
        None => registry.with(lines).with(logged).into(),
        Some(traces) => {
            let all = logged.clone().with_target(spans::TARGET, LevelFilter::INFO);
            registry.with(lines.with_filter(logged)).with(traces.layer()).with(all).into()
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing::callsite::{Callsite, Identifier};
    use tracing::field::FieldSet;
    use tracing::metadata::Kind;
    use tracing::subscriber::Interest;
    use tracing::{Level, Metadata};

    use super::*;

    /// An event of a library, which is not logged.
    struct Notice;

    static NOTICE: Metadata<'static> = Metadata::new(
        "notice",
        "library::notice",
        Level::INFO,
        None,
        None,
        None,
        FieldSet::new(&[], Identifier(&Notice)),
        Kind::EVENT,
    );

    impl Callsite for Notice {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &Metadata<'_> {
            &NOTICE
        }
    }

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[track_caller]
    fn assert_next_line_is_logged(traces: Option<&Traces>) {
        let lines = Lines::default();
        let queue = Queue::to(lines.clone(), |_| {}).unwrap();
        let settings = LogSettings { log_format: LogFormat::Json, log_level: LogLevel::Info };
        let dispatch = dispatch(&queue, &settings, traces);
        tracing::dispatcher::with_default(&dispatch, || {
            tracing::info!("before");
            assert!(!dispatch.enabled(&NOTICE));
            tracing::info!("after");
        });
        queue.flush(Duration::from_secs(60));
        let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(lines.contains("before") && lines.contains("after"), "{lines}");
    }

    #[tokio::test]
    async fn no_line_is_lost_when_a_library_asks_whether_it_would_be_logged() {
        assert_next_line_is_logged(None);
        let settings = TelemetrySettings {
            otlp_endpoint: Some("http://127.0.0.1:4318".parse().unwrap()),
            ..TelemetrySettings::default()
        };
        let endpoint = settings.otlp_endpoint.as_ref().unwrap();
        let traces = Traces::to(endpoint, &settings, Handle::current()).unwrap();
        assert_next_line_is_logged(Some(&traces));
    }
}
