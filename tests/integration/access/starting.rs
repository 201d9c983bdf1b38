//! When a server dares to start.

use super::{Library, READ, WRITE, ask};
use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::issuers::Issuer;

const EVERYWHERE: &str = "--listen=0.0.0.0:0";

/// Starts a server that is to refuse.
#[track_caller]
fn refused(arguments: &[&str]) -> Finished {
    Finished::run(reelgraph(&[&[EVERYWHERE], arguments].concat())).with_code(1)
}

#[test]
fn off_the_loopback_interface_it_needs_a_key_and_says_how_to_get_one() {
    let library = Library::new();
    let url = format!("--database-url={}", library.url());
    let create = format!("key create --name NAME --role admin --database-url {}", library.url());
    refused(&[&url])
        .saying("can be reached from other machines")
        .saying(&create)
        .saying("--jwt-jwks-file")
        .saying("--allow-anonymous read")
        .saying("--listen 127.0.0.1:");
    let key = library.key("lucy", "reader");
    let server = library.serve(&[EVERYWHERE]);
    assert_eq!(ask(&server, &key, READ).status, 200);
    assert_eq!(ask(&server, "", READ).status, 401);
    drop(server);
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    refused(&[&url]).saying("there is no key");
}

#[test]
fn a_library_in_memory_has_no_keys() {
    for library in ["--sample", "--database-url=memory:"] {
        refused(&[library]).saying("there is no key");
    }
}

#[test]
fn it_can_be_told_to_let_everyone_in() {
    for (allowed, write_status, warning) in [
        ("read", 403, "everyone who can reach this address can read the library"),
        ("write", 200, "everyone who can reach this address can read and change the library"),
    ] {
        let server = Server::start(&[EVERYWHERE, &format!("--allow-anonymous={allowed}")]);
        server.wait_for_log(warning);
        assert_eq!(ask(&server, "", READ).status, 200, "{allowed}");
        assert_eq!(ask(&server, "", WRITE).status, write_status, "{allowed}");
    }
}

#[test]
fn a_key_for_tokens_will_do() {
    let library = Library::new();
    let file = library.path("secret");
    std::fs::write(&file, Issuer::hs256().key_file).unwrap();
    let server = library.serve(&[EVERYWHERE, "--jwt-key-file", file.to_str().unwrap()]);
    assert_eq!(ask(&server, "", READ).status, 401);
}

#[test]
fn bad_settings_for_tokens_stop_the_start_and_are_named() {
    let library = Library::new();
    let file = |name: &str, content: &str| {
        std::fs::write(library.path(name), content).unwrap();
        library.path(name).display().to_string()
    };
    let (short, private, set, private_set) = (
        file("short", "secret\n"),
        file("private", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        file("set", "{\"keys\": []}"),
        file("private-set", r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A", "d": "A"}]}"#),
    );
    let missing = library.path("missing").display().to_string();
    for (flag, path, why) in [
        ("--jwt-key-file", &short, "a secret of 6 bytes: use 32 or more"),
        ("--jwt-key-file", &private, "is a private key"),
        ("--jwt-key-file", &set, "--jwt-jwks-file"),
        ("--jwt-key-file", &missing, "cannot read"),
        ("--jwt-jwks-file", &set, "has no key"),
        ("--jwt-jwks-file", &private_set, "key 0 is a private key"),
        ("--jwt-jwks-file", &short, "must be a JSON Web Key Set"),
        ("--jwt-jwks-file", &missing, "cannot read"),
    ] {
        library.run(&[flag, path]).with_code(1).saying(flag).saying(path).saying(why);
    }
    library.run(&["--jwt-issuer=https://id.example"]).with_code(1).saying("--jwt-key-file");
    let both = ["--jwt-key-file", &*short, "--jwt-jwks-file", &*set];
    library.run(&both).with_code(2).saying("--jwt-jwks-file");
}
