//! Files and thumbnails of videos, at the addresses that the API gives.
//!
//! A signed address needs no credential: browsers send none for pictures and players. All others are for callers
//! who may read the library.

mod downloads;
mod file;
mod headers;
mod sending;
mod served;
mod thumbnail;
mod waiting;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::refusal::Rejection;
use super::{Backend, credentials};
use crate::causes::with_causes;
use crate::domain::Role;
use crate::error_code::ErrorCode;
use crate::media::{Address, AddressError, NotServed, Target};

pub use downloads::Downloads;
pub use served::Media;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The response to a request for something at an address.
pub(super) async fn answer(backend: &Backend, media: &Media, request: Request) -> Response {
    let admitted = admit(backend, media, &request);
    let (head, _) = request.into_parts();
    let answered = match admitted {
        Ok(address) => match address.target {
            Target::File => file::answer(media, &address, &head).await,
            Target::Thumbnail(width) => {
                thumbnail::answer(backend, media, &address, width, &head).await
            }
        },
        Err(refusal) => Err(refusal),
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    let has_other_origins = !backend.settings.connections.allowed_origins.is_empty();
    let origins = if has_other_origins { "cross-origin" } else { "same-origin" };
    let headers = response.headers_mut();
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static(origins));
    response
}

/// The address of a request whose sender may see what is there.
fn admit(backend: &Backend, media: &Media, request: &Request) -> Result<Address, Rejection> {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    credentials::check_address(query)?;
    let address = media.addresses.read(uri.path(), query, media.clock.now());
    let address = address.map_err(|error| match error {
        AddressError::Malformed => nothing(request),
        AddressError::Forged => Rejection::address_forged(),
        AddressError::Expired => Rejection::address_expired(),
    })?;
    if !address.is_signed {
        credentials::authenticate(backend, request, Role::Reader)?;
    }
    Ok(address)
}

fn nothing(request: &Request) -> Rejection {
    Rejection::no_such_path(request.uri().path())
}

impl From<NotServed> for Rejection {
    fn from(why: NotServed) -> Self {
        match why {
            NotServed::Unknown => Self::no_such_file(),
            NotServed::Changed => Self::file_changed(),
            NotServed::Gone => Self::file_gone(),
            NotServed::Unreachable => Self::file_unreachable(),
            NotServed::Elsewhere => Self::file_elsewhere(),
            NotServed::Store(error) => {
                tracing::warn!(error = with_causes(&error), "could not look up a file");
                Self::unavailable("the library cannot be read: try again later")
                    .retrying_after("10")
            }
        }
    }
}

impl Rejection {
    fn address_forged() -> Self {
        let message = "the signature of this address is not valid: query the address again";
        Self::new(ErrorCode::Forbidden, message)
    }

    fn address_expired() -> Self {
        let message = "this address has expired: query it again";
        Self::new(ErrorCode::AddressExpired, message)
    }

    fn no_such_file() -> Self {
        let message = "no library root has a file of this video";
        Self::new(ErrorCode::NotFound, message)
    }

    fn file_changed() -> Self {
        let message = "the file is no longer the one that this address was given for: query the \
                       address again after the next scan";
        Self::new(ErrorCode::FileChanged, message)
    }

    fn file_gone() -> Self {
        let message = "the file is not where the library says";
        Self::new(ErrorCode::NotFound, message)
    }

    /// The status has balancers ask another server.
    fn file_elsewhere() -> Self {
        Self::unavailable("another server has the library root of this file: ask that one")
            .retrying_after("10")
    }

    fn file_unreachable() -> Self {
        Self::unavailable("the file cannot be read: its disk does not answer, or is not there")
            .retrying_after("10")
    }
}
