//! Authentication on a socket.
//!
//! A browser cannot set headers on a WebSocket, so the credential can follow in the payload of
//! `connection_init`. Other clients can send it with the request that opens the socket.

use axum::extract::Request;

use super::message::Close;
use crate::auth::{AuthError, Authenticator, Principal};
use crate::http::Backend;
use crate::http::credentials::{self, Attempt, Authenticated};
use crate::http::refusal::Rejection;

/// The client of a new socket, which may not be authenticated yet.
pub(super) struct Unauthenticated {
    request_id: String,
    attempt: Attempt,
    /// The pass for the request that opened the socket; none if it had no credential.
    pass: Option<Principal>,
}

impl Unauthenticated {
    /// The one who sent this request.
    ///
    /// # Errors
    /// When the credential is invalid or misplaced.
    pub fn of(backend: &Backend, request: &Request) -> Result<Self, Rejection> {
        let attempt = Attempt::of(backend, request);
        let authorization = attempt.authorization(&backend.authenticator, request)?;
        let admit =
            |authorization| attempt.authenticate(&backend.authenticator, Some(authorization));
        let pass = authorization.map(admit).transpose()?;
        Ok(Self { request_id: credentials::request_id(request), attempt, pass })
    }

    /// The ID of the request that opened the socket.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Authenticates the client by its `connection_init`, or else by its earlier credential.
    ///
    /// # Errors
    /// When the client is rejected. The protocol has a code for that.
    pub fn authenticate(
        self,
        authenticator: &Authenticator,
        authorization: Option<&str>,
    ) -> Result<Authenticated, Close> {
        let pass = match (authorization, self.pass) {
            (None, Some(pass)) => pass,
            (authorization, _) => {
                let admitted = self.attempt.authenticate(authenticator, authorization);
                admitted.map_err(|denial| forbidden(&denial))?
            }
        };
        Ok(Authenticated { request_id: self.request_id, pass, address: self.attempt.client })
    }
}

/// Closes the socket of a client that is rejected. To clients, this code means that another
/// credential may help.
fn forbidden(denial: &AuthError) -> Close {
    let reason = match denial {
        AuthError::Missing => {
            "send {\"Authorization\": \"Bearer KEY\"} as the payload of connection_init"
        }
        denial => &denial.to_string(),
    };
    Close::new(4403, format!("Forbidden: {reason}"))
}
