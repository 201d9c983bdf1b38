//! Thumbnails, which are made when somebody asks for them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::headers::guard;
use super::served::Media;
use super::waiting::Waiting;
use crate::domain::file::ThumbnailWidth;
use crate::error_code::ErrorCode;
use crate::http::Backend;
use crate::http::conditional::Tag;
use crate::http::refusal::Rejection;
use crate::media::thumbnails::{NoPicture, NotOpened, Wanted};
use crate::media::{Address, FileOf, NotServed};

/// The content has another address if it changes, so that browsers never need to ask again.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// A thumbnail of a video.
///
/// # Errors
/// When there is none, or none now.
pub(super) async fn answer(
    backend: &Backend,
    media: &Media,
    address: &Address,
    width: ThumbnailWidth,
    head: &Parts,
) -> Result<Response, Rejection> {
    let waiting = Waiting::of(head.extensions.get(), &backend.streams);
    let tag = Tag::of_thumbnail(address.fingerprint, width);
    let video = backend.repository.get(address.video).await.map_err(NotServed::Store)?;
    let video = video.ok_or(NotServed::Unknown)?;
    let wanted = Wanted::of(&video.values, width).ok_or(NotServed::Unknown)?;
    if wanted.fingerprint != address.fingerprint {
        return Err(NotServed::Changed.into());
    }
    let mut response = match tag.is_known(&head.headers) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => {
            let source = FileOf::new(&media.files, address);
            let picture = waiting.until(media.thumbnails.get(&wanted, Arc::new(source))).await??;
            let bytes = Bytes::from_owner(Arc::clone(picture.bytes()));
            Response::new(Body::from(bytes))
        }
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    guard(&mut response, &format!("{}.jpg", video.values.filename.as_str()));
    tag.put_on(&mut response);
    response.headers_mut().insert(CACHE_CONTROL, FOREVER);
    Ok(response)
}

impl From<NoPicture> for Rejection {
    fn from(why: NoPicture) -> Self {
        match why {
            NoPicture::NotOpened(NotOpened::Gone) => NotServed::Gone.into(),
            NoPicture::NotOpened(NotOpened::Changed) => NotServed::Changed.into(),
            NoPicture::NotOpened(NotOpened::Offline) => NotServed::Unreachable.into(),
            NoPicture::NotOpened(NotOpened::Unreadable(reason)) => {
                tracing::debug!(reason, "could not open a file for a thumbnail");
                NotServed::Unreachable.into()
            }
            NoPicture::NotInFile | NoPicture::TimedOut => Self::no_picture(),
            NoPicture::Busy => Self::too_many_thumbnails(),
            NoPicture::Unavailable(reason) => {
                tracing::debug!(reason, "could not make a thumbnail");
                let message =
                    "thumbnails cannot be made at the moment: the server's log has the reason";
                Self::unavailable(message).retrying_after("10")
            }
        }
    }
}

impl Rejection {
    fn no_picture() -> Self {
        let message = "no picture could be made of this file: the server tries again later";
        Self::new(ErrorCode::NotFound, message)
    }

    pub(super) fn too_many_thumbnails() -> Self {
        let message = "too many thumbnails are waiting to be made: try again in five seconds";
        Self::new(ErrorCode::Overloaded, message).retrying_after("5")
    }
}
