//! The messages of the protocol, as text.
//!
//! Source: [GraphQL over WebSocket](https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md).

use std::borrow::Cow;

use async_graphql::{Name, ServerError, Value};
use serde::Serialize;

use crate::graphql::document::json::{self, Sent};
use crate::http::parameters::{self, Fields, Parameters};

/// The longest ID of an operation, in bytes: it is repeated in every message about it.
const MAX_ID_BYTES: usize = 256;

/// The longest reason that fits into a Close frame, in bytes.
const MAX_REASON_BYTES: usize = 123;

/// Messages of the client.
pub(super) enum ClientMessage {
    /// With the credential in its payload, in the form of an `Authorization`.
    ConnectionInit {
        authorization: Option<String>,
    },
    Ping {
        payload: Option<Value>,
    },
    Pong,
    Subscribe {
        id: String,
        request: Box<Parameters>,
    },
    Complete {
        id: String,
    },
}

/// Messages of the server, except [`next`].
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Sent<'a>>,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

impl ServerMessage<'_> {
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a message has only names as keys")
    }
}

/// The message with a result of an operation, which is JSON already.
pub(super) fn next(id: &str, result: &str) -> String {
    format!(r#"{{"type":"next","id":{},"payload":{result}}}"#, serde_json::Value::from(id))
}

/// Why the server closes a socket: a code for programs and a reason for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    pub reason: Cow<'static, str>,
}

impl Close {
    /// The reason is cut to what fits.
    pub fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        let mut reason = reason.into();
        if reason.len() > MAX_REASON_BYTES {
            let end = reason.floor_char_boundary(MAX_REASON_BYTES);
            reason.to_mut().truncate(end);
        }
        Self { code, reason }
    }

    /// The server stops. To clients this code means to connect again.
    pub fn going_away() -> Self {
        Self::new(1001, "the server is stopping: connect again")
    }

    /// The message violates the protocol.
    pub fn bad_message(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(4400, reason)
    }
}

impl ClientMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// When it violates the protocol, which ends the socket.
    pub fn parse(text: &str) -> Result<Self, Close> {
        let message = json::parse(text.as_bytes())
            .map_err(|error| Close::bad_message(format!("the message {error}")))?;
        let Value::Object(mut message) = message else {
            return Err(Close::bad_message("the message must be a JSON object with a \"type\""));
        };
        let Some(Value::String(kind)) = message.swap_remove("type") else {
            return Err(Close::bad_message("the message must have a \"type\", which is a string"));
        };
        match &*kind {
            "connection_init" => {
                Ok(Self::ConnectionInit { authorization: authorization(payload(&mut message)?)? })
            }
            "ping" => Ok(Self::Ping { payload: payload(&mut message)? }),
            "pong" => payload(&mut message).map(|_| Self::Pong),
            "subscribe" => subscribe(message),
            "complete" => Ok(Self::Complete { id: id(&mut message)? }),
            _ => Err(Close::bad_message(format!("unknown message type {kind:?}"))),
        }
    }
}

/// The credential in the payload of a `connection_init`, by a name in any case, as of a header.
fn authorization(payload: Option<Value>) -> Result<Option<String>, Close> {
    let Some(Value::Object(payload)) = payload else { return Ok(None) };
    let is_it = |(name, _): &(Name, Value)| name.eq_ignore_ascii_case("authorization");
    let mut found = payload.into_iter().filter(is_it).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (None | Some(Value::Null), None) => Ok(None),
        (Some(Value::String(text)), None) => Ok(Some(text)),
        _ => Err(Close::bad_message("the \"Authorization\" must be a string, and there once")),
    }
}

fn subscribe(mut message: Fields) -> Result<ClientMessage, Close> {
    let id = id(&mut message)?;
    let Some(Value::Object(parameters)) = payload(&mut message)? else {
        return Err(Close::bad_message("\"subscribe\" must have a \"payload\" with a \"query\""));
    };
    let request = parameters::from_object(parameters)
        .map_err(|refusal| Close::bad_message(refusal.message))?;
    Ok(ClientMessage::Subscribe { id, request: Box::new(request) })
}

