//! One socket from its opening to its end.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::connection::{Action, Connection};
use super::message::{Close, ServerMessage};
use super::operations::{End, Operations};
use super::outbox::{self, Outbox};
use super::unauthenticated::Unauthenticated;
use crate::auth::Authenticator;
use crate::graphql::document::json::Sent;
use crate::http::Backend;
use crate::http::credentials::Authenticated;
use crate::http::operation::too_many_subscriptions;
use crate::http::streams::{SILENT_INTERVALS, StopWatch};

/// The time-out for the answer to a Close.
const CLOSING: Duration = Duration::from_secs(2);

/// How a socket ends.
#[derive(Debug)]
enum Ending {
    /// The server closes it.
    Close(Close),
    /// The client closed it, or is lost.
    Disconnected,
    /// The client is silent.
    Silent,
    /// The client does not read, or is lost.
    Stuck,
}

/// Serves a socket to its end.
pub(super) async fn serve(socket: WebSocket, backend: Backend, unauthenticated: Unauthenticated) {
    let opened = Instant::now();
    let mut stop = backend.streams.watch_stop();
    let (sink, mut frames) = socket.split();
    let (outbox, queue) = outbox::channel();
    let mut session = Session::new(backend, unauthenticated, outbox);
    let mut writing = pin!(outbox::write(sink, queue));
    let ending = tokio::select! {
        ending = session.run(&mut frames, &mut stop) => ending,
        () = &mut writing => Ending::Stuck,
    };
    if let Ending::Close(close) = &ending {
        let closing = async { tokio::join!(session.close(close, &mut frames), writing) };
        // A client that does not answer loses no more than its own connection.
        let _ = timeout(CLOSING, closing).await;
    }
    tracing::debug!(?ending, open_seconds = opened.elapsed().as_secs_f64(), "closed");
}

/// Closes a new socket immediately.
pub(super) async fn refuse(socket: WebSocket, close: Close) {
    let (sink, mut frames) = socket.split();
    let (outbox, queue) = outbox::channel();
    let closing = async {
        outbox.close(&close).await;
        outbox::write(sink, queue).await;
        while let Some(Ok(_)) = frames.next().await {}
    };
    let _ = timeout(CLOSING, closing).await;
    tracing::debug!(?close, "closed");
}

/// What is known about an open socket.
struct Session {
    connection: Connection,
    authenticator: Authenticator,
    /// None once they have shown who they are.
    unauthenticated: Option<Unauthenticated>,
    /// None until then.
    authenticated: Option<Authenticated>,
    operations: Operations,
    outbox: Outbox,
    keep_alive: Duration,
    init_timeout: Duration,
    heard_at: Instant,
}

impl Session {
    fn new(backend: Backend, unauthenticated: Unauthenticated, outbox: Outbox) -> Self {
        let settings = &backend.settings;
        Self {
            connection: Connection::new(settings.streams.max_subscriptions_per_connection),
            keep_alive: settings.streams.keep_alive,
            init_timeout: settings.streams.init_timeout,
            heard_at: Instant::now(),
            authenticator: backend.authenticator.clone(),
            operations: Operations::new(
                backend,
                unauthenticated.request_id().to_owned(),
                outbox.clone(),
            ),
            unauthenticated: Some(unauthenticated),
            authenticated: None,
            outbox,
        }
    }

    /// Handles the client's messages until there is a reason to end.
    async fn run(&mut self, frames: &mut SplitStream<WebSocket>, stop: &mut StopWatch) -> Ending {
        let mut init_overdue = pin!(sleep(self.init_timeout));
        let mut pulse = interval_at(Instant::now() + self.keep_alive, self.keep_alive);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.connection.is_done() {
            tokio::select! {
                // In this order, so that no client can hold up the stop by what it sends, and that
                // none counts as silent whose messages wait to be read.
                biased;
                () = stop.begun(), if !self.connection.is_ending() => self.connection.end(),
                Some((id, end)) = self.operations.next_end() => self.end(&id, end).await,
                frame = frames.next() => {
                    self.heard_at = Instant::now();
                    if let Err(ending) = self.receive(frame).await {
                        return ending;
                    }
                }
                () = lost(&self.authenticator, self.authenticated.as_ref()) => {
                    let reason = "Forbidden: the key or token is no longer valid: use another";
                    return Ending::Close(Close::new(4403, reason));
                }
                () = &mut init_overdue, if !self.connection.is_acknowledged() => {
                    return Ending::Close(Close::new(4408, "Connection initialisation timeout"));
                }
                _ = pulse.tick() => match self.heard_at.elapsed() {
                    silence if silence > self.keep_alive * SILENT_INTERVALS => return Ending::Silent,
                    _ => self.outbox.ping(),
                },
            }
        }
        Ending::Close(Close::going_away())
    }

