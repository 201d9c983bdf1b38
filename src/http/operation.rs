//! An operation that a client asks for, and what every transport tells of it.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request, Response, ServerError};
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};

use super::Backend;
use super::account::{self, Account};
use super::outcome::Outcome;
use crate::graphql::{Caller, error, limits};
use crate::spans;

/// An operation that was looked at, and not executed yet.
pub(super) struct Operation {
    request: Request,
    /// None where the document has no such operation, of which the API tells.
    kind: Option<OperationType>,
    /// Why the document must not come near the API.
    fault: Option<ServerError>,
    account: Account,
}

/// What a transport tells of an operation. [`Event::Refused`] and [`Event::Complete`] come last.
pub(super) enum Event {
    /// Nothing was executed.
    Refused(Vec<ServerError>),
    /// A result.
    Next(Response),
    /// There are no more results.
    Complete,
}

impl Operation {
    /// The operation that this request is about, whose name is noted in the log.
    pub fn of(mut request: Request) -> Self {
        let mut account = Account::begin();
        let looked = spans::parse().in_scope(|| look_at(&mut request, &mut account));
        if let Ok(Some(_)) = looked {
            tracing::Span::current().record("operation", account.name());
        }
        match looked {
            Ok(kind) => Self { request, kind, fault: None, account },
            Err(fault) => Self { request, kind: None, fault: Some(fault), account },
        }
    }

    pub fn is_subscription(&self) -> bool {
        self.kind == Some(OperationType::Subscription)
    }

    pub fn is_mutation(&self) -> bool {
        self.kind == Some(OperationType::Mutation)
    }

    /// The outcome of what is no subscription.
    pub async fn execute(self, backend: &Backend, caller: Caller) -> Outcome {
        if let Some(fault) = self.fault {
            let refused = Outcome::Refused(vec![fault]);
            account::count_errors(&refused, &backend.metrics);
            return refused;
        }
        self.account.of(self.request, caller, backend).await
    }

    /// All that is to be told of it.
    ///
    /// The events of a subscription end early, and without a last one, where the server stops.
    pub fn events(self, backend: &Backend, caller: Caller) -> BoxStream<'static, Event> {
        if self.is_subscription() {
            return self.subscription(backend, caller);
        }
        let backend = backend.clone();
        let outcome = stream::once(async move { self.execute(&backend, caller).await });
        told(outcome).boxed()
    }

    fn subscription(self, backend: &Backend, caller: Caller) -> BoxStream<'static, Event> {
        let Some(slot) = backend.streams.take_slot() else {
            let message = "this server has as many subscriptions as it allows: try again later";
            let refused = Outcome::Refused(vec![too_many_subscriptions(message)]);
            account::count_errors(&refused, &backend.metrics);
            return told(stream::once(ready(refused))).boxed();
        };
        let (metrics, present) = (backend.metrics.clone(), backend.metrics.subscription_begins());
        let responses = backend.api.subscribe(self.request, caller).map(move |response| {
            let outcome = Outcome::from(response);
            account::count_errors(&outcome, &metrics);
            if let Outcome::Executed(_) = outcome {
                metrics.subscription_event();
            }
            outcome
        });
        let mut stop = backend.streams.watch_stop();
        let events = told(responses).take_until(async move { stop.begun().await });
        // Both are there for as long as there are events to come.
        events.map(move |event| (event, &slot, &present).0).boxed()
    }
}

/// What is to be told of these outcomes.
fn told(outcomes: impl Stream<Item = Outcome>) -> impl Stream<Item = Event> {
    let events = outcomes.map(|outcome| match outcome {
        Outcome::Refused(errors) => Event::Refused(errors),
        Outcome::Executed(response) => Event::Next(response),
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
    let extensions = Some(error::extensions_with("TOO_MANY_SUBSCRIPTIONS"));
    ServerError { extensions, ..ServerError::new(message, None) }
}

/// The kind of operation that the request is about, whose name is noted in the log.
///
/// # Errors
/// When the document is larger than the API could stand.
fn look_at(
    request: &mut Request,
    account: &mut Account,
) -> Result<Option<OperationType>, ServerError> {
    limits::check_text(&request.query)?;
    let name = request.operation_name.take();
    // Parsed once: the request keeps the document. What does not parse, the API tells.
    let kind = match request.parsed_query() {
        Ok(document) => {
            limits::check_fields(document)?;
            selected(document, name.as_deref(), account)
        }
        Err(_) => None,
    };
    request.operation_name = name;
    Ok(kind)
}

/// The kind of the operation that is to be executed.
fn selected(
    document: &ExecutableDocument,
    name: Option<&str>,
    account: &mut Account,
) -> Option<OperationType> {
    let (name, operation) = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => (None, operation),
        (DocumentOperations::Multiple(all), Some(name)) => (Some(name), all.get(name)?),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => {
            let (name, operation) = all.iter().next()?;
            (Some(name.as_str()), operation)
        }
        (DocumentOperations::Multiple(_), None) => return None,
    };
    account.note(operation.node.ty, name);
    Some(operation.node.ty)
}
