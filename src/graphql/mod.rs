//! The GraphQL API: a schema over a store of videos, and the only way to query it.
//!
//! Three folders, each of which depends only on those after it: [`document`] decides what is
//! executed, [`schema`] is what clients see, and [`execution`] gives fields their values. Domain
//! values know nothing of GraphQL; [`schema::types`] and [`schema::inputs`] convert at the edge.
//! Whatever is reachable from a list goes through [`schema::loaders`], pages are created only in
//! [`schema::connection`], objects become text in [`execution::direct`], and every error gets its
//! code in [`error`].

pub mod document;
pub mod error;
pub mod execution;
pub mod schema;

pub use document::{CheckedRequest, DocumentLimits};
pub use execution::internals::OperationType;
pub use schema::place_seen::{PLACE, place_named};
pub use schema::scope::{Caller, Services};
pub use schema::subscription::EventCursor;
pub use schema::types::ServerInfo;

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use async_graphql::{Request, Response, SDLExportOptions, Schema, ServerError, ValidationMode};
use futures_util::FutureExt;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::OnceCell;

use crate::domain::catalogue::{RootId, RootState};
use crate::domain::{LogPosition, Role};
use crate::history::moment::{MomentSettings, Moments};
use crate::repository::{RepositoryError, VideoReader};

use document::consistency::Consistency;
use document::permission::Permits;
use document::{DocumentChecker, ReadsFrom};
use error::ApiError;
use execution::guard::Guarded;
use execution::rounds::Rounds;
use execution::scans::{ScanRules, Scans};
use schema::catalogue_loaders::{RootNow, all_roots};
use schema::loaders::Loaders;
use schema::mutation::Mutation;
use schema::place_seen::PlaceSeen;
use schema::query::Query;
use schema::scope::Scope;
use schema::subscription::{Following, Subscription};
use schema::types::VideoRecord;

/// The description of the schema, for introspection and the SDL.
const DESCRIPTION: &str = "A library of videos: pages, searches and statistics, changes and their \
                           history, and subscriptions to changes. Start at `videos`.";

/// The GraphQL API of one library. Cloning it copies nothing.
#[derive(Clone)]
pub struct Api {
    schema: ApiSchema,
    checker: Arc<DocumentChecker>,
    services: Arc<Services>,
    scan_rules: Arc<ScanRules>,
    introspection_role: Role,
    server_info: ServerInfo,
    has_copies: bool,
    moments: Moments,
}

type ApiSchema = Schema<Guarded<Query>, Guarded<Mutation>, Subscription>;

impl Api {
    /// The API over these services, with the limits that documents have by default.
    pub fn new(services: Services) -> Self {
        Self::with_limits(services, DocumentLimits::default())
    }

    /// The same API, with introspection restricted to this role.
    pub fn telling_schema_to(self, introspection_role: Role) -> Self {
        Self { introspection_role, ..self }
    }

    /// The minimum role for introspection.
    pub fn introspection_role(&self) -> Role {
        self.introspection_role
    }

    /// The API over these services.
    pub fn with_limits(services: Services, limits: DocumentLimits) -> Self {
        let schema = schema();
        let scan_rules = Arc::new(ScanRules::new(limits.max_scan_tests));
        let server_info = ServerInfo::from(&limits);
        let moments = Moments::new(MomentSettings {
            max_changes: limits.moments.max_moment_changes,
            cache_bytes: limits.moment_cache_bytes,
        });
        Self {
            checker: Arc::new(DocumentChecker::new(&sdl_of(&schema), limits)),
            schema,
            has_copies: !services.repository.copies().is_empty(),
            services: Arc::new(services),
            scan_rules,
            introspection_role: Role::Reader,
            server_info,
            moments,
        }
    }

    /// What the server reports of itself.
    pub fn server_info(&self) -> &ServerInfo {
        &self.server_info
    }

    /// Admits a request whose document is valid and within the limits, and whose variables are
    /// valid.
    ///
    /// # Errors
    /// Those of the request itself, each with its code in `extensions.code`: nothing of it is to be
    /// executed.
    pub fn check(&self, request: Request) -> Result<CheckedRequest, Vec<ServerError>> {
        self.checker.check(request)
    }

    /// Refuses a document that is not valid or not within the limits, whatever the variables.
    ///
    /// # Errors
    /// Those that [`check`](Self::check) would have.
    pub fn check_document(&self, document: &str) -> Result<(), Vec<ServerError>> {
        self.checker.check_document(document)
    }