fn id(message: &mut Fields) -> Result<String, Close> {
    match message.swap_remove("id") {
        Some(Value::String(id)) if (1..=MAX_ID_BYTES).contains(&id.len()) => Ok(id),
        _ => Err(Close::bad_message(format!(
            "the message must have an \"id\", a string of 1 to {MAX_ID_BYTES} bytes"
        ))),
    }
}

/// An object, if there is one.
fn payload(message: &mut Fields) -> Result<Option<Value>, Close> {
    match message.swap_remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(object @ Value::Object(_)) => Ok(Some(object)),
        Some(_) => Err(Close::bad_message("the \"payload\" must be an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Close that this text leads to.
    #[track_caller]
    fn refused(text: &str) -> Close {
        ClientMessage::parse(text).err().unwrap_or_else(|| panic!("{text} is a message"))
    }

    #[test]
    fn what_is_no_message_closes_the_socket() {
        for (text, reason) in [
            ("", "the message is not valid JSON: EOF while parsing"),
            ("[]", "the message must be a JSON object"),
            ("{}", "the message must have a \"type\""),
            (r#"{"type":1}"#, "the message must have a \"type\""),
            (r#"{"type":"start"}"#, "unknown message type \"start\""),
            (r#"{"type":"connection_ack"}"#, "unknown message type"),
            (r#"{"type":"connection_init","payload":1}"#, "the \"payload\" must be an object"),
            (
                r#"{"type":"connection_init","payload":{"authorization":1}}"#,
                "the \"Authorization\" must be a string",
            ),
            (
                r#"{"type":"connection_init","payload":{"authorization":"a","Authorization":"b"}}"#,
                "the \"Authorization\" must be a string, and there once",
            ),
            (r#"{"type":"ping","payload":[]}"#, "the \"payload\" must be an object"),
            (r#"{"type":"complete"}"#, "the message must have an \"id\""),
            (r#"{"type":"complete","id":""}"#, "the message must have an \"id\""),
            (
                r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
                "the message must have an \"id\"",
            ),
            (
                r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
                "the message must have an",
            ),
            (r#"{"type":"subscribe","id":"1"}"#, "\"subscribe\" must have a \"payload\""),
            (r#"{"type":"subscribe","id":"1","payload":null}"#, "\"subscribe\" must have a"),
            (r#"{"type":"subscribe","id":"1","payload":{}}"#, "the parameter \"query\" is missing"),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
                "the parameter \"variables\" must be an object",
            ),
        ] {
            let close = refused(text);
            assert_eq!(close.code, 4400, "{text}");
            assert!(close.reason.starts_with(reason), "{text}: {}", close.reason);
        }
    }

    #[test]
    fn an_id_that_is_too_long_to_be_repeated_is_refused() {
        let complete = |bytes| format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(bytes));
        assert!(ClientMessage::parse(&complete(MAX_ID_BYTES)).is_ok());
        assert_eq!(refused(&complete(MAX_ID_BYTES + 1)).code, 4400);
    }

    #[test]
    fn every_reason_fits_into_a_close_frame() {
        let close = refused(&format!(r#"{{"type":"{}"}}"#, "é".repeat(200)));
        assert!((122..=123).contains(&close.reason.len()), "{close:?}");
    }

    #[test]
    fn messages_of_the_server_are_the_protocols() {
        let errors = [ServerError::new("no", None)];
        let value = json::parse(br#"{"a":1.50}"#).unwrap();
        let payload = Some(Sent(&value));
        for (message, expected) in [
            (ServerMessage::ConnectionAck, r#"{"type":"connection_ack"}"#),
            (ServerMessage::Pong { payload: None }, r#"{"type":"pong"}"#),
            (ServerMessage::Pong { payload }, r#"{"type":"pong","payload":{"a":1.50}}"#),
            (
                ServerMessage::Error { id: "1", payload: &errors },
                r#"{"type":"error","id":"1","payload":[{"message":"no"}]}"#,
            ),
            (ServerMessage::Complete { id: "1" }, r#"{"type":"complete","id":"1"}"#),
        ] {
            assert_eq!(message.text(), expected);
        }
        let expected = r#"{"type":"next","id":"\"1\"","payload":{"data":1}}"#;
        assert_eq!(next("\"1\"", r#"{"data":1}"#), expected);
    }
}
