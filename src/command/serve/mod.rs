//! `reelgraph serve`: opens the library and serves it until it is told to stop.

mod announce;
mod backend;
mod signals;

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Failure;
use super::gate::{Entrance, tokens};
use super::health::reachable;
use crate::causes::with_causes;
use crate::config::{LogFormat, MetricsPlace, ServeSettings};
use crate::domain::{Clock, SystemClock};
use crate::feed::Feed;
use crate::http::{self, Host, Site, Stop};
use crate::metrics::Metrics;
use crate::telemetry::Log;

use announce::announce;
use backend::{
    Parts, backend, connection_limits, feed_settings, library, metrics_settings, services, trusted,
};
use signals::StopSignals;

pub(super) async fn run(
    settings: &ServeSettings,
    log_format: LogFormat,
    log: &Log,
) -> Result<(), Failure> {
    let mut signals = StopSignals::listen()?;
    let tokens = tokens(&settings.access)?;
    // Before the library is opened, so that a port in use is told at once.
    let listener = http::listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let trusted = trusted(&settings.requests)?;
    let metrics = Metrics::new(metrics_settings(settings));
    metrics.watch_log(log.dropped_lines());
    let _serving_metrics = serve_metrics(settings.telemetry.metrics, &metrics).await?;
    let repository = metrics.measure(library(settings).await?);
    let entrance = match Entrance::open(address, settings, tokens).await {
        Ok(entrance) => entrance,
        Err(refusal) => {
            repository.close().await;
            return Err(refusal);
        }
    };
    let feed = Feed::new(Arc::clone(&repository), feed_settings(settings));
    metrics.watch(Arc::clone(&repository), feed.clone(), Arc::new(SystemClock));
    if let Err(error) = metrics.compare_log_with(SystemClock.now(), &*repository).await {
        tracing::warn!(error = with_causes(&error), "could not read the newest change");
    }
    let services = services(Arc::clone(&repository), feed.clone());
    let parts = Parts { services, gate: entrance.gate.clone(), metrics, trusted };
    let backend = backend(parts, settings)?;
    let streams = backend.streams.clone();
    announce(address, settings, log_format);

    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = pin!(async {
        let signal = async { stopped.await.unwrap_or_default() };
        let stop = Stop { signal, streams, deadline: settings.stop_deadline() };
        let host = Host::new(Site::new(backend), connection_limits(settings));
        http::serve(listener, host, stop).await;
        feed.close();
        entrance.close().await;
        repository.close().await;
        Ok(())
    });
    tokio::select! {
        outcome = &mut serving => return outcome,
        () = signals.next() => tracing::info!("stopping; a second signal ends at once"),
    }
    drop(stop);
    tokio::select! {
        outcome = serving => outcome,
        () = signals.next() => Err("a second signal ended the server at once".into()),
    }
}

/// Serves metrics where they have a listener of their own, until this is dropped.
async fn serve_metrics(place: MetricsPlace, metrics: &Metrics) -> Result<JoinSet<()>, Failure> {
    let mut serving = JoinSet::new();
    if let MetricsPlace::Own(address) = place {
        let (address, server) = http::serve_metrics(address, metrics.clone()).await?;
        tracing::info!(%address, url = format!("http://{}/metrics", reachable(address)), "metrics");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "everyone who can reach this address may read the metrics");
        }
        serving.spawn(server);
    }
    Ok(serving)
}
