//! JSON Web Tokens, good and bad, of every kind that a server can be given a key for.

use jsonwebtoken::Header;
use serde_json::{Value, json};

use super::{Library, READ, WRITE, ask};
use crate::support::binary::Server;
use crate::support::issuers::{Issuer, claims, now};

/// A server that is given this file, as one of this kind.
fn serve(library: &Library, flag: &str, content: &str, more: &[&str]) -> Server {
    let path = library.path("keys");
    std::fs::write(&path, content).unwrap();
    library.serve(&[&[flag, path.to_str().unwrap()], more].concat())
}

fn issuers() -> [Issuer; 4] {
    [Issuer::hs256(), Issuer::rs256(), Issuer::es256(), Issuer::eddsa()]
}

/// Claims with others put in.
fn with(others: Value) -> Value {
    let mut claims = claims(3600);
    let Value::Object(others) = others else { panic!("{others} is no object") };
    claims.as_object_mut().unwrap().extend(others);
    claims
}

#[test]
fn tokens_of_every_kind_are_verified_and_their_holder_is_the_actor() {
    for issuer in issuers() {
        let library = Library::new();
        let server = serve(&library, "--jwt-key-file", &issuer.key_file, &[]);
        let token = issuer.sign(&claims(3600));
        let answer = ask(&server, &token, WRITE);
        let entry = &answer.json()["data"]["addVideo"]["auditEntry"];
        assert_eq!(entry["actor"], "lucy", "{answer}\n{server}");
        // And once more, now that it is remembered.
        assert_eq!(ask(&server, &token, READ).status, 200);

        let (message, signature) = token.rsplit_once('.').unwrap();
        let other = issuer.sign(&with(json!({ "role": "admin" })));
        let (forged, _) = other.rsplit_once('.').unwrap();
        for wrong in [
            format!("{forged}.{signature}"),
            format!("{message}."),
            format!("{message}.{}", "A".repeat(signature.len())),
            message.to_owned(),
            format!("{token}.{token}"),
        ] {
            let answer = ask(&server, &wrong, READ);
            assert_eq!((answer.status, &*answer.code()), (401, "UNAUTHENTICATED"), "{answer}");
            assert!(answer.header("www-authenticate").contains("invalid_token"), "{answer}");
        }
    }
}

#[test]
fn a_token_of_one_kind_is_nothing_to_the_key_of_another() {
    let tokens = issuers().map(|issuer| issuer.sign(&claims(3600)));
    for issuer in issuers() {
        let library = Library::new();
        let server = serve(&library, "--jwt-key-file", &issuer.key_file, &[]);
        for token in &tokens {
            // RS256 has one key in all tests; every other was made anew.
            let is_own = token.starts_with(issuer.sign(&claims(1)).split('.').next().unwrap());
            if !(is_own && issuer.jwk()["kty"] == "RSA") {
                assert_eq!(ask(&server, token, READ).status, 401, "{token}");
            }
        }
        // The confusion of old: what is public is taken for a secret.
        let secret = jsonwebtoken::EncodingKey::from_secret(issuer.key_file.as_bytes());
        let forged = jsonwebtoken::encode(&Header::default(), &claims(3600), &secret).unwrap();
        let expected = if issuer.jwk()["kty"] == "oct" { 200 } else { 401 };
        assert_eq!(ask(&server, &forged, READ).status, expected, "{:?}", issuer.jwk());
    }
}

#[test]
fn claims_are_held_to_the_settings() {
    let issuer = Issuer::es256();
    let library = Library::new();
    let server = serve(
        &library,
        "--jwt-key-file",
        &issuer.key_file,
        &[
            "--jwt-issuer=https://id.example",
            "--jwt-audience=films,reels",
            "--jwt-role-claim=/access/roles",
            "--jwt-clock-skew-seconds=600",
        ],
    );
    let good = |others: Value| {
        let mut claims = with(json!({
            "iss": "https://id.example", "aud": "reels", "access": { "roles": ["x", "reader"] }
        }));
        claims.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        issuer.sign(&claims)
    };
    for (others, status, part) in [
        (json!({}), 200, ""),
        (json!({ "exp": now() - 300 }), 200, ""),
        (json!({ "exp": now() - 900 }), 401, "has expired"),
        (json!({ "nbf": now() + 300 }), 200, ""),
        (json!({ "nbf": now() + 900 }), 401, "not valid yet"),
        (json!({ "exp": null }), 401, "\\\"exp\\\""),
        (json!({ "sub": null }), 401, "\\\"sub\\\""),
        (json!({ "iss": "https://evil.example" }), 401, "another issuer"),
        (json!({ "iss": ["https://id.example"] }), 401, "must be a string"),
        (json!({ "aud": ["x", "films"] }), 200, ""),
        (json!({ "aud": "x" }), 401, "another audience"),
        (json!({ "aud": null }), 401, "\\\"aud\\\""),
        (json!({ "access": { "roles": ["x"] } }), 403, "/access/roles"),
        (json!({ "access": null, "role": "admin" }), 403, "/access/roles"),
    ] {
        let answer = ask(&server, &good(others.clone()), READ);
        assert_eq!(answer.status, status, "{others}: {answer}");
        assert!(answer.body.contains(part), "{others}: {answer}");
    }
    assert_eq!(ask(&server, &good(json!({})), WRITE).code(), "FORBIDDEN");
}

#[test]
fn a_set_of_keys_verifies_by_the_id_that_a_token_names() {
    let [first, second, other] = [Issuer::es256(), Issuer::es256(), Issuer::es256()];
    let rsa = Issuer::rs256();
    let named = |issuer: &Issuer, id: &str| {
        let mut jwk = issuer.jwk();
        jwk["kid"] = id.into();
        jwk
    };
    let mut encrypting = named(&other, "5");
    encrypting["key_ops"] = json!(["encrypt", "wrapKey"]);
    let mut verifying = named(&rsa, "3");
    verifying["key_ops"] = json!(["verify"]);
    let unknown = json!({ "kty": "new" });
    let keys = [named(&first, "1"), named(&second, "2"), verifying, encrypting, unknown];
    let library = Library::new();
    let set = json!({ "keys": keys }).to_string();
    let server = serve(&library, "--jwt-jwks-file", &set, &[]);
    for (token, status) in [
        (first.sign_as("1", &claims(3600)), 200),
        (second.sign_as("2", &claims(3600)), 200),
        (rsa.sign_as("3", &claims(3600)), 200),
        (second.sign(&claims(3600)), 200),
        (second.sign_as("1", &claims(3600)), 401),
        (second.sign_as("4", &claims(3600)), 401),
        (other.sign_as("1", &claims(3600)), 401),
        (other.sign_as("5", &claims(3600)), 401),
        (other.sign(&claims(3600)), 401),
    ] {
        let answer = ask(&server, &token, READ);
        assert_eq!(answer.status, status, "{token}\n{answer}");
    }
}

#[test]
fn keys_and_tokens_go_together() {
    let issuer = Issuer::hs256();
    let library = Library::new();
    let key = library.key("dick", "reader");
    let server = serve(&library, "--jwt-key-file", &issuer.key_file, &[]);
    assert_eq!(ask(&server, &key, READ).status, 200);
    assert_eq!(ask(&server, &issuer.sign(&claims(3600)), READ).status, 200);
    assert_eq!(ask(&server, "", READ).status, 401);
}
