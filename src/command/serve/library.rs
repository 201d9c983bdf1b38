//! Opening and closing the library that is served.

use std::net::SocketAddr;
use std::sync::Arc;

use super::backend::{Files, Parts, backend, feed_settings, repository, services, trusted};
use super::stop::{Progress, Step};
use super::web_app::web_app;
use super::{media, roots};
use crate::auth::Tokens;
use crate::catalogue::abandoned::AbandonedScans;
use crate::catalogue::keeper::Keeper;
use crate::causes::with_causes;
use crate::command::Failure;
use crate::command::authentication::Authentication;
use crate::config::ServeSettings;
use crate::domain::{Clock, SystemClock, VideoFilter};
use crate::feed::Feed;
use crate::http::{Backend, Streams};
use crate::metrics::Metrics;
use crate::repository::{RepositoryError, VideoRepository};

/// What exists before the library is open.
pub(super) struct Start {
    /// The address that the server listens on.
    pub address: SocketAddr,
    pub tokens: Option<Tokens>,
    pub metrics: Metrics,
    pub streams: Streams,
}

/// An open library, with its backend.
pub(super) struct Library {
    pub backend: Backend,
    /// Whether it was empty when it was opened.
    pub is_empty: bool,
    feed: Feed,
    authentication: Authentication,
    repository: Arc<dyn VideoRepository>,
    /// What looks after the library roots; none if there are none.
    keeper: Option<Keeper>,
    abandoned: AbandonedScans,
}

impl Library {
    /// Opens the library; creates or migrates it if necessary.
    ///
    /// # Errors
    /// When it cannot be opened, or must not be served like this. It is closed again.
    pub async fn open(start: Start, settings: &ServeSettings) -> Result<Self, Failure> {
        // Before the library is touched, so that a bad file changes nothing there.
        let trusted = trusted(&settings.requests).await?;
        let files = Files { trusted, web_app: web_app(settings).await? };
        let repository = repository(settings).await?;
        // A library that cannot be read says so when it is asked for more than this.
        let count = repository.count(&VideoFilter::everything()).await;
        let repository = start.metrics.measure(repository);
        match Self::with(Arc::clone(&repository), start, files, settings).await {
            Ok(library) => Ok(Self { is_empty: count.is_ok_and(|count| count == 0), ..library }),
            Err(refusal) => {
                // What went wrong first is what there is to say.
                let _ = repository.close().await;
                Err(refusal)
            }
        }
    }

    async fn with(
        repository: Arc<dyn VideoRepository>,
        start: Start,
        files: Files,
        settings: &ServeSettings,
    ) -> Result<Self, Failure> {
        let Start { address, tokens, metrics, streams } = start;
        let authentication = Authentication::open(address, settings, tokens).await?;
        let feed =
            Feed::new(Arc::clone(&repository), Arc::new(SystemClock), feed_settings(settings));
        metrics.watch(Arc::clone(&repository), feed.clone(), Arc::new(SystemClock));
        if let Err(error) = metrics.compare_log_with(SystemClock.now(), &*repository).await {
            tracing::warn!(error = with_causes(&error), "could not read the newest change");
        }
        let services = services(Arc::clone(&repository), feed.clone());
        let authenticator = authentication.authenticator.clone();
        let parts = Parts { address, services, authenticator, metrics, files, streams };
        let mut backend = backend(parts, settings)?;
        // At the end, so that nothing is scanned by a server that does not start.
        let own = roots::claim(&repository, settings).await?;
        media::serve(&mut backend, &own, settings).await?;
        let keeper = roots::keep(&repository, own, settings).await?;
        let clock = Arc::new(SystemClock);
        let abandoned = AbandonedScans::interrupt(repository.catalogue(), clock).await;
        let is_empty = false;
        Ok(Self { backend, is_empty, feed, authentication, repository, keeper, abandoned })
    }

    /// Executes what was accepted, and closes the library, leaving everything in one file.
    ///
    /// # Errors
    /// When the library could not be left in its one file.
    pub async fn close(self, progress: &Progress) -> Result<(), RepositoryError> {
        self.feed.close();
        if let Some(keeper) = self.keeper {
            progress.begin(Step::Scans);
            keeper.close().await;
        }
        drop(self.abandoned);
        progress.begin(Step::Keys);
        self.authentication.close().await;
        progress.begin(Step::Library);
        self.repository.close().await
    }
}