    /// Answers one request. This never panics.
    ///
    /// Each error has its code in `extensions.code`. If nothing was executed, `data` is null and no
    /// error has a path. Internal errors are logged here. The answer to a mutation has the place in the log
    /// that its caller has seen, in the extension [`PLACE`].
    pub async fn execute(&self, checked: CheckedRequest, caller: Caller) -> Response {
        let request_id = caller.request_id.clone();
        let rounds = Arc::default();
        let is_mutation = checked.kind() == OperationType::Mutation;
        let seen = is_mutation.then(Arc::<PlaceSeen>::default);
        let mut checked = checked;
        self.decide(&mut checked).await;
        // Pinned before they are handed on, so that they are not moved and need no room twice.
        let answer = pin!(async {
            if let ReadsFrom::Copy(_) = checked.reads_from {
                return Box::pin(self.read_copy(checked, caller, &rounds)).await;
            }
            let request = match self.prepare(checked, caller, &rounds, seen.clone()).await {
                Ok(request) => request,
                Err(response) => return response,
            };
            let mut response = self.schema.execute(request).await;
            if let Some(seen) = seen {
                seen.add_to(&mut response, &*self.services.repository).await;
            }
            response
        });
        let answer = pin!(rounds.take(answer));
        let outcome = AssertUnwindSafe(answer).catch_unwind().await;
        finished(outcome, &request_id)
    }

    /// Decides where a query is read: from a copy of the library if there is one that has what the query is to
    /// show.
    async fn decide(&self, checked: &mut CheckedRequest) {
        let ReadsFrom::Anywhere(place) = checked.reads_from else { return };
        if self.has_copies && checked.kind() == OperationType::Query {
            let copy = self.services.repository.copy_for(place).await;
            checked.reads_from = copy.map_or(ReadsFrom::Library, ReadsFrom::Copy);
        }
    }

    /// Answers a query from a copy of the library or, if that goes away, from the library itself: the client
    /// has not seen anything yet.
    async fn read_copy(
        &self,
        mut checked: CheckedRequest,
        caller: Caller,
        rounds: &Arc<Rounds>,
    ) -> Response {
        let again = checked.again_from_library();
        let response = self.run(checked, caller.clone(), rounds).await;
        if !response.errors.iter().any(error::is_unavailable) {
            return response;
        }
        tracing::debug!("a copy of the library went away: reading the library itself");
        self.run(again, caller, rounds).await
    }

    /// Answers a query where it is to be read.
    async fn run(&self, checked: CheckedRequest, caller: Caller, rounds: &Arc<Rounds>) -> Response {
        match self.prepare(checked, caller, rounds, None).await {
            Ok(request) => self.schema.execute(request).await,
            Err(response) => response,
        }
    }

    /// Whether queries may be read from copies of the library.
    pub fn has_copies(&self) -> bool {
        self.has_copies
    }

