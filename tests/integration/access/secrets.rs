//! Secrets are told to nobody: not in logs, not in answers, not to other processes.

use serde_json::json;

use super::{Library, READ, WRITE, almost, ask};
use crate::support::issuers::{Issuer, claims};
use crate::support::socket::{SUBPROTOCOL, Socket};

#[test]
fn the_log_has_names_and_no_secrets_however_much_it_tells() {
    let issuer = Issuer::hs256();
    let library = Library::new();
    let key = library.key("lucy", "editor");
    let path = library.path("secret");
    std::fs::write(&path, &issuer.key_file).unwrap();
    let file = path.to_str().unwrap();
    let server = library.serve(&["--jwt-key-file", file, "--log-level=trace"]);
    let (token, expired) = (issuer.sign(&claims(100)), issuer.sign(&claims(-100)));
    let wrong = almost(&key);
    for credential in [&key, &token, &expired, &wrong] {
        let mut answers = ask(&server, credential, WRITE).body;
        answers += &ask(&server, credential, READ).body;
        let path = format!("/graphql?query=%7B__typename%7D&token={credential}");
        answers += &server.get(&path).body;
        let mut socket =
            Socket::open_with(&server, &[("sec-websocket-protocol", SUBPROTOCOL)]).unwrap();
        let payload = json!({ "Authorization": format!("Bearer {credential}") });
        socket.send(&json!({ "type": "connection_init", "payload": payload }));
        socket.send(&json!({ "type": "ping", "payload": payload }));
        assert!(!answers.contains(secret_part(credential)), "{answers}");
    }
    server.wait_for_log("\"actor\":\"lucy\"");
    let arguments = server.arguments();
    server.signal("TERM");
    let finished = server.finish();
    for secret in [&key, &token, &expired, &wrong, &issuer.key_file] {
        let part = secret_part(secret);
        assert!(!arguments.contains(part), "{arguments}");
        let line = finished.stderr.lines().find(|line| line.contains(part));
        assert_eq!(line, None, "the log has {secret}");
    }
    assert!(finished.stderr.contains("\"why\":\"the key or token is not valid"), "{finished}");
}

/// The part of a credential that nobody may learn: what comes after an ID, or a signature.
fn secret_part(credential: &str) -> &str {
    credential.rsplit(['_', '.']).next().unwrap()
}
