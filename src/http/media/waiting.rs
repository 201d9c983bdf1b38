//! How long a request waits for a thumbnail that is being made.

use std::time::Duration;

use tokio::time::sleep;

use crate::http::client::Client;
use crate::http::refusal::Rejection;
use crate::http::streams::{StopWatch, Streams};

/// How long a picture may take. Pages show something else by then.
const LONGEST: Duration = Duration::from_secs(30);

/// How long somebody may wait after closing the connection's sending side: a browser does so when it no longer shows
/// the picture, and then others come first.
const AFTER_CLOSING: Duration = Duration::from_secs(1);

/// Somebody who waits for a thumbnail.
pub(super) struct Waiting {
    /// None if the request did not arrive over a connection.
    client: Option<Client>,
    stop: StopWatch,
}

impl Waiting {
    /// The one who sent a request with this client.
    pub fn of(client: Option<&Client>, streams: &Streams) -> Self {
        Self { client: client.cloned(), stop: streams.watch_stop() }
    }

    /// What is waited for.
    ///
    /// # Errors
    /// When it takes too long, the client is gone, or the server stops.
    pub async fn until<T>(mut self, made: impl Future<Output = T>) -> Result<T, Rejection> {
        let given_up = async {
            match &self.client {
                Some(client) => {
                    client.closed().await;
                    sleep(AFTER_CLOSING).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            made = made => Ok(made),
            () = self.stop.begun() => {
                Err(Rejection::unavailable("the server is stopping").retrying_after("1"))
            }
            () = given_up => Err(Rejection::too_many_thumbnails()),
            () = sleep(LONGEST) => Err(Rejection::too_many_thumbnails()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_a_picture_that_nobody_will_see() {
        let streams = Streams::new(1);
        let client = Client::new(Duration::ZERO, 0);
        let waiting = || Waiting::of(Some(&client), &streams);
        assert!(waiting().until(ready(1)).await.is_ok_and(|picture| picture == 1));
        let (gone, ()) = tokio::join!(waiting().until(pending::<()>()), async { client.close() });
        assert!(gone.unwrap_err().message.contains("too many thumbnails"));
    }

    #[tokio::test]
    async fn nobody_waits_for_a_picture_while_the_server_stops() {
        let streams = Streams::new(1);
        let waiting = Waiting::of(None, &streams).until(pending::<()>());
        let (stopped, ()) = tokio::join!(waiting, async { streams.stop() });
        assert_eq!(stopped.unwrap_err().message, "the server is stopping");
    }
}
