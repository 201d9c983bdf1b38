//! Authentication on a socket.
//!
//! A browser cannot set headers on a WebSocket, so the credential can follow in the payload of
//! `connection_init`. Other clients can send it with the request that opens the socket.

use axum::extract::Request;

use super::message::Close;
use crate::auth::{Denial, Gate, Pass};
use crate::http::Backend;
use crate::http::credentials::{self, Reception, Visitor};
use crate::http::refusal::Refusal;

/// The client of a new socket, which may not be authenticated yet.
pub(super) struct Entrant {
    request_id: String,
    reception: Reception,
    /// The pass for the request that opened the socket; none if it had no credential.
    pass: Option<Pass>,
}

impl Entrant {
    /// The one who sent this request.
    ///
    /// # Errors
    /// When the credential is invalid or misplaced.
    pub fn of(backend: &Backend, request: &Request) -> Result<Self, Refusal> {
        let reception = Reception::of(backend, request);
        let authorization = reception.authorization(&backend.gate, request)?;
        let admit = |authorization| reception.admit(&backend.gate, Some(authorization));
        let pass = authorization.map(admit).transpose()?;
        Ok(Self { request_id: credentials::request_id(request), reception, pass })
    }

    /// The ID of the request that opened the socket.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Authenticates the client by its `connection_init`, or else by its earlier credential.
    ///
    /// # Errors
    /// When the client is rejected. The protocol has a code for that.
    pub fn admit(self, gate: &Gate, authorization: Option<&str>) -> Result<Visitor, Close> {
        let pass = match (authorization, self.pass) {
            (None, Some(pass)) => pass,
            (authorization, _) => {
                let admitted = self.reception.admit(gate, authorization);
                admitted.map_err(|denial| forbidden(&denial))?
            }
        };
        Ok(Visitor { request_id: self.request_id, pass })
    }
}

/// Closes the socket of a client that is rejected. To clients, this code means that another
/// credential may help.
fn forbidden(denial: &Denial) -> Close {
    let reason = match denial {
        Denial::Missing => {
            "send {\"Authorization\": \"Bearer KEY\"} as the payload of connection_init"
        }
        denial => &denial.to_string(),
    };
    Close::new(4403, format!("Forbidden: {reason}"))
}
