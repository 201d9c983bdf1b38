//! The backend of the server, according to its settings.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::auth::Authenticator;
use crate::causes::with_causes;
use crate::command::Failure;
use crate::command::library::{self, Work};
use crate::config::{DatabaseUrl, RequestSettings, ServeSettings};
use crate::domain::{Clock, RandomIds, SystemClock};
use crate::feed::{Feed, FeedSettings};
use crate::graphql::{Api, Services};
use crate::http::{
    Backend, ConnectionLimits, Documents, Hosts, Manifest, Observer, RecentWriters, Requests,
    Settings, Streams, TrustedProxies, WebApp,
};
use crate::metrics::{Metrics, MetricsSettings};
use crate::repository::{OnConflict, VideoRepository};
use crate::transfer::{self, ImportOptions};

/// The sample library, in the format of `import`.
const SAMPLE: &[u8] = include_bytes!("../../../examples/sample.ndjson");

/// The store that is served.
pub(super) async fn repository(
    settings: &ServeSettings,
) -> Result<Arc<dyn VideoRepository>, Failure> {
    if !settings.sample {
        let read_limit = settings.limits.read_timeout;
        let work = Work::Requests { read_limit, replicas: &settings.replicas };
        return library::open(&settings.database, work).await;
    }
    let repository = library::in_memory();
    let options = ImportOptions {
        on_conflict: OnConflict::Fail,
        request_id: "sample".to_owned(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    transfer::import(&*repository, SAMPLE, options, |_| {}).await?;
    Ok(repository)
}

pub(super) fn connection_limits(settings: &ServeSettings) -> ConnectionLimits {
    ConnectionLimits {
        connections: settings.connections.clone(),
        requests: settings.limits.clone(),
    }
}

/// What observes requests, even before the library is open.
pub(super) fn observer(settings: &ServeSettings, metrics: &Metrics) -> Observer {
    let (ids, metrics) = (Arc::new(RandomIds), metrics.clone());
    Observer { ids, metrics, trusted_proxies: TrustedProxies::of(&settings.connections) }
}

pub(super) fn feed_settings(settings: &ServeSettings) -> FeedSettings {
    FeedSettings {
        max_lag: settings.streams.max_subscriber_lag,
        max_filter_tests: settings.streams.max_live_filter_tests,
        ..FeedSettings::default()
    }
}

pub(super) fn metrics_settings(settings: &ServeSettings) -> MetricsSettings {
    MetricsSettings {
        started: SystemClock.now(),
        operation_names: settings.telemetry.metrics_operation_names,
    }
}

/// The trusted documents, as they are in the file.
pub(super) async fn trusted(settings: &RequestSettings) -> Result<Manifest, Failure> {
    let Some(path) = &settings.documents else { return Ok(Manifest::default()) };
    let file = path.clone();
    // Whatever the file is, a pipe or on another machine, the server answers meanwhile that it lives.
    let manifest = spawn_blocking(move || manifest(&file)).await??;
    tracing::info!(documents = manifest.len(), file = %path.display(), "read the documents");
    Ok(manifest)
}

fn manifest(path: &Path) -> Result<Manifest, Failure> {
    let text = fs::read_to_string(path).map_err(|error| in_manifest(path, &error))?;
    Manifest::read(&text).map_err(|error| in_manifest(path, &error))
}

/// Verifies that the documents that the operator trusts can be read, and are valid for the schema.
pub(in crate::command) fn check_documents(settings: &ServeSettings) -> Result<(), Failure> {
    let Some(path) = &settings.requests.documents else { return Ok(()) };
    let manifest = manifest(path)?;
    let nothing = library::in_memory();
    let feed = Feed::new(Arc::clone(&nothing), Arc::new(SystemClock), feed_settings(settings));
    let api = Api::with_limits(services(nothing, feed), settings.documents.clone());
    manifest.verify(&api).map_err(|error| in_manifest(path, &error))
}

fn in_manifest(path: &Path, error: &(dyn Error + 'static)) -> Failure {
    format!("--documents {}: {}", path.display(), with_causes(error)).into()
}

/// What is read from files at the start, besides the library.
pub(super) struct Files {
    pub trusted: Manifest,
    pub web_app: Option<WebApp>,
}

/// What is created before the server.
pub(super) struct Parts {
    /// The address that the server listens on.
    pub address: SocketAddr,
    pub services: Services,
    pub authenticator: Authenticator,
    pub metrics: Metrics,
    pub files: Files,
    pub streams: Streams,
}

pub(super) fn services(repository: Arc<dyn VideoRepository>, feed: Feed) -> Services {
    Services { repository, feed, clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) }
}

pub(super) fn backend(parts: Parts, settings: &ServeSettings) -> Result<Backend, Failure> {
    let Parts { address, services, authenticator, metrics, files, streams } = parts;
    let Files { trusted, web_app } = files;
    let allowed = Settings {
        connections: settings.connections.clone(),
        limits: settings.limits.clone(),
        requests: settings.requests.clone(),
        streams: settings.streams.clone(),
        telemetry: settings.telemetry.clone(),
        hosts: Hosts::new(address, &settings.connections.allowed_hosts),
        library: library_name(settings),
    };
    let repository = Arc::clone(&services.repository);
    let api = Api::with_limits(services, settings.documents.clone())
        .telling_schema_to(settings.access.introspection_role);
    if let Some(path) = &settings.requests.documents {
        trusted.verify(&api).map_err(|error| in_manifest(path, &error))?;
    }
    let documents = Documents::new(trusted, &settings.requests);
    Ok(Backend {
        api,
        repository,
        authenticator,
        ids: Arc::new(RandomIds),
        documents: Arc::new(documents),
        requests: Requests::new(settings.limits.max_requests),
        streams,
        recent_writers: RecentWriters::default(),
        metrics,
        settings: Arc::new(allowed),
        web_app: web_app.map(Arc::new),
        media: None,
    })
}

/// The name of the library in the explorer, without its folder, which is private.
fn library_name(settings: &ServeSettings) -> String {
    match &settings.database.database_url {
        _ if settings.sample => "the sample library".to_owned(),
        DatabaseUrl::Memory => "a library in memory".to_owned(),
        DatabaseUrl::Sqlite(path) => {
            path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        }
        DatabaseUrl::Postgres(url) => url.database(),
    }
}
