//! The room for files that are being sent: players that pause for hours take no room of requests.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error_code::ErrorCode;
use crate::http::refusal::Rejection;

/// The number of files that are being sent. Cloning it is cheap.
#[derive(Clone)]
pub struct Downloads {
    limit: usize,
    places: Arc<Semaphore>,
}

impl Downloads {
    /// A limit of this many files at once.
    pub fn new(limit: usize) -> Self {
        Self { limit, places: Arc::new(Semaphore::new(limit)) }
    }

    /// A place for a file until it is dropped.
    ///
    /// # Errors
    /// When the limit has been reached.
    pub(super) fn take_place(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Rejection::too_many_downloads(self.limit))
    }
}

impl Rejection {
    fn too_many_downloads(limit: usize) -> Self {
        let message = format!(
            "the server has reached its maximum of {limit} files that are sent at once: try again \
             in ten seconds"
        );
        Self::new(ErrorCode::Overloaded, message).retrying_after("10")
    }
}
