//! Who sent a request: its credential, taken from where it belongs, and shown at the gate.

use async_graphql::ServerError;
use axum::extract::Request;
use axum::http::{HeaderMap, header};

use super::Backend;
use super::observe::RequestId;
use super::refusal::{Refusal, UNAUTHENTICATED};
use crate::auth::{Denial, Pass};
use crate::domain::Role;
use crate::graphql::{Caller, error};

/// What people call a credential that they put into an address, where it ends up in logs, in
/// histories and in the `Referer` of other requests.
const IN_ADDRESSES: [&str; 7] =
    ["access_token", "api_key", "apikey", "authorization", "bearer", "jwt", "token"];

/// Someone who came through the gate with a request.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// The request's ID.
    pub request_id: String,
    /// What the gate gave them.
    pub pass: Pass,
}

impl Visitor {
    /// As the API knows them.
    pub fn caller(&self) -> Caller {
        Caller {
            request_id: self.request_id.clone(),
            actor: self.pass.name.as_deref().map(str::to_owned),
            role: self.pass.role,
        }
    }
}

/// Lets in the one who sent a request, if they have this role; the log's line gets their name.
///
/// # Errors
/// When the request shows a wrong credential, none where one is needed, or one of a lesser role.
pub(super) fn admit(
    backend: &Backend,
    request: &Request,
    needed: Role,
) -> Result<Visitor, Refusal> {
    let pass = backend.gate.admit(authorization(request)?)?;
    note(&pass);
    if pass.role < needed {
        return Err(Refusal::role_needed(needed));
    }
    Ok(Visitor { request_id: request_id(request), pass })
}

/// The `Authorization` of a request; none where it has none.
///
/// # Errors
/// When there are several, or a credential in the address.
pub(super) fn authorization(request: &Request) -> Result<Option<&str>, Refusal> {
    check_address(request.uri().query().unwrap_or_default())?;
    Ok(only_authorization(request.headers())?)
}

/// Has the log's line tell who it is.
pub(super) fn note(pass: &Pass) {
    if let Some(name) = &pass.name {
        tracing::Span::current().record("actor", &**name);
    }
}

/// The ID of a request.
pub(super) fn request_id(request: &Request) -> String {
    let RequestId(id) = request
        .extensions()
        .get()
        .cloned()
        .expect("every request went through `observe`, which gave it an ID");
    id
}

/// Why a stream ends whose client may not read on.
pub(super) fn no_longer_good() -> ServerError {
    let message = "the key or token with which this began is good no longer: use another";
    let extensions = Some(error::extensions_with(UNAUTHENTICATED));
    ServerError { extensions, ..ServerError::new(message, None) }
}

fn check_address(query: &str) -> Result<(), Refusal> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let is_credential =
        |name: &str| IN_ADDRESSES.iter().any(|known| name.eq_ignore_ascii_case(known));
    match names.find(|name| is_credential(name)) {
        Some(name) => Err(Refusal::credential_in_address(&name)),
        None => Ok(()),
    }
}

fn only_authorization(headers: &HeaderMap) -> Result<Option<&str>, Denial> {
    let mut values = headers.get_all(header::AUTHORIZATION).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Denial::Malformed),
        (Some(_), Some(_)) => Err(Denial::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn no_credential_may_be_in_the_address() {
        for query in ["query={a}", "", "tokens=1", "query=token%3D1"] {
            assert!(check_address(query).is_ok(), "{query}");
        }
        for query in ["token=1", "query={a}&access_token=x", "API_KEY=x", "jwt", "%74oken=1"] {
            assert!(check_address(query).is_err(), "{query}");
        }
    }

    #[test]
    fn several_credentials_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(only_authorization(&headers), Ok(None));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(only_authorization(&headers), Ok(Some("Bearer a")));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(only_authorization(&headers), Err(Denial::Malformed));
    }
}
