//! The requester of an operation.

use std::net::IpAddr;

use axum::http::Extensions;

use super::client::Client;
use super::observe::Sender;
use super::requests::RequestSlot;
use crate::graphql::Caller;

/// The requester of an operation.
#[derive(Clone)]
pub(super) struct RequestContext {
    pub caller: Caller,
    /// Where the request came from; none if it did not arrive over a connection.
    pub address: Option<IpAddr>,
    /// None if nobody watches for the client's end, or if it does not matter.
    pub client: Option<Client>,
    /// The cursor of the client's last event of this subscription, if it is given outside the
    /// document.
    pub last_event_id: Option<String>,
    /// Held while the operation is executed, which can be longer than its client is connected.
    pub place: Option<RequestSlot>,
}

impl RequestContext {
    /// The one who sent a request with these extensions.
    pub fn of(caller: Caller, extensions: &Extensions) -> Self {
        let (client, place) = (extensions.get().cloned(), extensions.get().cloned());
        let address = extensions.get::<Sender>().and_then(|sender| sender.client);
        Self { caller, address, client, last_event_id: None, place }
    }
}
