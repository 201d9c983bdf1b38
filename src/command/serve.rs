//! `reelgraph serve`: opens the library and serves it until it is told to stop.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Failure;
use super::gate::{Entrance, is_loopback, tokens};
use super::health::reachable;
use super::key::role;
use crate::auth::Gate;
use crate::causes::with_causes;
use crate::config::{
    AnonymousAccess, DatabaseUrl, DocumentSettings, LogFormat, MetricsPlace, RequestSettings,
    ServeSettings,
};
use crate::domain::{Clock, RandomIds, SystemClock};
use crate::feed::{Feed, FeedSettings};
use crate::graphql::{Api, DocumentLimits, Services};
use crate::http::{
    self, Backend, ConnectionLimits, Documents, Host, Manifest, Requests, Settings, Site, Stop,
    Streams,
};
use crate::metrics::{Metrics, MetricsSettings};
use crate::repository::sqlite::SqliteSettings;
use crate::repository::{OnConflict, VideoRepository};
use crate::transfer::{self, ImportOptions};

/// What `--sample` serves, as `import` reads it.
const SAMPLE: &[u8] = include_bytes!("../../examples/sample.ndjson");

pub(super) async fn run(settings: &ServeSettings, log_format: LogFormat) -> Result<(), Failure> {
    let mut signals = StopSignals::listen()?;
    let tokens = tokens(&settings.access)?;
    // Before the library is opened, so that a port in use is told at once.
    let listener = http::listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let trusted = trusted(&settings.requests)?;
    let metrics = Metrics::new(metrics_settings(settings));
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
    metrics.watch(Arc::clone(&repository), feed.clone());
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

async fn library(settings: &ServeSettings) -> Result<Arc<dyn VideoRepository>, Failure> {
    if !settings.sample {
        let sqlite = SqliteSettings {
            read_limit: settings.limits.read_limit(),
            ..SqliteSettings::default()
        };
        return super::open_with(&settings.database.database_url, sqlite).await;
    }
    let repository = super::open(&DatabaseUrl::Memory).await?;
    let options = ImportOptions {
        on_conflict: OnConflict::Fail,
        request_id: "sample".to_owned(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    transfer::import(&*repository, SAMPLE, options, |_| {}).await?;
    Ok(repository)
}

fn connection_limits(settings: &ServeSettings) -> ConnectionLimits {
    ConnectionLimits {
        max_connections: settings.connections.max_connections,
        max_header_bytes: settings.limits.max_header_bytes,
        header_timeout: settings.connections.header_timeout(),
        write_timeout: settings.connections.write_timeout(),
        idle_timeout: settings.connections.idle_timeout(),
    }
}

fn feed_settings(settings: &ServeSettings) -> FeedSettings {
    FeedSettings { max_lag: settings.streams.max_subscriber_lag, ..FeedSettings::default() }
}

fn metrics_settings(settings: &ServeSettings) -> MetricsSettings {
    MetricsSettings {
        started: SystemClock.now(),
        operation_names: settings.telemetry.metrics_operation_names,
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

/// The documents that the operator trusts, as they stand in the file.
fn trusted(settings: &RequestSettings) -> Result<Manifest, Failure> {
    let Some(path) = &settings.documents else { return Ok(Manifest::default()) };
    let text = fs::read_to_string(path).map_err(|error| in_manifest(path, &error))?;
    let manifest = Manifest::read(&text).map_err(|error| in_manifest(path, &error))?;
    tracing::info!(documents = manifest.len(), file = %path.display(), "read the documents");
    Ok(manifest)
}

fn in_manifest(path: &Path, error: &(dyn Error + 'static)) -> Failure {
    format!("--documents {}: {}", path.display(), with_causes(error)).into()
}

/// What is made before the server is.
struct Parts {
    services: Services,
    gate: Gate,
    metrics: Metrics,
    trusted: Manifest,
}

fn services(repository: Arc<dyn VideoRepository>, feed: Feed) -> Services {
    Services { repository, feed, clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) }
}

fn backend(parts: Parts, settings: &ServeSettings) -> Result<Backend, Failure> {
    let Parts { services, gate, metrics, trusted } = parts;
    let allowed = Settings {
        max_header_bytes: settings.limits.max_header_bytes,
        max_body_bytes: settings.limits.max_body_bytes,
        max_answer_bytes: settings.limits.max_answer_bytes,
        body_timeout: settings.connections.body_timeout(),
        request_timeout: settings.limits.request_timeout(),
        max_batch: settings.requests.max_batch,
        allowed_origins: settings.connections.allowed_origins.clone(),
        max_subscriptions_per_connection: settings.streams.max_subscriptions_per_connection,
        init_timeout: settings.streams.init_timeout(),
        keep_alive: settings.streams.keep_alive(),
        serves_metrics: settings.telemetry.metrics == MetricsPlace::Main,
        slow_query: settings.telemetry.slow_query(),
    };
    let repository = Arc::clone(&services.repository);
    let api = Api::with_limits(services, document_limits(&settings.documents))
        .telling_schema_to(role(settings.access.introspection_role));
    if let Some(path) = &settings.requests.documents {
        trusted.verify(&api).map_err(|error| in_manifest(path, &error))?;
    }
    let documents = http::DocumentRules {
        trusted,
        trusted_only: settings.requests.documents_only,
        max_automatic_bytes: settings.requests.max_automatic_document_bytes,
    };
    Ok(Backend {
        api,
        repository,
        gate,
        ids: Arc::new(RandomIds),
        documents: Arc::new(Documents::new(documents)),
        requests: Requests::new(settings.limits.max_requests),
        streams: Streams::new(settings.streams.max_subscriptions),
        metrics,
        settings: Arc::new(allowed),
    })
}

fn document_limits(settings: &DocumentSettings) -> DocumentLimits {
    DocumentLimits {
        max_document_bytes: settings.max_document_bytes,
        max_tokens: settings.max_tokens,
        max_depth: settings.max_depth,
        max_fields: settings.max_fields,
        max_aliases: settings.max_aliases,
        max_directives: settings.max_directives,
        max_cost: settings.max_cost,
        max_filter_levels: settings.max_filter_levels,
        max_filter_conditions: settings.max_filter_conditions,
        document_cache_bytes: settings.document_cache_bytes,
    }
}

fn announce(address: SocketAddr, settings: &ServeSettings, log_format: LogFormat) {
    let url = format!("http://{}/graphql", reachable(address));
    let library = match settings.sample {
        true => "the sample, in memory".to_owned(),
        false => settings.database.database_url.to_string(),
    };
    let source = match http::EXPLORER_IS_EMBEDDED {
        true => "",
        false => ", which loads it from cdn.jsdelivr.net",
    };
    if log_format == LogFormat::Text {
        // A server whose standard output nobody reads serves all the same.
        let _ = writeln!(
            io::stdout(),
            "GraphQL API  {url}\nGraphiQL     {url} in a browser{source}\nLibrary      {library}"
        );
    }
    tracing::info!(%address, url, library, "listening");
    if !http::EXPLORER_IS_EMBEDDED {
        tracing::info!("GraphiQL is not built in: browsers load it from cdn.jsdelivr.net");
    }
    if let Some(access) = settings.access.allow_anonymous
        && !is_loopback(address)
    {
        let what = match access {
            AnonymousAccess::Read => "read",
            AnonymousAccess::Write => "read and change",
        };
        tracing::warn!(%address, "everyone who can reach this address may {what} the library");
    }
}

/// The signals that ask the program to stop: Ctrl-C, and SIGTERM where there is one.
struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl StopSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) {
        // Where Ctrl-C cannot be listened for, it ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn documents_have_the_same_limits_by_default_as_the_api_has() {
        #[derive(Parser)]
        struct Settings {
            #[command(flatten)]
            documents: DocumentSettings,
        }
        let Settings { documents } = Settings::parse_from(["reelgraph"]);
        assert_eq!(document_limits(&documents), DocumentLimits::default());
    }
}
