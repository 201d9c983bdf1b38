//! Traces: the spans of requests, sent to a collector by OTLP over HTTP.
//!
//! A completed span waits in a bounded queue for a thread that sends them in batches. If the
//! collector is slow or unavailable, the queue fills up and spans are dropped; no request ever
//! waits.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::config::{OtlpEndpoint, TelemetrySettings};
use crate::spans;

/// The time-out for the collector.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends traces until it is stopped.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Traces for this collector, sent with the help of a runtime.
    ///
    /// # Errors
    /// When this is not a URL, or an OpenTelemetry environment variable has an invalid value.
    pub fn to(
        endpoint: &OtlpEndpoint,
        settings: &TelemetrySettings,
        runtime: Handle,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new(runtime))
            .with_endpoint(endpoint.traces_url())
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|error| format!("cannot send traces to {endpoint}: {error}"))?;
        let sampler = Sampler::TraceIdRatioBased(settings.trace_sample_ratio);
        let resource = Resource::builder()
            .with_service_name("reelgraph")
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(provider))
    }

    /// The layer that creates traces from the spans in [`spans`].
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("reelgraph"))
            .with_context_activation(false)
            .with_level(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(spans::TARGET, LevelFilter::INFO))
    }

    /// Sends the remaining spans, within this time.
    pub fn stop(self, limit: Duration) {
        if let Err(error) = self.0.shutdown_with_timeout(limit) {
            tracing::warn!(%error, "could not send the last traces");
        }
    }
}

/// Posts batches of spans on the server's runtime, which the thread that makes them is not part of.
#[derive(Debug)]
struct Client {
    runtime: Handle,
    client: HyperClient,
    has_failed: AtomicBool,
}

impl Client {
    fn new(runtime: Handle) -> Self {
        let client = HyperClient::with_default_connector(EXPORT_TIMEOUT, None);
        Self { runtime, client, has_failed: AtomicBool::new(false) }
    }

    /// Logs the first of several failures, and their end.
    fn note(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let fault = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("it answered {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
        let had_failed = self.has_failed.swap(fault.is_some(), Ordering::Relaxed);
        match fault {
            Some(fault) if !had_failed => tracing::warn!(
                fault,
                "the collector does not accept traces; they are dropped until it does"
            ),
            None if had_failed => tracing::info!("the collector accepts traces again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sending = self.runtime.spawn(async move { client.send_bytes(request).await });
        let outcome = sending.await.unwrap_or_else(|error| Err(error.into()));
        self.note(&outcome);
        outcome
    }
}
