//! The GraphQL API: a schema over a store of videos, and the one way to ask it.
//!
//! Domain values know nothing of GraphQL; [`types`] and [`inputs`] convert at the edge. What can be
//! reached from a list goes through [`loaders`], pages are made in [`connection`] alone, and every
//! error gets its code in [`error`].

pub mod coercion;
pub mod connection;
pub mod consistency;
pub mod cursor;
pub mod direct;
pub mod error;
pub mod guard;
pub mod inputs;
pub mod limits;
pub mod loaders;
pub mod mutation;
pub mod place;
pub mod query;
pub mod scalars;
pub mod single_root;
pub mod subscription;
pub mod types;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Context, Request, Response, SDLExportOptions, Schema, ServerError, Variables};
use futures_util::FutureExt;
use futures_util::stream::{self, BoxStream, StreamExt};

use crate::domain::{Clock, IdSource};
use crate::feed::Feed;
use crate::repository::{Attribution, VideoReader, VideoRepository};

use coercion::InputTypes;
use consistency::Consistency;
use error::ApiError;
use guard::Guarded;
use loaders::Loaders;
use mutation::Mutation;
use query::Query;
use subscription::Subscription;

/// What the API needs of the program around it.
pub struct Services {
    /// The library.
    pub repository: Arc<dyn VideoRepository>,
    /// Tells of the library's changes.
    pub feed: Feed,
    /// Tells the time of changes.
    pub clock: Arc<dyn Clock>,
    /// Makes the IDs of videos that come without one.
    pub ids: Arc<dyn IdSource>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The request, in logs, in the audit log and in internal errors.
    pub request_id: String,
    /// The name that goes with the credential, where one is asked for.
    pub actor: Option<String>,
}

/// The GraphQL API of one library. Cloning it copies nothing.
#[derive(Clone)]
pub struct Api {
    schema: ApiSchema,
    input_types: Arc<InputTypes>,
    services: Arc<Services>,
}

type ApiSchema = Schema<Guarded<Query>, Guarded<Mutation>, Subscription>;

impl Api {
    /// The API over these services.
    pub fn new(services: Services) -> Self {
        let schema = schema();
        let input_types = Arc::new(InputTypes::of(&sdl_of(&schema)));
        Self { schema, input_types, services: Arc::new(services) }
    }

    /// Answers one request, whose document may be parsed already. This never panics.
    ///
    /// Each error has its code in `extensions.code`. An error of the request itself, for which
    /// nothing was executed, leaves `data` null and has no path. Internal errors are logged here.
    pub async fn execute(&self, request: Request, caller: Caller) -> Response {
        let request_id = caller.request_id.clone();
        let answer = async {
            match self.prepare(request, caller).await {
                Ok(request) => self.schema.execute(request).await,
                Err(response) => response,
            }
        };
        let outcome = AssertUnwindSafe(answer).catch_unwind().await;
        finished(outcome, &request_id)
    }

    /// Answers one request with a stream of responses: a subscription with one for each event, and
    /// whatever else with one. This never panics.
    ///
    /// What holds for the response of [`execute`](Self::execute) holds for each of these. A stream
    /// whose last response has an error with the code [`error::STOPPING`] has not come to its end:
    /// the client is to be told to come back.
    pub fn subscribe(&self, request: Request, caller: Caller) -> BoxStream<'static, Response> {
        let (api, request_id) = (self.clone(), caller.request_id.clone());
        let responses = stream::once(async move {
            match api.prepare(request, caller).await {
                Ok(request) => api.schema.execute_stream(request),
                Err(response) => stream::iter([response]).boxed(),
            }
        });
        let outcomes = AssertUnwindSafe(responses.flatten()).catch_unwind();
        outcomes.map(move |outcome| finished(outcome, &request_id)).boxed()
    }

    /// Checks a request and gives it what its resolvers share.
    async fn prepare(&self, mut request: Request, caller: Caller) -> Result<Request, Response> {
        let refused = |error| Response::from_errors(vec![error]);
        let consistency = self.check(&mut request).map_err(refused)?;
        let services = Arc::clone(&self.services);
        let reader: Arc<dyn VideoReader> = match consistency {
            Consistency::OneMoment => {
                let snapshot = services.repository.snapshot().await;
                snapshot.map_err(|error| error::response_to(error.into()))?
            }
            Consistency::EachField | Consistency::EachEvent => services.repository.clone(),
        };
        let loaders = match consistency {
            Consistency::EachEvent => Loaders::sharing(services.feed.current_videos(), &reader),
            Consistency::EachField | Consistency::OneMoment => Loaders::new(&reader),
        };
        Ok(request.data(Scope { services, caller, reader, loaders }))
    }

    /// Refuses what does not parse, values that do not fit their types, and subscriptions to
    /// several things at once.
    fn check(&self, request: &mut Request) -> Result<Consistency, ServerError> {
        // Parsing borrows the whole request.
        let variables = std::mem::take(&mut request.variables);
        let operation_name = request.operation_name.take();
        let checked = match request.parsed_query() {
            Ok(document) => self.check_document(document, operation_name.as_deref(), &variables),
            Err(error) => Err(error::parse_failed(error)),
        };
        request.variables = variables;
        request.operation_name = operation_name;
        let (consistency, unfolded) = checked?;
        if let Some(unfolded) = unfolded {
            request.set_parsed_query(unfolded);
        }
        Ok(consistency)
    }

    fn check_document(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<(Consistency, Option<ExecutableDocument>), ServerError> {
        let operation = coercion::choose(&document.operations, operation_name)?;
        self.input_types.check(document, operation, variables)?;
        Ok((Consistency::of(document, operation), single_root::unfold(document)?))
    }
}

/// The response that came out of a request, or that tells of its panic.
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
    Schema::new(Guarded(Query), Guarded(Mutation), Subscription)
}

fn sdl_of(schema: &ApiSchema) -> String {
    schema.sdl_with_options(
        SDLExportOptions::new()
            .include_specified_by()
            .prefer_single_line_descriptions()
            .use_space_ident(),
    )
}

/// What the resolvers of one request share.
pub struct Scope {
    services: Arc<Services>,
    caller: Caller,
    reader: Arc<dyn VideoReader>,
    /// Batched look-ups.
    pub loaders: Loaders,
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

    /// The library's changes.
    pub fn feed(&self) -> &Feed {
        &self.services.feed
    }

    /// Makes the IDs of videos that come without one.
    pub fn ids(&self) -> &dyn IdSource {
        &*self.services.ids
    }

    /// The caller as the one who makes a change, now.
    pub fn attribution(&self) -> Attribution {
        Attribution {
            at: self.services.clock.now(),
            actor: self.caller.actor.clone(),
            request_id: Some(self.caller.request_id.clone()),
        }
    }
}
