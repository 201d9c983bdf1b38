//! The operations that run on a socket, each in its own task, so that a busy, slow or failing one
//! does not affect the others.

use std::collections::HashMap;
use std::net::IpAddr;

use async_graphql::ServerError;
use futures_util::StreamExt;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tracing::Instrument;
use tracing::field::Empty;

use super::message;
use super::outbox::{Cancelled, Outbox};
use crate::graphql::Caller;
use crate::graphql::error::{self, ApiError};
use crate::http::Backend;
use crate::http::credentials::Authenticated;
use crate::http::operation::{Event, Operation};
use crate::http::parameters::Parameters;
use crate::http::requester::RequestContext;
use crate::spans;

/// The operations of one socket. All except mutations end when this is dropped.
pub(super) struct Operations {
    backend: Backend,
    request_id: String,
    outbox: Outbox,
    tasks: JoinSet<End>,
    running: HashMap<String, Running>,
    /// The IDs of the operations in `running` by those of their tasks.
    ids: HashMap<Id, String>,
}

struct Running {
    task: AbortHandle,
    muted: Cancelled,
}

/// How an operation ended.
pub(super) enum End {
    /// There are no more results.
    Completed,
    /// Nothing was executed.
    Refused(Vec<ServerError>),
    /// The server stops, and there would have been more.
    CutOff,
}

impl Operations {
    /// Those of the socket that the request with this ID opened. There are none yet.
    pub fn new(backend: Backend, request_id: String, outbox: Outbox) -> Self {
        let (running, ids) = Default::default();
        Self { backend, request_id, outbox, tasks: JoinSet::new(), running, ids }
    }

    /// Starts an operation of this caller, and sends its results as they arrive.
    pub fn start(&mut self, id: String, request: Parameters, by: &Authenticated) {
        let caller = by.caller();
        let muted = Cancelled::default();
        let span = tracing::error_span!(
            "operation",
            request_id = self.request_id,
            id,
            actor = caller.actor,
            operation = Empty
        );
        let run = Run {
            backend: self.backend.clone(),
            caller,
            address: by.address,
            outbox: self.outbox.clone(),
            muted: muted.clone(),
            id: id.clone(),
        };
        let trace = spans::socket_operation(&self.request_id);
        let task = self.tasks.spawn(run.run(request).instrument(span).instrument(trace));
        self.ids.insert(task.id(), id.clone());
        self.running.insert(id, Running { task, muted });
    }

    /// Ends an operation that the client has completed. Mutations are finished.
    pub fn stop(&mut self, id: &str) {
        if let Some(Running { task, muted }) = self.running.remove(id) {
            muted.mute();
            self.ids.remove(&task.id());
            task.abort();
        }
    }

    /// Waits for an operation that ends by itself; none if none is running.
    pub async fn next_end(&mut self) -> Option<(String, End)> {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            let (task, end) = match ended {
                Ok((task, end)) => (task, end),
                Err(error) => (error.id(), self.panicked(error)),
            };
            // The tasks of operations that were stopped have no ID any more.
            if let Some(id) = self.ids.remove(&task) {
                self.running.remove(&id);
                return Some((id, end));
            }
        }
        None
    }

    fn panicked(&self, error: JoinError) -> End {
        let Ok(panic) = error.try_into_panic() else { return End::CutOff };
        let mut response = error::response_to(ApiError::panicked(&*panic));
        error::finish(&mut response, &self.request_id);
        End::Refused(response.errors)
    }
}

/// The data of an operation's task.
struct Run {
    backend: Backend,
    caller: Caller,
    address: Option<IpAddr>,
    outbox: Outbox,
    muted: Cancelled,
    id: String,
}

impl Run {
    async fn run(self, request: Parameters) -> End {
        let operation = Operation::of(request, &self.backend);
        let place = match self.backend.requests.take_place() {
            _ if operation.is_subscription() => None,
            Ok(place) => Some(place),
            Err(refusal) => return End::Refused(vec![refusal.into()]),
        };
        // Until the result is sent as well.
        let _place = place.clone();
        let Self { caller, address, .. } = self;
        let requester =
            RequestContext { caller, address, client: None, last_event_id: None, place };
        let mut events = operation.events(&self.backend, requester);
        let mut results = 0_u64;
        let end = loop {
            match events.next().await {
                Some(Event::Next(result, _)) => {
                    self.outbox.send_of(&self.muted, message::next(&self.id, &result)).await;
                    results += 1;
                }
                Some(Event::Refused(errors)) => break End::Refused(errors),
                Some(Event::Complete) => break End::Completed,
                None => break End::CutOff,
            }
        };
        tracing::debug!(results, "ended");
        end
    }
}
