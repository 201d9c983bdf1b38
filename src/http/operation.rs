//! An operation, and its events for every transport.

use async_graphql::ServerError;
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use tracing::Span;

use super::accept::MediaType;
use super::account::{self, Account};
use super::completion::completed;
use super::conditional::{Answer, Tag};
use super::outcome::Outcome;
use super::parameters::Parameters;
use super::requester::Requester;
use super::{Backend, answer, execution};
use crate::error_code::ErrorCode;
use crate::graphql::{Admitted, Caller, EventCursor, OperationType, error};

/// An operation that is not executed yet.
pub(super) struct Operation {
    /// Let in, or refused for these errors.
    admitted: Result<Admitted, Vec<ServerError>>,
    account: Account,
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
        let mut account = Account::begin();
        let admitted = admit(parameters, backend);
        if let Ok(admitted) = &admitted {
            account.note(admitted.kind(), admitted.operation_name());
            Span::current().record("operation", account.name());
        }
        Self { admitted, account }
    }

    /// The tag of the response to a query, as the library is now; none for anything else.
    pub async fn tag(
        &self,
        backend: &Backend,
        caller: &Caller,
        media_type: MediaType,
    ) -> Option<Tag> {
        let admitted = self.admitted.as_ref().ok();
        let query = admitted.filter(|admitted| admitted.kind() == OperationType::Query)?;
        let library = backend.repository.newest().await;
        // Where it cannot be read, the query itself tells why.
        let library = library.inspect_err(|error| tracing::debug!(%error, "no tag")).ok()?;
        Some(Tag::of(&Answer { library, request: query.request(), caller, media_type }))
    }

    /// This operation, after it had to wait for others: its time starts now.
    pub fn after_others(mut self) -> Self {
        self.account.begin_anew();
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
        self.admitted.as_ref().ok().map(Admitted::kind)
    }

    /// The outcome of a query or mutation.
    ///
    /// A mutation continues if this is dropped, because aborting it would leave the client unsure
    /// of what was done.
    pub async fn execute(self, backend: &Backend, requester: Requester) -> Outcome {
        let span = self.account.span();
        self.execute_in(span, backend, requester).await
    }

    /// The outcome of a query or mutation, with the span of its execution.
    async fn execute_in(self, span: Span, backend: &Backend, requester: Requester) -> Outcome {
        let Self { admitted, account } = self;
        match admitted {
            Ok(admitted) if admitted.kind() == OperationType::Mutation => {
                let own = backend.clone();
                let work = async move {
                    execution::outcome(admitted, account, requester, &own, span).await
                };
                completed(work, &backend.streams).await
            }
            Ok(admitted) => execution::outcome(admitted, account, requester, backend, span).await,
            Err(errors) => {
                let refused = Outcome::Refused(errors);
                account::count_errors(&refused, &backend.metrics);
                refused
            }
        }
    }

    /// All of its events.
    ///
    /// The events of a subscription end early, without a last one, when the server shuts down.
    pub fn events(self, backend: &Backend, requester: Requester) -> BoxStream<'static, Event> {
        match self.admitted {
            Ok(admitted) if admitted.kind() == OperationType::Subscription => {
                subscription(admitted, backend, requester)
            }
            _ => {
                let (backend, max_bytes) =
                    (backend.clone(), backend.settings.limits.max_answer_bytes);
                // The task that waits for the events knows nothing of the request's trace.
                let span = self.account.span();
                let outcome =
                    async move { (self.execute_in(span, &backend, requester).await, None) };
                told(stream::once(outcome), max_bytes).boxed()
            }
        }
    }
}

/// The operation of these parameters, if it may be executed.
fn admit(parameters: Parameters, backend: &Backend) -> Result<Admitted, Vec<ServerError>> {
    let request = backend.documents.find(parameters, &backend.api).map_err(|error| vec![error])?;
    backend.api.admit(request)
}

fn subscription(
    admitted: Admitted,
    backend: &Backend,
    requester: Requester,
) -> BoxStream<'static, Event> {
    let Requester { caller, last_event_id, .. } = requester;
    let max_bytes = backend.settings.limits.max_answer_bytes;
    let Some(slot) = backend.streams.take_slot() else {
        let message = "the server has reached its maximum number of subscriptions: try again later";
        let refused = Outcome::Refused(vec![too_many_subscriptions(message)]);
        account::count_errors(&refused, &backend.metrics);
        return told(stream::once(ready((refused, None))), max_bytes).boxed();
    };
    let (metrics, present) = (backend.metrics.clone(), backend.metrics.subscription_begins());
    let responses = backend.api.follow(admitted, caller, last_event_id);
    let responses = responses.map(move |(response, cursor)| {
        let outcome = Outcome::from(response);
        account::count_errors(&outcome, &metrics);
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
