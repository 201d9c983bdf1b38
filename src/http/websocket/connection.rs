//! The protocol as a state machine: messages in, actions out.

use std::collections::HashSet;

use async_graphql::Value;

use super::message::{ClientMessage, Close};
use crate::http::parameters::Parameters;

/// The state of a client's connection, and its running operations.
pub(super) struct Connection {
    is_acknowledged: bool,
    is_ending: bool,
    /// The IDs of the operations that have not ended.
    running: HashSet<String>,
    max_running: usize,
}

/// What to do for a message.
#[derive(Debug)]
pub(super) enum Action {
    /// Acknowledge the connection, if this credential is valid.
    Acknowledge { authorization: Option<String> },
    /// Answer a ping, with its payload.
    Pong(Option<Value>),
    /// Begin with this operation.
    Start { id: String, request: Box<Parameters> },
    /// Refuse this operation, which would be one too many.
    Refuse { id: String },
    /// End this operation, without sending anything more for it.
    Stop { id: String },
    /// Nothing.
    Nothing,
}

impl Connection {
    /// A new socket, with this maximum number of concurrent operations.
    pub fn new(max_running: usize) -> Self {
        Self { is_acknowledged: false, is_ending: false, running: HashSet::new(), max_running }
    }

    /// What to do for a message.
    ///
    /// # Errors
    /// When it breaks the protocol, which ends the socket.
    pub fn receive(&mut self, text: &str) -> Result<Action, Close> {
        match ClientMessage::parse(text)? {
            ClientMessage::ConnectionInit { .. } if self.is_acknowledged => {
                Err(Close::new(4429, "Too many initialisation requests"))
            }
            ClientMessage::ConnectionInit { authorization } => {
                self.is_acknowledged = true;
                Ok(Action::Acknowledge { authorization })
            }
            ClientMessage::Ping { payload } => Ok(Action::Pong(payload)),
            ClientMessage::Pong => Ok(Action::Nothing),
            ClientMessage::Subscribe { .. } if !self.is_acknowledged => {
                Err(Close::new(4401, "Unauthorized: send connection_init first"))
            }
            ClientMessage::Subscribe { id, request } => self.subscribe(id, request),
            ClientMessage::Complete { id } if self.running.remove(&id) => Ok(Action::Stop { id }),
            // Its end and the server's message of its end may cross.
            ClientMessage::Complete { .. } => Ok(Action::Nothing),
        }
    }

    fn subscribe(&mut self, id: String, request: Box<Parameters>) -> Result<Action, Close> {
        if self.is_ending {
            // The client sends it again on its next socket.
            return Ok(Action::Nothing);
        }
        if self.running.contains(&id) {
            return Err(Close::new(4409, format!("Subscriber for {id} already exists")));
        }
        if self.running.len() >= self.max_running {
            return Ok(Action::Refuse { id });
        }
        self.running.insert(id.clone());
        Ok(Action::Start { id, request })
    }

    /// Records that an operation has ended, so that its ID can be reused.
    pub fn ended(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// Takes no new operation from now on.
    pub fn end(&mut self) {
        self.is_ending = true;
    }

    /// Whether it accepts no more operations.
    pub fn is_ending(&self) -> bool {
        self.is_ending
    }

    /// Whether the connection has been acknowledged.
    pub fn is_acknowledged(&self) -> bool {
        self.is_acknowledged
    }

    /// Whether nothing is running, and nothing will.
    pub fn is_done(&self) -> bool {
        self.is_ending && self.running.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::parameters::DocumentName;

    const INIT: &str = r#"{"type":"connection_init"}"#;

    fn subscribe(id: &str) -> String {
        format!(r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{{ a }}"}}}}"#)
    }

    fn complete(id: &str) -> String {
        format!(r#"{{"type":"complete","id":"{id}"}}"#)
    }

    /// The result of each message, in a few words.
    fn told(connection: &mut Connection, messages: &[&str]) -> Vec<String> {
        let tell = |text: &&str| match connection.receive(text) {
            Ok(Action::Start { id, request }) => match request.document {
                DocumentName::Text(text) => format!("start {id} {text}"),
                name => format!("start {id} {name:?}"),
            },
            Ok(Action::Refuse { id }) => format!("refuse {id}"),
            Ok(Action::Stop { id }) => format!("stop {id}"),
            Ok(Action::Pong(payload)) => format!("pong {payload:?}"),
            Ok(Action::Acknowledge { authorization }) => {
                format!("acknowledge {}", authorization.unwrap_or_default()).trim_end().to_owned()
            }
            Ok(action) => format!("{action:?}").to_lowercase(),
            Err(Close { code, .. }) => code.to_string(),
        };
        messages.iter().map(tell).collect()
    }

    #[track_caller]
    fn check(messages: &[&str], expected: &[&str]) {
        assert_eq!(told(&mut Connection::new(2), messages), expected, "{messages:?}");
    }

    #[test]
    fn operations_begin_after_the_initialisation() {
        check(&[INIT, &subscribe("1")], &["acknowledge", "start 1 { a }"]);
        check(&[&subscribe("1")], &["4401"]);
        check(&[INIT, INIT], &["acknowledge", "4429"]);
    }

    #[test]
    fn the_initialisation_may_have_a_credential_by_a_name_in_any_case() {
        for name in ["Authorization", "authorization", "AUTHORIZATION"] {
            let payload = format!(r#"{{"any":"thing","{name}":"Bearer a"}}"#);
            let init = format!(r#"{{"type":"connection_init","payload":{payload}}}"#);
            check(&[&init], &["acknowledge Bearer a"]);
        }
        check(&[r#"{"type":"connection_init","payload":{"token":"a"}}"#], &["acknowledge"]);
    }

    #[test]
    fn pings_are_answered_at_any_time() {
        let ping = r#"{"type":"ping"}"#;
        let with_payload = r#"{"type":"ping","payload":{}}"#;
        let pong = r#"{"type":"pong","payload":null}"#;
        check(
            &[ping, INIT, with_payload, pong],
            &["pong None", "acknowledge", "pong Some(Object({}))", "nothing"],
        );
    }

    #[test]
    fn an_id_names_one_operation_at_a_time() {
        check(&[INIT, &subscribe("1"), &subscribe("1")], &["acknowledge", "start 1 { a }", "4409"]);
        check(
            &[INIT, &subscribe("1"), &complete("1"), &subscribe("1")],
            &["acknowledge", "start 1 { a }", "stop 1", "start 1 { a }"],
        );
        let mut connection = Connection::new(2);
        told(&mut connection, &[INIT, &subscribe("1")]);
        connection.ended("1");
        let told = told(&mut connection, &[&complete("1"), &subscribe("1")]);
        assert_eq!(told, ["nothing", "start 1 { a }"]);
    }

    #[test]
    fn one_operation_too_many_is_refused_and_disturbs_no_other() {
        check(
            &[
                INIT,
                &subscribe("1"),
                &subscribe("2"),
                &subscribe("3"),
                &complete("1"),
                &subscribe("3"),
            ],
            &[
                "acknowledge",
                "start 1 { a }",
                "start 2 { a }",
                "refuse 3",
                "stop 1",
                "start 3 { a }",
            ],
        );
    }

    #[test]
    fn a_connection_that_ends_finishes_what_it_has_begun() {
        let mut connection = Connection::new(2);
        told(&mut connection, &[INIT, &subscribe("1")]);
        connection.end();
        assert!(!connection.is_done());
        assert_eq!(told(&mut connection, &[&subscribe("2")]), ["nothing"]);
        connection.ended("1");
        assert!(connection.is_done());
    }
}
