//! What resolvers have at hand: the library, batched look-ups, and who asks.

use std::sync::{Arc, OnceLock};

use async_graphql::Context;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use tokio::sync::OnceCell;

use super::catalogue_loaders::{CatalogueLoaders, all_roots};
use super::highlighters::Highlighters;
use super::inputs::VideoFilter;
use super::inputs::filter_reader::{FilesKnown, FilterLimits};
use super::loaders::Loaders;
use super::place_seen::PlaceSeen;
use super::types::ServerInfo;
use crate::domain::catalogue::{RootId, RootState};
use crate::domain::{
    self, AuditEntry, Clock, IdSource, LogPosition, Page, PageRequest, Role, Timestamp, VideoId,
};
use crate::feed::Feed;
use crate::graphql::error::ApiError;
use crate::graphql::execution::rounds::Rounds;
use crate::graphql::execution::scans::Scans;
use crate::history::moment::Moments;
use crate::media::{AddressBook, Addresses};
use crate::repository::{
    ChangeContext, RepositoryError, SnapshotReads, VideoReader, VideoRepository, Written,
};

type ParsedFilter = Result<domain::VideoFilter, ApiError>;

/// What the API needs from the program.
pub struct Services {
    /// The library.
    pub repository: Arc<dyn VideoRepository>,
    /// Tells of the library's changes.
    pub feed: Feed,
    /// Tells the time of changes.
    pub clock: Arc<dyn Clock>,
    /// Generates IDs for videos without one.
    pub ids: Arc<dyn IdSource>,
}

/// The caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The request, in logs, in the audit log and in internal errors.
    pub request_id: String,
    /// The name of the credential, if there is one.
    pub actor: Option<String>,
    /// The caller's permissions.
    pub role: Role,
    /// When the credential expires; none if it does not, or if there is none.
    pub expires_at: Option<Timestamp>,
}

/// The data that the resolvers of one request share.
pub struct Scope {
    /// What the API has of the program around it.
    pub services: Arc<Services>,
    /// The caller.
    pub caller: Caller,
    /// What the server reports of itself.
    pub server_info: ServerInfo,
    /// The library as this request is to see it.
    pub reader: Arc<dyn VideoReader>,
    /// The library's past.
    pub moments: Moments,
    /// Gives addresses of files and thumbnails, if they are served.
    pub addresses: Option<Addresses>,
    /// How many records of missing videos are deleted at once.
    pub max_missing_deletions: usize,
    /// How many videos are changed at once.
    pub max_bulk: usize,
    /// How many videos an undo changes at most.
    pub max_undo: usize,
    /// How large a filter can be.
    pub filter_limits: FilterLimits,
    /// Batched look-ups.
    pub loaders: Loaders,
    /// The rounds of the request.
    pub rounds: Arc<Rounds>,
    /// Batched look-ups in the catalogue, once there are any.
    pub catalogue_loaders: OnceLock<Box<CatalogueLoaders>>,
    /// Possible scans.
    pub scans: Scans,
    /// The queries whose matches are highlighted, once there are any.
    pub highlighters: OnceLock<Box<Highlighters>>,
    /// Whether the request selects a `changesCursor`, at any depth.
    pub shows_end_of_log: bool,
    /// The end of the log, once a field needs it, if all fields see one moment.
    pub end_of_log: Option<OnceCell<LogPosition>>,
    /// The place in the log that the caller of a mutation has seen.
    pub place_seen: Option<Arc<PlaceSeen>>,
}

impl Scope {
    /// The scope of the request that is being resolved.
    pub fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked()
    }

    /// The library as this request is to see it.
    pub fn reader(&self) -> &dyn VideoReader {
        &*self.reader
    }

    /// The library to be changed.
    pub fn repository(&self) -> &dyn VideoRepository {
        &*self.services.repository
    }

    /// Addresses as they are given now; none if files and thumbnails are not served.
    pub fn address_book(&self) -> Option<Arc<AddressBook>> {
        self.addresses.as_ref().map(|addresses| addresses.at(self.now()))
    }

    /// Batched look-ups of library roots, their files and scans.
    pub fn catalogue_loaders(&self) -> &CatalogueLoaders {
        self.catalogue_loaders.get_or_init(|| {
            let Services { repository, clock, .. } = &*self.services;
            Box::new(CatalogueLoaders::new(&repository.catalogue(), clock, &self.rounds))
        })
    }

    /// A filter in the form of the domain, with library roots as they are now; if none is given, it matches every
    /// video.
    ///
    /// It is parsed before anything is waited for, unless it depends on roots, and then it waits on the heap: the
    /// state of a request has no room for another one.
    ///
    /// # Errors
    /// `BadUserInput` as [`VideoFilter::parse`] has it, and when the store cannot be read.
    pub fn video_filter(
        &self,
        given: Option<VideoFilter>,
    ) -> Either<Ready<ParsedFilter>, BoxFuture<'_, ParsedFilter>> {
        let limits = self.filter_limits;
        let parse = move |given, offline: &[RootId]| {
            VideoFilter::parse(given, limits, FilesKnown::Now { offline })
        };
        match given {
            Some(filter) if filter.asks_for_availability() => Either::Right(
                async move { parse(Some(filter), &self.offline_roots().await?) }.boxed(),
            ),
            given => Either::Left(ready(parse(given, &[]))),
        }
    }

    async fn offline_roots(&self) -> Result<Vec<RootId>, ApiError> {
        let catalogue = self.repository().catalogue();
        let roots = all_roots(&*catalogue, &*self.services.clock).await?.into_iter();
        let offline = roots.filter(|now| now.state != RootState::Online);
        Ok(offline.map(|now| now.root.id).collect())
    }

    /// Records what a write has shown to the caller.
    pub fn note(&self, outcome: Result<&[Written], &RepositoryError>) {
        if let Some(seen) = &self.place_seen {
            seen.note(outcome);
        }
    }

    /// The queries whose matches are highlighted.
    pub fn highlighters(&self) -> &Highlighters {
        self.highlighters.get_or_init(Box::default)
    }

    /// The end of the log in what this request sees.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn end_of_log(&self) -> Result<LogPosition, ApiError> {
        let read = async || Ok(self.reader().newest().await?);
        match &self.end_of_log {
            Some(end) => end.get_or_try_init(read).await.copied(),
            None => read().await,
        }
    }

    /// A page of the history of a video, and the end of the log at the same moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn history_with_end(
        &self,
        id: VideoId,
        page: PageRequest<i32>,
    ) -> Result<(Page<AuditEntry>, LogPosition), ApiError> {
        if self.end_of_log.is_some() {
            return Ok((self.loaders.history(id, page).await?, self.end_of_log().await?));
        }
        let snapshot = self.repository().snapshot(SnapshotReads::LookUps).await?;
        let history = snapshot.entries_of(&[id], &page).await?.pop();
        Ok((history.unwrap_or_else(Page::empty), snapshot.newest().await?))
    }

    /// The library's changes.
    pub fn feed(&self) -> &Feed {
        &self.services.feed
    }

    /// Generates IDs for videos without one.
    pub fn ids(&self) -> &dyn IdSource {
        &*self.services.ids
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// The caller as the one who makes a change, now.
    pub fn attribution(&self) -> ChangeContext {
        ChangeContext {
            at: self.services.clock.now(),
            actor: self.caller.actor.clone(),
            request_id: Some(self.caller.request_id.clone()),
        }
    }
}