    async fn receive(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<(), Ending> {
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => {
                return Err(Ending::Close(Close::bad_message("messages must be text, not binary")));
            }
            Some(Ok(Message::Ping(_))) => {
                self.outbox.pong().await;
                return Ok(());
            }
            // A Close is answered below, in tungstenite.
            Some(Ok(Message::Pong(_) | Message::Close(_))) => return Ok(()),
            Some(Err(error)) => return Err(broken(error)),
            None => return Err(Ending::Disconnected),
        };
        match self.connection.receive(&text).map_err(Ending::Close)? {
            Action::Acknowledge { authorization } => {
                self.authenticate(authorization.as_deref()).await?;
            }
            Action::Pong(payload) => {
                let payload = payload.as_ref().map(Sent);
                self.outbox.send(&ServerMessage::Pong { payload }).await;
            }
            Action::Start { id, request } => {
                let authenticated =
                    self.authenticated.as_ref().expect("nothing starts before the initialisation");
                self.operations.start(id, *request, authenticated);
            }
            Action::Stop { id } => self.operations.stop(&id),
            Action::Refuse { id } => {
                let message = "this connection has reached its maximum number of operations: \
                               complete one of them, or open another connection";
                let payload = &[too_many_subscriptions(message)];
                self.outbox.send(&ServerMessage::Error { id: &id, payload }).await;
            }
            Action::Nothing => {}
        }
        Ok(())
    }

    /// Acknowledges the connection, if the client is authenticated.
    async fn authenticate(&mut self, authorization: Option<&str>) -> Result<(), Ending> {
        let unauthenticated = self.unauthenticated.take().expect("there is one initialisation");
        let authenticated = unauthenticated
            .authenticate(&self.authenticator, authorization)
            .map_err(Ending::Close)?;
        self.authenticated = Some(authenticated);
        self.outbox.send(&ServerMessage::ConnectionAck).await;
        Ok(())
    }

    /// Sends the end of an operation, unless the client should resubscribe.
    async fn end(&mut self, id: &str, end: End) {
        self.connection.ended(id);
        match end {
            End::Completed => self.outbox.send(&ServerMessage::Complete { id }).await,
            End::Refused(errors) => {
                self.outbox.send(&ServerMessage::Error { id, payload: &errors }).await;
            }
            End::CutOff => {}
        }
    }

    /// Closes the socket and waits for the client to do the same.
    async fn close(&self, close: &Close, frames: &mut SplitStream<WebSocket>) {
        self.outbox.close(close).await;
        // Until the Close is written, which may have to wait, pings are still answered.
        while let Some(Ok(frame)) = frames.next().await {
            if let Message::Ping(_) = frame {
                self.outbox.pong().await;
            }
        }
        if BROKEN.contains(&close.code) {
            // With much of a message unread, the end of the connection could overtake the Close.
            sleep(CLOSING).await;
        }
    }
}

/// Waits until the caller's pass is no longer valid.
async fn lost(authenticator: &Authenticator, authenticated: Option<&Authenticated>) {
    match authenticated {
        Some(authenticated) => authenticator.lost(&authenticated.pass).await,
        None => pending().await,
    }
}

/// The codes that close a socket on which nothing more can be read.
const BROKEN: [u16; 3] = [1002, 1007, 1009];

/// How a socket ends that can no longer be read.
fn broken(error: axum::Error) -> Ending {
    use tungstenite::Error;
    let error = error.into_inner().downcast::<Error>().map(|error| *error);
    match error {
        Ok(Error::Capacity(_)) => {
            Ending::Close(Close::new(1009, "the message exceeds the limit on its size"))
        }
        Ok(Error::Utf8(_)) => Ending::Close(Close::new(1007, "the message is not UTF-8")),
        Ok(Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => {
            Ending::Disconnected
        }
        Ok(Error::Protocol(error)) => Ending::Close(Close::new(1002, error.to_string())),
        _ => Ending::Disconnected,
    }
}
