//! What each role may do, and what those hear who may not.

use serde_json::json;
use ureq::http::Request;

use super::{Library, READ, WRITE, ask, ask_with};
use crate::support::binary::Server;

const SCHEMA: &str = "{ __schema { queryType { name } } }";

#[test]
fn each_role_may_do_what_it_is_for() {
    let library = Library::new();
    let keys = ["reader", "editor", "admin"].map(|role| library.key(role, role));
    let server = library.serve(&["--introspection-role=admin"]);
    for (document, statuses) in [
        (READ, [200, 200, 200]),
        ("{ __typename }", [200, 200, 200]),
        (WRITE, [403, 200, 200]),
        (SCHEMA, [403, 403, 200]),
        (
            "query Q { ...F } fragment F on Query { __type(name: \"Video\") { name } }",
            [403, 403, 200],
        ),
        ("mutation { __typename }", [403, 200, 200]),
    ] {
        for (key, status) in keys.iter().zip(statuses) {
            let answer = ask(&server, key, document);
            assert_eq!(answer.status, status, "{document}\n{answer}");
            if status == 403 {
                assert_eq!(answer.code(), "FORBIDDEN", "{answer}");
                assert!(answer.json().get("data").is_none(), "{answer}");
            }
        }
        assert_eq!(ask(&server, "", document).status, 401, "{document}");
    }
    // What was forbidden was not done.
    let answer = ask(&server, &keys[0], "{ auditEntries { nodes { actor } } }");
    let entries = &answer.json()["data"]["auditEntries"]["nodes"];
    assert_eq!(entries, &json!([{ "actor": "editor" }]), "{answer}");
}

#[test]
fn a_wrong_credential_is_never_taken_for_none() {
    let library = Library::new();
    let key = library.key("lucy", "editor");
    let server = library.serve(&["--allow-anonymous=read"]);
    assert_eq!(ask(&server, "", READ).status, 200);
    let answer = ask(&server, "", WRITE);
    assert_eq!((answer.status, &*answer.code()), (403, "FORBIDDEN"), "{answer}");
    let wrong = [&key[..17], &"0".repeat(63)].concat();
    for authorization in [
        format!("Bearer {wrong}"),
        format!("Bearer {key}0"),
        "Bearer x".to_owned(),
        "Bearer a.b.c".to_owned(),
        "Bearer".to_owned(),
        format!("Basic {key}"),
        key.clone(),
    ] {
        let answer = ask_with(&server, &authorization, READ);
        assert_eq!((answer.status, &*answer.code()), (401, "UNAUTHENTICATED"), "{answer}");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer realm="), "{answer}");
        assert!(challenge.contains("error="), "{answer}");
    }
    for scheme in ["bearer", "BEARER"] {
        assert_eq!(ask_with(&server, &format!("{scheme} {key}"), READ).status, 200, "{scheme}");
    }
}

#[test]
fn without_a_credential_a_client_is_asked_for_one() {
    let library = Library::new();
    library.key("lucy", "reader");
    let server = library.serve(&[]);
    for accept in ["application/json", "application/graphql-response+json", "text/event-stream"] {
        let request = Request::post(server.url("/graphql"))
            .header("accept", accept)
            .header("content-type", "application/json");
        let answer = server.send(request.body(json!({ "query": READ }).to_string()).unwrap());
        assert_eq!((answer.status, &*answer.code()), (401, "UNAUTHENTICATED"), "{answer}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"reelgraph\"", "{answer}");
        assert_eq!(answer.headers.get_all("content-type").iter().count(), 1, "{answer}");
    }
    let answer = server.get("/graphql?query=%7B__typename%7D");
    assert_eq!(answer.status, 401, "{answer}");
}

#[test]
fn a_stranger_learns_nothing_of_the_document() {
    let library = Library::new();
    library.key("lucy", "reader");
    let server = library.serve(&[]);
    for document in ["{ videoz }", "{", "mutation { __typename }"] {
        let answer = ask(&server, "", document);
        assert_eq!((answer.status, &*answer.code()), (401, "UNAUTHENTICATED"), "{answer}");
    }
}

#[test]
fn health_and_the_explorer_are_open_to_everyone() {
    let library = Library::new();
    library.key("lucy", "reader");
    let server = library.serve(&[]);
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    let browser = Request::get(server.url("/graphql")).header("accept", "text/html,*/*;q=0.8");
    let page = server.send(browser.body(()).unwrap());
    assert_eq!(page.status, 200, "{page}");
    assert!(page.body.contains("<html"), "{page}");
}

#[test]
fn a_credential_in_the_address_is_refused_even_if_it_is_right() {
    let library = Library::new();
    let key = library.key("lucy", "admin");
    let server = library.serve(&[]);
    for name in ["access_token", "token", "Authorization", "api_key"] {
        let path = format!("/graphql?query=%7B__typename%7D&{name}={key}");
        let request =
            Request::get(server.url(&path)).header("authorization", format!("Bearer {key}"));
        let answer = server.send(request.body(()).unwrap());
        assert_eq!((answer.status, &*answer.code()), (400, "BAD_REQUEST"), "{answer}");
        assert!(answer.body.contains("must not be in the URL"), "{answer}");
        assert!(!answer.body.contains(&key), "{answer}");
    }
}

#[test]
fn a_server_without_credentials_is_open_to_its_own_machine() {
    let server = Server::start(&["--introspection-role=admin"]);
    for document in [READ, WRITE, SCHEMA] {
        for credential in ["", "whatever"] {
            let answer = ask(&server, credential, document);
            assert_eq!(answer.status, 200, "{answer}");
        }
    }
    // And closed as soon as there is a key, also once that is revoked.
    let library = Library::new();
    let server = library.serve(&[]);
    assert_eq!(ask(&server, "", WRITE).status, 200);
    library.key("lucy", "reader");
    super::ask_until(&server, "", 401);
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    assert_eq!(ask(&library.serve(&[]), "", READ).status, 401);
}
