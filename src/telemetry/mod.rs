//! The log: its format, its level, and that a panic ends up in it; and traces, where they are
//! asked for.

mod traces;

use std::error::Error;
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};

use tokio::runtime::Handle;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogLevel, LogSettings, TelemetrySettings};
use crate::spans;

use traces::Traces;

/// What is to be told about the program from the start on.
pub struct Telemetry(Option<Traces>);

impl Telemetry {
    /// Sends the log to standard error from now on, panics included, and traces to their collector
    /// where one is named. To be called once.
    ///
    /// # Errors
    /// When no traces can be made although they are asked for.
    pub fn start(
        log: &LogSettings,
        traced: Option<&TelemetrySettings>,
        runtime: &Handle,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let endpoint = traced.and_then(|it| Some((it.otlp_endpoint.as_ref()?, it)));
        let traces = endpoint.map(|(to, settings)| Traces::to(to, settings, runtime.clone()));
        let traces = traces.transpose()?;
        let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        let lines = match log.log_format {
            LogFormat::Text => {
                lines.with_ansi(io::stderr().is_terminal()).with_target(false).boxed()
            }
            LogFormat::Json => lines.json().with_span_list(false).flatten_event(true).boxed(),
        };
        let lines = lines.with_filter(filter(log.log_level));
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
        Ok(Self(traces))
    }

    /// Hands over what is left to be told.
    pub fn stop(self) {
        if let Some(traces) = self.0 {
            traces.stop();
        }
    }
}

/// What the libraries say matters less than what we say, except to one who asks for everything.
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

/// The hook runs inside the span of the request that panicked, so that the line has its ID.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("without a message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panicked: {message}");
}
