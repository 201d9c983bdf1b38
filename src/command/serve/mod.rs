//! `reelgraph serve`: opens the library and serves it until a signal stops the server.

mod announce;
mod backend;
mod files;
mod library;
mod media;
#[cfg(unix)]
mod roots;
mod signals;
mod stop;
mod web_app;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::Failure;
use super::authentication::tokens;
use super::health::reachable;
use super::named::scan_faults;
use crate::auth::Tokens;
use crate::config::{AccessSettings, LogFormat, MetricsListen, ServeSettings};
use crate::http::{self, App, BodyLimits, Host, MetricsListener, Stop, Streams};
use crate::metrics::Metrics;
use crate::telemetry::Log;

pub(super) use backend::check_documents;
use backend::{connection_limits, metrics_settings, observer};
use library::{Library, Start};
use signals::{ForcedStop, Signals, StopSignal};
use stop::{Progress, StopTimes};
pub(super) use web_app::check_web_app;

/// Serves until a signal stops the server. Whatever holds up the stop, this returns when its time is
/// over.
pub(super) async fn run(
    settings: &ServeSettings,
    log_format: LogFormat,
    log: &Log,
) -> Result<(), Failure> {
    let times = StopTimes::of(settings);
    let mut signals = Signals::handle(times.closed)?;
    let progress = Progress::new();
    let server = Server { settings, times, stop: signals.stop(), progress: progress.clone() };
    let mut serving = Box::pin(server.run(log_format, log.dropped_lines()));
    let outcome = tokio::select! {
        outcome = &mut serving => outcome,
        why = signals.cut_short() => {
            // To let go of what it holds could wait for the disk that holds it up.
            mem::forget(serving);
            Err(match why {
                ForcedStop::BySignal => "a second signal ended the server immediately".into(),
                ForcedStop::ByTime => {
                    format!("the stop took longer than --stop-seconds: {}", progress.step()).into()
                }
            })
        }
    };
    if let Some(at) = signals.stop().received_at() {
        log.end_by(at + times.ended);
    }
    outcome
}

/// A server, from its start to the end of its stop.
struct Server<'a> {
    settings: &'a ServeSettings,
    times: StopTimes,
    stop: StopSignal,
    progress: Progress,
}

impl Server<'_> {
    async fn run(
        mut self,
        log_format: LogFormat,
        dropped_lines: Arc<AtomicU64>,
    ) -> Result<(), Failure> {
        let settings = self.settings;
        files::raise_limit(settings);
        let tokens = tokio::select! {
            tokens = read_tokens(&settings.access) => tokens?,
            () = self.stop.received() => {
                tracing::info!("stopped before the keys of tokens were read");
                return Ok(());
            }
        };
        tokio::select! {
            verified = verify_scans(settings) => verified?,
            () = self.stop.received() => return Ok(()),
        }
        // Before the library is opened, so that a port in use is reported at once.
        let listener = http::listen(settings.listen).await?;
        let address = listener.local_addr()?;
        let metrics = Metrics::new(metrics_settings(settings));
        metrics.watch_log(dropped_lines);
        let _serving_metrics = serve_metrics(settings, &metrics).await?;
        announce::starting(address, settings);
        let streams = Streams::new(settings.streams.max_subscriptions);
        let mut front = self.front(listener, &streams, &metrics);
        let start = Start { address, tokens, metrics, streams };
        let library = tokio::select! {
            library = Library::open(start, settings) => library?,
            () = self.stop.received() => {
                tracing::info!("stopped before the library was open");
                return Ok(());
            }
        };
        front.app.open(library.backend.clone());
        announce::listening(address, settings, log_format);
        if library.is_empty {
            announce::empty(settings);
        }
        tokio::select! {
            () = self.stop.received() => {}
            () = front.ended() => return Err("the server no longer accepts connections".into()),
        }
        front.stop(&self.times).await;
        library.close(&self.progress).await?;
        tracing::info!("stopped");
        Ok(())
    }

    /// Accepts connections. Until the library is open, the app responds that it is not.
    fn front(&self, listener: TcpListener, streams: &Streams, metrics: &Metrics) -> Listeners {
        let app = App::opening(observer(self.settings, metrics));
        let host = Host::new(app.clone(), connection_limits(self.settings), metrics.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let signal = async { stopped.await.unwrap_or_default() };
        let stopping = Stop { signal, streams: streams.clone(), deadline: self.times.requests };
        let mut serving = JoinSet::new();
        serving.spawn(http::serve(listener, host, stopping));
        Listeners { app, stop, serving }
    }
}

/// The tokens that these settings have verified. Whatever their file is, a pipe or on another machine,
/// signals are heard while it is read.
async fn read_tokens(settings: &AccessSettings) -> Result<Option<Tokens>, Failure> {
    let settings = settings.clone();
    if let Some(file) = settings.jwt_key_file.as_ref().or(settings.jwt_jwks_file.as_ref()) {
        tracing::info!(file = %file.display(), "reading the keys of tokens");
    }
    spawn_blocking(move || tokens(&settings)).await?
}

/// Verifies what the settings name for scans. A disk that does not answer is like one that is unplugged: it does not
/// keep the server from starting.
async fn verify_scans(settings: &ServeSettings) -> Result<(), Failure> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let settings = settings.clone();
    let faults = spawn_blocking(move || scan_faults(&settings));
    match timeout(PATIENCE, faults).await {
        Ok(faults) if faults.as_ref().is_ok_and(Vec::is_empty) => Ok(()),
        Ok(faults) => Err(faults?.join("\n").into()),
        Err(_) => {
            tracing::warn!("the folders of --root were not checked: a disk does not answer");
            Ok(())
        }
    }
}

/// What clients connect to.
struct Listeners {
    app: App,
    stop: oneshot::Sender<()>,
    serving: JoinSet<()>,
}

impl Listeners {
    /// Waits until no connection is left.
    async fn ended(&mut self) {
        self.serving.join_next().await;
    }

    /// Stops being ready, keeps serving during the drain, and then finishes the requests in flight.
    async fn stop(mut self, times: &StopTimes) {
        self.app.drain();
        if !times.drain.is_zero() {
            let seconds = times.drain.as_secs();
            tracing::info!(seconds, "no longer ready; serving until the drain ends");
            sleep(times.drain).await;
        }
        drop(self.stop);
        self.serving.join_next().await;
    }
}

/// Serves metrics on a separate listener, if configured, until this is dropped.
async fn serve_metrics(
    settings: &ServeSettings,
    metrics: &Metrics,
) -> Result<JoinSet<()>, Failure> {
    let mut serving = JoinSet::new();
    if let MetricsListen::Own(address) = settings.telemetry.metrics {
        let listener = MetricsListener {
            address,
            allowed_hosts: &settings.connections.allowed_hosts,
            connections: connection_limits(settings),
            bodies: BodyLimits::of(&settings.connections, &settings.limits),
        };
        let (address, server) = http::serve_metrics(metrics.clone(), listener).await?;
        tracing::info!(%address, url = format!("http://{}/metrics", reachable(address)), "metrics");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "everyone who can reach this address can read the metrics");
        }
        serving.spawn(server);
    }
    Ok(serving)
}
