//! The log: its format, its level, and that a panic ends up in it.

use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogLevel, LogSettings};

/// Sends the log to standard error from now on, panics included. To be called once.
pub fn start(settings: &LogSettings) {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => lines.json().with_span_list(false).flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter(settings.log_level))).init();
    panic::set_hook(Box::new(log_panic));
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
        .with_default(others)
}

/// The hook runs inside the span of the request that panicked, so that the line has its ID.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("without a message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "panicked: {message}");
}
