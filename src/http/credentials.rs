//! Authentication of requests: takes the credential from its place and passes it to the authenticator.

use std::net::IpAddr;

use async_graphql::ServerError;
use axum::extract::Request;
use axum::http::{HeaderMap, header};

use super::Backend;
use super::observe::Sender;
use super::refusal::Rejection;
use crate::auth::{AuthError, Authenticator, Principal};
use crate::domain::Role;
use crate::error_code::ErrorCode;
use crate::graphql::{Caller, error};
use crate::metrics::Metrics;

/// Names for credentials in URLs, from where they get into logs, histories and the `Referer` of
/// other requests.
const IN_ADDRESSES: [&str; 7] =
    ["access_token", "api_key", "apikey", "authorization", "bearer", "jwt", "token"];

/// An authenticated caller.
#[derive(Clone, Debug)]
pub(super) struct Authenticated {
    /// The request's ID.
    pub request_id: String,
    /// The pass from the authenticator.
    pub pass: Principal,
    /// Where the request came from; none if it did not arrive over a connection.
    pub address: Option<IpAddr>,
}

impl Authenticated {
    /// As the API knows them.
    pub fn caller(&self) -> Caller {
        Caller {
            request_id: self.request_id.clone(),
            actor: self.pass.name.as_deref().map(str::to_owned),
            role: self.pass.role,
            expires_at: self.pass.expires_at,
        }
    }
}

/// Admits the caller of a request if they have this role, and adds their name to the log line.
///
/// # Errors
/// When the credential is invalid, is missing but required, or has a lesser role.
pub(super) fn authenticate(
    backend: &Backend,
    request: &Request,
    needed: Role,
) -> Result<Authenticated, Rejection> {
    let attempt = Attempt::of(backend, request);
    let pass = attempt.authenticate(
        &backend.authenticator,
        attempt.authorization(&backend.authenticator, request)?,
    )?;
    if pass.role < needed {
        return Err(Rejection::role_needed(needed));
    }
    Ok(Authenticated { request_id: request_id(request), pass, address: attempt.client })
}

/// An attempt of a request to authenticate. Those that are refused are counted and are in
/// the log.
pub(super) struct Attempt {
    metrics: Metrics,
    pub client: Option<IpAddr>,
}

impl Attempt {
    /// The one who sent this request.
    pub fn of(backend: &Backend, request: &Request) -> Self {
        let sender = request.extensions().get::<Sender>();
        Self { metrics: backend.metrics.clone(), client: sender.and_then(|sender| sender.client) }
    }

    /// Their `Authorization`; none if the request has none.
    ///
    /// # Errors
    /// When there are several, or a credential in the address.
    pub fn authorization<'r>(
        &self,
        authenticator: &Authenticator,
        request: &'r Request,
    ) -> Result<Option<&'r str>, AuthError> {
        let found = check_address(request.uri().query().unwrap_or_default());
        let found = found.and_then(|()| only_authorization(request.headers()));
        found.inspect_err(|denial| self.refused(authenticator, denial))
    }

    /// Issues a pass for this credential, and adds the caller's name to the log line.
    ///
    /// # Errors
    /// When the credential is invalid, or is missing but required.
    pub fn authenticate(
        &self,
        authenticator: &Authenticator,
        authorization: Option<&str>,
    ) -> Result<Principal, AuthError> {
        let pass = authenticator
            .authenticate(authorization)
            .inspect_err(|denial| self.refused(authenticator, denial))?;
        if let Some(name) = &pass.name {
            tracing::Span::current().record("actor", &**name);
        }
        Ok(pass)
    }

    fn refused(&self, authenticator: &Authenticator, denial: &AuthError) {
        self.metrics.credential_refused(denial.reason());
        authenticator.log_refusal(denial, self.client);
    }
}

/// The ID of a request.
pub(super) fn request_id(request: &Request) -> String {
    let sender = request.extensions().get::<Sender>();
    let sender = sender.expect("every request went through `observe`, which gave it an ID");
    sender.request_id.clone()
}

/// The reason for ending a stream whose client is no longer authorised.
pub(super) fn no_longer_good() -> ServerError {
    let message =
        "the key or token that this stream was opened with is no longer valid: use another";
    error::refused(ErrorCode::Unauthenticated, message, None)
}

/// Refuses an address that has a credential, whether or not it needs one.
///
/// # Errors
/// When it has one.
pub(super) fn check_address(query: &str) -> Result<(), AuthError> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let is_credential =
        |name: &str| IN_ADDRESSES.iter().any(|known| name.eq_ignore_ascii_case(known));
    match names.find(|name| is_credential(name)) {
        Some(name) => Err(AuthError::InAddress(name.into_owned())),
        None => Ok(()),
    }
}

fn only_authorization(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).into_iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| AuthError::Malformed),
        (Some(_), Some(_)) => Err(AuthError::Malformed),
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
        assert_eq!(only_authorization(&headers), Err(AuthError::Malformed));
    }
}
