//! Who is at the other end of a socket.
//!
//! A browser cannot give a WebSocket any header, so that the credential may come later, in the
//! payload of `connection_init`. Other clients may give it with the request that opens the socket.

use axum::extract::Request;

use super::message::Close;
use crate::auth::{Denial, Gate, Pass};
use crate::http::Backend;
use crate::http::credentials::{self, Reception, Visitor};
use crate::http::refusal::Refusal;

/// Somebody who has opened a socket, and may still have to show who they are.
pub(super) struct Entrant {
    request_id: String,
    reception: Reception,
    /// What the request that opened the socket was good for; none where it showed nothing.
    pass: Option<Pass>,
}

impl Entrant {
    /// The one who sent this request.
    ///
    /// # Errors
    /// When it shows a wrong credential, or one where none belongs.
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

    /// Lets them in by what their `connection_init` shows, or else by what they have shown before.
    ///
    /// # Errors
    /// When they do not come in. The protocol has a code for that.
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

/// Closes the socket of somebody who does not come in. To clients this code means that another
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
