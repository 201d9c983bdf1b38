//! `reelgraph serve`: opens the library and serves it until it is told to stop.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Failure, health};
use crate::config::{DatabaseUrl, LogFormat, ServeSettings};
use crate::domain::{RandomIds, SystemClock};
use crate::feed::{Feed, FeedSettings};
use crate::graphql::{Api, Services};
use crate::http::{self, Backend, Settings, Stop, Streams};
use crate::repository::sqlite::SqliteSettings;
use crate::repository::{OnConflict, VideoRepository};
use crate::transfer::{self, ImportOptions};

/// What `--sample` serves, as `import` reads it.
const SAMPLE: &[u8] = include_bytes!("../../examples/sample.ndjson");

pub(super) async fn run(settings: &ServeSettings, log_format: LogFormat) -> Result<(), Failure> {
    let mut signals = StopSignals::listen()?;
    // Before the library is opened, so that a port in use is told at once.
    let listener = http::listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let repository = library(settings).await?;
    let feed = Feed::new(Arc::clone(&repository), feed_settings(settings));
    let backend = backend(Arc::clone(&repository), feed.clone(), settings);
    let streams = backend.streams.clone();
    announce(address, settings, log_format);

    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = pin!(async {
        let signal = async { stopped.await.unwrap_or_default() };
        let stop = Stop { signal, streams, deadline: settings.stop_deadline() };
        http::serve(listener, http::router(backend), stop).await?;
        feed.close();
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

fn feed_settings(settings: &ServeSettings) -> FeedSettings {
    FeedSettings { max_lag: settings.streams.max_subscriber_lag, ..FeedSettings::default() }
}

fn backend(repository: Arc<dyn VideoRepository>, feed: Feed, settings: &ServeSettings) -> Backend {
    let services = Services {
        repository: Arc::clone(&repository),
        feed,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let allowed = Settings {
        max_body_bytes: settings.limits.max_body_bytes,
        allowed_origins: settings.streams.allowed_origins.clone(),
        max_subscriptions_per_connection: settings.streams.max_subscriptions_per_connection,
        init_timeout: settings.streams.init_timeout(),
        keep_alive: settings.streams.keep_alive(),
    };
    Backend {
        api: Api::new(services),
        repository,
        ids: Arc::new(RandomIds),
        streams: Streams::new(settings.streams.max_subscriptions),
        settings: Arc::new(allowed),
    }
}

fn announce(address: SocketAddr, settings: &ServeSettings, log_format: LogFormat) {
    let url = format!("http://{}/graphql", health::reachable(address));
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
    if !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "no credentials are asked for: everyone who can reach this address may read and change \
             the library"
        );
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
