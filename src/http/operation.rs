//! An operation that a client asks for, and what every transport tells of it.

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request, Response, ServerError};
use futures_util::future::ready;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};

use super::Backend;
use super::accept::MediaType;
use super::conditional::{Answer, Tag};
use super::outcome::Outcome;
use super::parameters::Parameters;
use crate::graphql::{Caller, error, limits};

/// An operation that was looked at, and not executed yet.
pub(super) struct Operation {
    request: Request,
    /// None where the document has no such operation, of which the API tells.
    kind: Option<OperationType>,
    /// Why the document must not come near the API.
    fault: Option<ServerError>,
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
    /// The operation that these parameters are about, whose name is noted in the log.
    pub fn of(mut parameters: Parameters, backend: &Backend) -> Self {
        let halves = std::mem::take(&mut parameters.halves);
        let mut request = match backend.documents.find(parameters, &backend.api) {
            Ok(request) => request,
            Err(fault) => {
                return Self { request: Request::new(""), kind: None, fault: Some(fault) };
            }
        };
        let kind = look_at(&mut request);
        match kind.and_then(|kind| takes_halves(kind, &halves).map(|()| kind)) {
            Ok(kind) => Self { request, kind, fault: None },
            Err(fault) => Self { request, kind: None, fault: Some(fault) },
        }
    }

    /// The tag of the answer to a query, as the library is now; none for anything else.
    pub async fn tag(
        &self,
        backend: &Backend,
        caller: &Caller,
        media_type: MediaType,
    ) -> Option<Tag> {
        if self.kind != Some(OperationType::Query) {
            return None;
        }
        let library = backend.repository.newest().await;
        // Where it cannot be read, the query itself tells why.
        let library = library.inspect_err(|error| tracing::debug!(%error, "no tag")).ok()?;
        Some(Tag::of(&Answer { library, request: &self.request, caller, media_type }))
    }

    pub fn is_subscription(&self) -> bool {
        self.kind == Some(OperationType::Subscription)
    }

    pub fn is_mutation(&self) -> bool {
        self.kind == Some(OperationType::Mutation)
    }

    /// The outcome of what is no subscription.
    pub async fn execute(self, backend: &Backend, caller: Caller) -> Outcome {
        match self.fault {
            Some(fault) => Outcome::Refused(vec![fault]),
            None => backend.api.execute(self.request, caller).await.into(),
        }
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
            let refused = Event::Refused(vec![too_many_subscriptions(message)]);
            return stream::once(ready(refused)).boxed();
        };
        let responses = backend.api.subscribe(self.request, caller).map(Outcome::from);
        let mut stop = backend.streams.watch_stop();
        let events = told(responses).take_until(async move { stop.begun().await });
        // The slot is taken for as long as there are events to come.
        events.map(move |event| (event, &slot).0).boxed()
    }
}

/// Refuses to change anything by texts that lost a part on the way.
///
/// # Errors
/// For every operation that is no query, where something had half of a character.
fn takes_halves(kind: Option<OperationType>, halves: &[String]) -> Result<(), ServerError> {
    match halves.first() {
        Some(halved) if kind.is_some_and(|kind| kind != OperationType::Query) => {
            let message = format!(
                "{halved} has half of a character (a lone surrogate such as \
                 \\ud83d), which no text can have: send whole ones"
            );
            let extensions = Some(error::extensions_with("BAD_USER_INPUT"));
            Err(ServerError { extensions, ..ServerError::new(message, None) })
        }
        _ => Ok(()),
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
fn look_at(request: &mut Request) -> Result<Option<OperationType>, ServerError> {
    limits::check_text(&request.query)?;
    let name = request.operation_name.take();
    // Parsed once: the request keeps the document. What does not parse, the API tells.
    let kind = match request.parsed_query() {
        Ok(document) => {
            limits::check_fields(document)?;
            selected(document, name.as_deref())
        }
        Err(_) => None,
    };
    request.operation_name = name;
    Ok(kind)
}

/// The kind of the operation that is to be executed.
fn selected(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let (name, operation) = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => (None, operation),
        (DocumentOperations::Multiple(all), Some(name)) => (Some(name), all.get(name)?),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => {
            let (name, operation) = all.iter().next()?;
            (Some(name.as_str()), operation)
        }
        (DocumentOperations::Multiple(_), None) => return None,
    };
    tracing::Span::current().record("operation", name.unwrap_or("anonymous"));
    Some(operation.node.ty)
}
