//! Who asks for an operation.

use axum::http::Extensions;

use super::client::Client;
use super::requests::Place;
use crate::graphql::Caller;

/// Who asks for an operation.
#[derive(Clone)]
pub(super) struct Requester {
    pub caller: Caller,
    /// None where nobody looks out for the client's end, or where it does not matter.
    pub client: Option<Client>,
    /// The cursor of the last event that the client got of this subscription, where it says so outside
    /// the document.
    pub last_event_id: Option<String>,
    /// Kept for as long as the operation is executed, which may be longer than its client is there.
    pub place: Option<Place>,
}

impl Requester {
    /// The one who sent a request with these extensions.
    pub fn of(caller: Caller, extensions: &Extensions) -> Self {
        let (client, place) = (extensions.get().cloned(), extensions.get().cloned());
        Self { caller, client, last_event_id: None, place }
    }
}
