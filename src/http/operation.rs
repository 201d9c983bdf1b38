//! An operation, and its events for every transport.

use async_graphql::ServerError;
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use tracing::Span;

use super::accept::MediaType;
use super::completion::completed;
use super::conditional::{Tag, TaggedAnswer};
use super::outcome::Outcome;
use super::parameters::Parameters;
use super::request_log::{self, RequestLog};
use super::requester::RequestContext;
use super::{Backend, answer, execution, place};
use crate::error_code::ErrorCode;
use crate::graphql::{CheckedRequest, EventCursor, OperationType, error};

/// An operation that is not executed yet.
pub(super) struct Operation {
    /// Let in, or refused for these errors.
    checked: Result<CheckedRequest, Vec<ServerError>>,
    log: RequestLog,
}

/// An event of an operation. [`Event::Refused`] and [`Event::Complete`] come last.
pub(super) enum Event {
    /// Nothing was executed.
    Refused(Vec<ServerError>),
    /// A result, as JSON, with the cursor of the event that it is about.
    Next(String, Option<EventCursor>),
    /// There are no more results.
    Complete,
}

impl Operation {
    /// The operation of these parameters, whose name is added to the log.
    pub fn of(parameters: Parameters, backend: &Backend) -> Self {
        let mut log = RequestLog::begin();
        let checked = check(parameters, backend);
        if let Ok(checked) = &checked {
            log.note(checked.kind(), checked.operation_name());
            Span::current().record("operation", log.name());
        }
        Self { checked, log }
    }

    /// The tag of the response to a query, as the library is now where the query is read; none for anything
    /// else.
    pub async fn tag(
        &mut self,
        backend: &Backend,
        requester: &RequestContext,
        media_type: MediaType,
    ) -> Option<Tag> {
        let checked = self.checked.as_mut().ok();
        let query = checked.filter(|checked| checked.kind() == OperationType::Query)?;
        execution::show_own_changes(query, requester, backend);
        let library = backend.api.newest_for(query).await;
        // Where it cannot be read, the query itself tells why.
        let library = library.inspect_err(|error| tracing::debug!(%error, "no tag")).ok()?;
        let catalogue = backend.api.catalogue_for(query).await;
        let catalogue = catalogue.inspect_err(|error| tracing::debug!(%error, "no tag")).ok()?;
        let addresses = backend.api.addresses_for(query);
        Some(Tag::of(&TaggedAnswer {
            library,
            addresses: addresses.as_ref(),
            catalogue: catalogue.as_ref(),
            request: query.request(),
            caller: &requester.caller,
            shows_viewer: query.shows_viewer(),
            server_info: query.shows_server_info().then(|| backend.api.server_info()),
            media_type,
        }))
    }

    /// This operation, after it had to wait for others: its time starts now.
    pub fn after_others(mut self) -> Self {
        self.log.begin_anew();
        self
    }

    pub fn is_subscription(&self) -> bool {
        self.kind() == Some(OperationType::Subscription)
    }

    pub fn is_mutation(&self) -> bool {
        self.kind() == Some(OperationType::Mutation)
    }

    /// None if it is rejected.
    fn kind(&self) -> Option<OperationType> {
        self.checked.as_ref().ok().map(CheckedRequest::kind)
    }

    /// The outcome of a query or mutation.
    ///
    /// A mutation continues if this is dropped, because aborting it would leave the client unsure
    /// of what was done.
    pub async fn execute(self, backend: &Backend, requester: RequestContext) -> Outcome {
        let span = self.log.span();
        self.execute_in(span, backend, requester).await
    }

    /// The outcome of a query or mutation, with the span of its execution.
    async fn execute_in(self, span: Span, backend: &Backend, requester: RequestContext) -> Outcome {
        let Self { checked, log } = self;
        match checked {
            Ok(checked) if checked.kind() == OperationType::Mutation => {
                let own = backend.clone();
                let work =
                    async move { execution::outcome(checked, log, requester, &own, span).await };
                completed(work, &backend.streams).await
            }
            Ok(checked) => execution::outcome(checked, log, requester, backend, span).await,
            Err(errors) => {
                let refused = Outcome::Refused(errors);
                request_log::count_errors(&refused, &backend.metrics);
                refused
            }
        }
    }

    /// All of its events.
    ///
    /// The events of a subscription end early, without a last one, when the server shuts down.
    pub fn events(self, backend: &Backend, requester: RequestContext) -> BoxStream<'static, Event> {
        match self.checked {
            Ok(checked) if checked.kind() == OperationType::Subscription => {
                subscription(checked, backend, requester)
            }
            _ => {
                let (backend, max_bytes) =
                    (backend.clone(), backend.settings.limits.max_answer_bytes);
                // The task that waits for the events knows nothing of the request's trace.
                let span = self.log.span();
                let outcome =
                    async move { (self.execute_in(span, &backend, requester).await, None) };
                told(stream::once(outcome), max_bytes).boxed()
            }
        }
    }
}

/// The operation of these parameters, if it may be executed.
fn check(parameters: Parameters, backend: &Backend) -> Result<CheckedRequest, Vec<ServerError>> {
    let place = place::read(parameters.place.as_deref()).map_err(|error| vec![error])?;
    let request = backend.documents.find(parameters, &backend.api).map_err(|error| vec![error])?;
    let mut checked = backend.api.check(request)?;
    if let Some(place) = place {
        checked.not_before(place);
    }
    Ok(checked)
}

fn subscription(
    checked: CheckedRequest,
    backend: &Backend,
    requester: RequestContext,
) -> BoxStream<'static, Event> {
    let RequestContext { caller, last_event_id, .. } = requester;
    let max_bytes = backend.settings.limits.max_answer_bytes;
    let Some(slot) = backend.streams.take_slot() else {
        let message = "the server has reached its maximum number of subscriptions: try again later";
        let refused = Outcome::Refused(vec![too_many_subscriptions(message)]);
        request_log::count_errors(&refused, &backend.metrics);
        return told(stream::once(ready((refused, None))), max_bytes).boxed();
    };
    let (metrics, present) = (backend.metrics.clone(), backend.metrics.subscription_begins());
    let responses = backend.api.follow(checked, caller, last_event_id);
    let responses = responses.map(move |(response, cursor)| {
        let outcome = Outcome::from(response);
        request_log::count_errors(&outcome, &metrics);
        if let Outcome::Executed(_) = outcome {
            metrics.subscription_event();
        }
        (outcome, cursor)
    });
    let mut stop = backend.streams.watch_stop();
    let events = told(responses, max_bytes).take_until(async move { stop.begun().await });
    // Both are there for as long as there are events to come.
    events.map(move |event| (event, &slot, &present).0).boxed()
}

/// The events for these outcomes, each within this limit.
fn told(
    outcomes: impl Stream<Item = (Outcome, Option<EventCursor>)>,
    max_bytes: usize,
) -> impl Stream<Item = Event> {
    let events = outcomes.map(move |(outcome, cursor)| match outcome {
        Outcome::Refused(errors) => Event::Refused(errors),
        Outcome::Executed(response) => Event::Next(answer::bounded(&response, max_bytes), cursor),
    });
    let has_ended = |has_ended: &mut bool, event| {
        let event = (!*has_ended).then_some(event);
        *has_ended = matches!(event, None | Some(Event::Refused(_)));
        ready(event)
    };
    events.chain(stream::once(ready(Event::Complete))).scan(false, has_ended)
}

/// Why a subscription is refused that is one too many.
pub(super) fn too_many_subscriptions(message: &str) -> ServerError {
    error::refused(ErrorCode::TooManySubscriptions, message, None)
}
