//! API keys: made, listed, used and revoked.

use serde_json::json;

use super::{Library, READ, WRITE, ask, ask_until};
use crate::support::binary::{Finished, Server};

/// The row of the list that begins a column with this name.
#[track_caller]
fn row<'a>(listed: &'a Finished, name: &str) -> Vec<&'a str> {
    let line = listed.stdout.lines().find(|line| line.split("  ").any(|cell| cell == name));
    let line = line.unwrap_or_else(|| panic!("no key of {name}\n{listed}"));
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let library = Library::new();
    let create = ["key", "create", "--name", "night import", "--role", "editor"];
    let made = library
        .run(&create)
        .with_code(0)
        .saying("night import, editor")
        .saying("cannot be shown again");
    let key = made.stdout.trim_end();
    let parts: Vec<&str> = key.split('_').collect();
    let [prefix, id, bits] = parts[..] else { panic!("{made}") };
    assert_eq!((prefix, id.len(), bits.len()), ("rg", 12, 64), "{made}");

    let listed = library.run(&["key", "list"]).with_code(0);
    assert!(!listed.stdout.contains(bits), "{listed}");
    let cells = row(&listed, "night import");
    assert_eq!(cells[..3], [id, "night import", "editor"], "{listed}");
    assert_eq!(cells[4..], ["never", "never", "good"], "{listed}");
    let file = std::fs::read(library.path("library.db")).unwrap();
    let has = |part: &str| file.windows(part.len()).any(|bytes| bytes == part.as_bytes());
    assert!(has(id) && !has(bits), "the file has the key");
}

#[test]
fn a_name_stands_for_one_key_until_that_is_revoked() {
    let library = Library::new();
    let first = library.key("lucy", "reader");
    let again = ["key", "create", "--name", "lucy", "--role", "reader"];
    library.run(&again).with_code(1).saying("a key named lucy already exists").saying("revoke");
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    library.run(&again).with_code(0);
    // Each is still told from the other by its ID.
    let id = first.split('_').nth(1).unwrap();
    library.run(&["key", "revoke", id]).with_code(1).saying("already been revoked");
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    library.run(&["key", "revoke", "lucy"]).with_code(1).saying("no key lucy").saying("key list");
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let library = Library::new();
    let create = |name: &str, rest: &[&str]| {
        library.run(&[&["key", "create", "--name", name, "--role", "reader"], rest].concat())
    };
    create("", &[]).with_code(1).saying("--name must not be empty");
    create("0123456789ab", &[]).with_code(1).saying("--name must not look like the ID of a key");
    create("scan", &[]).with_code(1).saying("--name must not be scan, which stands for scans");
    create("lucy", &["--expires-in-days=0"]).with_code(2).saying("--expires-in-days");
    create("lucy", &["--database-url=memory:"]).with_code(1).saying("a library in memory");
    library.run(&["key", "create", "--name=a", "--role=owner"]).with_code(2).saying("--role");
    library.run(&["key", "list", "--database-url=sqlite:none.db"]).with_code(1).saying("none.db");
}

#[test]
fn a_running_server_notices_new_and_revoked_keys() {
    let library = Library::new();
    let first = library.key("lucy", "editor");
    let server = library.serve(&[]);
    let answer = ask(&server, &first, WRITE);
    assert_eq!(answer.json()["data"]["addVideo"]["auditEntry"]["actor"], "lucy", "{answer}");

    let second = library.key("dick", "reader");
    ask_until(&server, &second, 200);
    assert_reported(&server, "a key was created", "dick", &second);
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    ask_until(&server, &first, 401);
    assert_reported(&server, "a key was revoked", "lucy", &first);
    let answer = ask(&server, &second, READ);
    assert_eq!(answer.json(), json!({ "data": { "videos": { "totalCount": 1 } } }));
}

/// Holds the server to a line of its log about this key, without the part that is secret.
#[track_caller]
fn assert_reported(server: &Server, message: &str, name: &str, key: &str) {
    let line = server.wait_for_log(message);
    let [_, id, secret] = key.split('_').collect::<Vec<_>>()[..] else { panic!("{key}") };
    for part in [format!("\"name\":\"{name}\""), format!("\"key\":\"{id}\"")] {
        assert!(line.contains(&part), "{part} is missing: {line}");
    }
    assert!(!line.contains(secret), "{line}");
}

#[test]
fn a_key_whose_days_are_over_is_told_so_to_its_holder_alone() {
    let library = Library::new();
    let create = ["key", "create", "--name=lucy", "--role=reader", "--expires-in-days=1"];
    let key = library.run(&create).with_code(0).saying("until").stdout;
    library.key("dick", "reader");
    library.sql("UPDATE api_keys SET expires_at = 1 WHERE name = 'lucy'");
    let server = library.serve(&[]);
    let answer = ask(&server, key.trim_end(), READ);
    assert_eq!((answer.status, &*answer.code()), (401, "UNAUTHENTICATED"), "{answer}");
    assert!(answer.body.contains("has expired"), "{answer}");
    let guess = format!("{}{}", &key[..17], "0".repeat(63));
    assert!(!ask(&server, &guess, READ).body.contains("expired"), "{guess}");
    let listed = library.run(&["key", "list"]);
    assert_eq!(row(&listed, "lucy").last(), Some(&"expired"), "{listed}");
}

#[test]
fn the_last_use_of_a_key_is_noted_beside_the_history() {
    let library = Library::new();
    let key = library.key("lucy", "reader");
    let server = library.serve(&[]);
    assert_eq!(ask(&server, &key, READ).status, 200);
    server.signal("TERM");
    server.finish().with_code(0);
    let listed = library.run(&["key", "list"]);
    assert_ne!(row(&listed, "lucy")[5], "never", "{listed}");
    let checked = library.run(&["check"]).with_code(0);
    assert!(checked.stdout.contains("0 audit entries"), "{checked}");
}