    /// The end of the log where a query is read, which is decided now: its answer is not older.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn newest_for(
        &self,
        checked: &mut CheckedRequest,
    ) -> Result<LogPosition, RepositoryError> {
        self.decide(checked).await;
        if let ReadsFrom::Copy(copy) = &checked.reads_from {
            match copy.newest().await {
                Err(RepositoryError::Unavailable { .. }) => checked.reads_from = ReadsFrom::Library,
                read => return read,
            }
        }
        self.services.repository.newest().await
    }

    /// What decides what a query shows of library roots, files and scans, as it is now: its answer is not
    /// older. None if it shows nothing of them.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn catalogue_for(
        &self,
        checked: &CheckedRequest,
    ) -> Result<Option<CatalogueNow>, RepositoryError> {
        if !checked.shows_catalogue() {
            return Ok(None);
        }
        let Services { repository, clock, .. } = &*self.services;
        let catalogue = repository.catalogue();
        let revision = catalogue.revision().await?;
        let roots = all_roots(&*catalogue, &**clock).await?;
        let which = |is_one: fn(&RootNow) -> bool| {
            roots.iter().filter(|now| is_one(now)).map(|now| now.root.id).collect()
        };
        let offline = which(|now| now.state != RootState::Online);
        Ok(Some(CatalogueNow { revision, offline, watched: which(|now| now.is_watched) }))
    }

    /// Answers one request with a stream of responses: a subscription with one for each event, and
    /// whatever else with one. This never panics.
    ///
    /// What holds for the response of [`execute`](Self::execute) holds for each of these. A stream
    /// whose last response has an error with the code [`ServerStopping`](crate::error_code::ErrorCode::ServerStopping) has not come to its end:
    /// the client is to be told to come back.
    pub fn subscribe(
        &self,
        checked: CheckedRequest,
        caller: Caller,
    ) -> BoxStream<'static, Response> {
        self.follow(checked, caller, None).map(|(response, _)| response).boxed()
    }

    /// The responses of [`subscribe`](Self::subscribe), each with the cursor of its event if it has
    /// one. With `resume_after`, a subscription resumes from this cursor, whatever the document
    /// says.
    pub fn follow(
        &self,
        checked: CheckedRequest,
        caller: Caller,
        resume_after: Option<String>,
    ) -> BoxStream<'static, (Response, Option<EventCursor>)> {
        let (api, request_id) = (self.clone(), caller.request_id.clone());
        let following = Arc::new(Following::after(resume_after));
        let own = Arc::clone(&following);
        let responses = stream::once(async move {
            match api.prepare(checked, caller, &Arc::default(), None).await {
                Ok(request) => api.schema.execute_stream(request.data(own)),
                Err(response) => stream::iter([response]).boxed(),
            }
        });
        let outcomes = AssertUnwindSafe(responses.flatten()).catch_unwind();
        outcomes
            .map(move |outcome| (finished(outcome, &request_id), following.take_cursor()))
            .boxed()
    }

    /// Checks the caller's permissions, and gives a request the data that its resolvers share.
    async fn prepare(
        &self,
        checked: CheckedRequest,
        caller: Caller,
        rounds: &Arc<Rounds>,
        place_seen: Option<Arc<PlaceSeen>>,
    ) -> Result<Request, Response> {
        let permits = Permits { role: caller.role, introspection_role: self.introspection_role };
        permits.check(&checked).map_err(|error| Response::from_errors(vec![error]))?;
        let shows_end_of_log = checked.shows_end_of_log();
        let CheckedRequest { request, plan, consistency, reads_from, .. } = checked;
        let services = Arc::clone(&self.services);
        let library = match reads_from {
            ReadsFrom::Copy(copy) => copy,
            ReadsFrom::Library | ReadsFrom::Anywhere(_) => services.repository.clone(),
        };
        let reader: Arc<dyn VideoReader> = match consistency {
            Consistency::OneMoment(reads) => {
                let snapshot = library.snapshot(reads).await;
                snapshot.map_err(|error| error::response_to(error.into()))?
            }
            Consistency::EachField | Consistency::EachEvent => library,
        };
        let loaders = match consistency {
            Consistency::EachEvent => Loaders::sharing(&services.feed, &reader, rounds),
            Consistency::EachField | Consistency::OneMoment(_) => Loaders::new(&reader, rounds),
        };
        let scans = match consistency {
            Consistency::EachEvent => Scans::of_events(&self.scan_rules, rounds),
            Consistency::EachField | Consistency::OneMoment(_) => {
                Scans::new(&self.scan_rules, rounds)
            }
        };
        let filter_limits = self.checker.filter_limits();
        let request = request.disable_introspection();
        let end_of_log = match consistency {
            Consistency::OneMoment(_) => Some(OnceCell::new()),
            Consistency::EachField | Consistency::EachEvent => None,
        };
        let request = request.data(Scope {
            services,
            caller,
            server_info: self.server_info,
            reader,
            moments: self.moments.clone(),
            max_missing_deletions: self.checker.max_missing_deletions(),
            max_bulk: self.checker.max_bulk(),
            max_undo: self.checker.max_undo(),
            filter_limits,
            loaders,
            rounds: Arc::clone(rounds),
            catalogue_loaders: OnceLock::new(),
            scans,
            highlighters: OnceLock::new(),
            shows_end_of_log,
            end_of_log,
            place_seen,
        });
        Ok(match plan {
            Some(plan) => request.data(plan),
            None => request.data(self.checker.schema()),
        })
    }
}

/// Library roots, files and scans as they are at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueNow {
    /// The revision of all that is kept of them.
    pub revision: i64,
    /// The roots that cannot be reached, which also depends on the time.
    pub offline: Vec<RootId>,
    /// The roots in which a server notices what changes; it depends on the time as well.
    pub watched: Vec<RootId>,
}

/// The response to a request, or to its panic.
fn finished(outcome: std::thread::Result<Response>, request_id: &str) -> Response {
    let mut response =
        outcome.unwrap_or_else(|panic| error::response_to(ApiError::panicked(&*panic)));
    error::finish(&mut response, request_id);
    response
}

/// The schema as text in the schema definition language.
pub fn sdl() -> String {
    sdl_of(&schema())
}

fn schema() -> ApiSchema {
    // The checker has validated what is executed.
    Schema::build(Guarded(Query), Guarded(Mutation), Subscription)
        .register_output_type::<VideoRecord>()
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(document::MAX_NESTING + 1)
        .finish()
}

fn sdl_of(schema: &ApiSchema) -> String {
    let sdl = schema.sdl_with_options(
        SDLExportOptions::new()
            .include_specified_by()
            .prefer_single_line_descriptions()
            .use_space_ident(),
    );
    // async-graphql knows no description of the schema itself.
    sdl.replacen("\nschema {", &format!("\n\"{DESCRIPTION}\"\nschema {{"), 1)
}
