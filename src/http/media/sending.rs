//! A file on its way to a client.

use std::io;
use std::ops::Range;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::Span;

use crate::causes::with_causes;
use crate::domain::VideoId;
use crate::media::Served;

/// How much is read at once, in bytes: what a file that is being sent takes of the memory.
const BLOCK: u64 = 64 * 1024;

/// A part of a file that is being sent. The log has a line if that ends early.
pub(super) struct Sending {
    served: Served,
    video: VideoId,
    /// What is still to be sent.
    rest: Range<u64>,
    /// The length of all that is to be sent.
    bytes: u64,
    /// How long the client may stop reading.
    patience: Duration,
    /// When the last block was given to the client.
    given_at: Instant,
    has_failed: bool,
    /// The request, which has been answered by now.
    request: Span,
    _place: OwnedSemaphorePermit,
}

impl Sending {
    /// Sends this part of the file of a video, within the span of the request.
    pub fn begin(
        served: Served,
        video: VideoId,
        part: Range<u64>,
        patience: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            served,
            video,
            bytes: part.end - part.start,
            rest: part,
            patience,
            given_at: Instant::now(),
            has_failed: false,
            request: Span::current(),
            _place: place,
        }
    }

    /// The body of the response, block by block: the next one is read when the client has taken the last.
    pub fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, async |mut sending| {
            let block = sending.next().await?;
            Ok::<_, io::Error>(block.map(|block| (block, sending)))
        }))
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let length = BLOCK.min(self.left());
        if length == 0 {
            return Ok(None);
        }
        let size = usize::try_from(length).map_err(io::Error::other)?;
        // It is made here, where it is also dropped: threads that wait for disks would keep what they allocate.
        let block = self.served.read(self.rest.start, vec![0; size]).await;
        let block = block.inspect_err(|error| self.failed(error))?;
        self.rest.start += length;
        self.given_at = Instant::now();
        Ok(Some(Bytes::from(block)))
    }

    /// In bytes.
    fn left(&self) -> u64 {
        self.rest.end - self.rest.start
    }

    fn failed(&mut self, error: &io::Error) {
        self.has_failed = true;
        self.report(&with_causes(error));
    }

    fn report(&self, reason: &str) {
        let (video, sent, bytes) = (&self.video, self.bytes - self.left(), self.bytes);
        let _request = self.request.enter();
        tracing::info!(%video, sent, bytes, reason, "broke off a file that was being sent");
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if self.has_failed || self.left() == 0 {
            return;
        }
        if self.given_at.elapsed() >= self.patience {
            return self.report("the client did not read for --file-timeout-seconds");
        }
        let (video, sent, bytes) = (&self.video, self.bytes - self.left(), self.bytes);
        let _request = self.request.enter();
        // Players do that whenever somebody moves to another place.
        tracing::debug!(%video, sent, bytes, "the connection was closed while a file was being sent");
    }
}
