//! The keys by which tokens are verified, and the files that they are in.
//!
//! The type of a key determines the one algorithm that it verifies. A public key can therefore
//! never be used as the secret of another algorithm, and a token without a signature is never
//! accepted.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse, RSAKeyParameters,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The minimum length of a shared secret, in bytes: that of the hash.
const MIN_SECRET_BYTES: usize = 32;

/// The byte order mark with which Windows programs start a text.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The allowed lengths of the modulus of an RSA key, in bytes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// The length of a public key for EdDSA, in bytes. The verifier does not check it.
const ED25519_BYTES: usize = 32;

/// The message for a key that could sign.
const PRIVATE: &str = "is a private key: give the server the public one, which cannot sign";

/// The members of a JSON Web Key that only private keys have.
///
/// Source: [RFC 7518, sections 6.2.2 and 6.3.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.2.2),
/// and [RFC 8037, section 2](https://www.rfc-editor.org/rfc/rfc8037#section-2).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// A key by which tokens are verified.
#[derive(Debug)]
pub struct TokenKey {
    /// The `kid` of the tokens that it verifies; none if it can verify any.
    id: Option<String>,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

/// Why a file has no key to verify tokens by, in words that follow its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadTokenKey(String);

fn bad<T>(message: impl Into<String>) -> Result<T, BadTokenKey> {
    Err(BadTokenKey(message.into()))
}

/// A set of keys. Its members are read one by one, because many are of no use here.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl TokenKey {
    /// The key in a file: a PEM public key, or a secret, without its final line break.
    ///
    /// # Errors
    /// When it is no key that can be used, or one that is too short.
    pub fn of_file(content: &[u8]) -> Result<Self, BadTokenKey> {
        let text = String::from_utf8_lossy(content);
        let text = text.trim_start_matches(BYTE_ORDER_MARK);
        if text.contains("-----BEGIN") {
            return Self::of_pem(text);
        }
        if text.trim_start().starts_with('{') {
            return bad("looks like JSON: name a file of JSON Web Keys with --jwt-jwks-file");
        }
        let secret = content.strip_suffix(b"\n").unwrap_or(content);
        let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
        Self::of_secret(secret)
    }

    fn of_pem(text: &str) -> Result<Self, BadTokenKey> {
        if text.contains("PRIVATE KEY") {
            return bad(PRIVATE);
        }
        if !text.contains("PUBLIC KEY") || text.matches("-----BEGIN").count() != 1 {
            return bad("must contain one public key and nothing else");
        }
        let pem = text.trim().as_bytes();
        let key = DecodingKey::from_rsa_pem(pem)
            .or_else(|_| DecodingKey::from_ec_pem(pem))
            .or_else(|_| DecodingKey::from_ed_pem(pem));
        let jwk = key.and_then(|key| Jwk::from_decoding_key(&key, None));
        match jwk {
            Ok(jwk) => Self::of_jwk(&jwk),
            Err(_) => bad("is not a readable public key for RS256, ES256 or EdDSA"),
        }
    }

    fn of_secret(secret: &[u8]) -> Result<Self, BadTokenKey> {
        if secret.len() < MIN_SECRET_BYTES {
            let length = secret.len();
            return bad(format!(
                "has a secret of {length} bytes: use {MIN_SECRET_BYTES} or more, e.g. from \
                 `openssl rand -base64 48`"
            ));
        }
        let decoding = DecodingKey::from_secret(secret);
        Ok(Self { id: None, algorithm: Algorithm::HS256, decoding })
    }

    /// The keys in a JSON Web Key Set. Keys that cannot be used here are ignored and logged.
    ///
    /// # Errors
    /// When it is not a valid set, when none of its keys can be used, or when one is too short.
    pub fn of_set(content: &[u8]) -> Result<Vec<Self>, BadTokenKey> {
        let text = String::from_utf8_lossy(content);
        let Ok(set) = serde_json::from_str::<KeySet>(text.trim_start_matches(BYTE_ORDER_MARK))
        else {
            return bad("must be a JSON Web Key Set: {\"keys\": […]}");
        };
        let mut keys = Vec::new();
        for (index, value) in set.keys.into_iter().enumerate() {
            if is_private(&value) {
                return bad(format!("key {index} {PRIVATE}"));
            }
            let jwk = serde_json::from_value::<Jwk>(value).ok().filter(is_for_signatures);
            match jwk.filter(is_supported) {
                Some(jwk) => keys.push(
                    Self::of_jwk(&jwk)
                        .map_err(|BadTokenKey(why)| BadTokenKey(format!("key {index} {why}")))?,
                ),
                None => {
                    tracing::info!(
                        index,
                        "ignoring a JSON Web Key that is not for HS256, RS256, \
                                           ES256 or EdDSA"
                    );
                }
            }
        }
        match keys.is_empty() {
            true => bad("has no key for HS256, RS256, ES256 or EdDSA"),
            false => Ok(keys),
        }
    }

    fn of_jwk(jwk: &Jwk) -> Result<Self, BadTokenKey> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(parameters) => {
                check_rsa(parameters)?;
                Algorithm::RS256
            }
            AlgorithmParameters::EllipticCurve(_) => Algorithm::ES256,
            AlgorithmParameters::OctetKeyPair(parameters) => {
                let point = BASE64_URL_SAFE_NO_PAD.decode(&parameters.x).unwrap_or_default();
                if point.len() != ED25519_BYTES {
                    return bad("is not a public key for EdDSA: its \"x\" must have 32 bytes");
                }
                Algorithm::EdDSA
            }
            AlgorithmParameters::OctetKey(parameters) => {
                let secret = BASE64_URL_SAFE_NO_PAD.decode(&parameters.value);
                let id = jwk.common.key_id.clone();
                let secret = secret.or_else(|_| bad("has a \"k\" that is not base64url"))?;
                return Ok(Self { id, ..Self::of_secret(&secret)? });
            }
            _ => return bad("is not a key for RS256, ES256 or EdDSA"),
        };
        let Ok(decoding) = DecodingKey::from_jwk(jwk) else {
            return bad("is not a readable public key");
        };
        // Whether a point is on its curve shows when the key is used.
        if !is_supported(jwk)
            || jsonwebtoken::crypto::verify("", b"", &decoding, algorithm).is_err()
        {
            return bad("is not a public key for RS256, ES256 or EdDSA");
        }
        Ok(Self { id: jwk.common.key_id.clone(), algorithm, decoding })
    }

    /// The `kid` of the tokens that it verifies; none if it can verify any.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The only algorithm that it verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key itself.
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

fn is_private(key: &Value) -> bool {
    PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some())
}

/// Whether a key may verify signatures, according to its declared use.
fn is_for_signatures(jwk: &Jwk) -> bool {
    let operations = jwk.common.key_operations.as_deref();
    matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature))
        && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// Whether a key has a supported type, and does not declare another algorithm.
fn is_supported(jwk: &Jwk) -> bool {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::OctetKey(_) => Algorithm::HS256,
        _ => return false,
    };
    jwk.common.key_algorithm.is_none_or(|named| named == algorithm.into())
}

fn check_rsa(parameters: &RSAKeyParameters) -> Result<(), BadTokenKey> {
    let number = |text: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes[zeros..].to_vec()
    };
    let (modulus, exponent) = (number(&parameters.n), number(&parameters.e));
    if !RSA_BYTES.contains(&modulus.len()) {
        let bits = modulus.len() * 8;
        return bad(format!("is an RSA key of {bits} bits: use one of 2048 to 4096 bits"));
    }
    let is_odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
    match is_odd && exponent.len() <= 4 && exponent != [1] {
        true => Ok(()),
        false => bad("is an RSA key with an unsupported exponent"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(outcome: Result<impl std::fmt::Debug, BadTokenKey>, part: &str) {
        let why = outcome.expect_err(part).to_string();
        assert!(why.contains(part), "{why}, not {part}");
    }

    #[test]
    fn a_secret_is_as_long_as_its_hash() {
        let secret = "s".repeat(32);
        for content in [secret.clone(), secret.clone() + "\n", secret.clone() + "\r\n"] {
            let key = TokenKey::of_file(content.as_bytes()).unwrap();
            assert_eq!(key.decoding().try_get_as_bytes().unwrap(), secret.as_bytes());
            assert_eq!(key.algorithm(), Algorithm::HS256);
        }
        refused(TokenKey::of_file(b""), "a secret of 0 bytes");
        refused(TokenKey::of_file(format!("{}\n", &secret[1..]).as_bytes()), "of 31 bytes");
    }

    #[test]
    fn a_file_that_is_something_else_is_no_secret() {
        let long = "x".repeat(64);
        for (content, part) in [
            (format!("{{\"keys\": [\"{long}\"]}}"), "--jwt-jwks-file"),
            (
                format!("-----BEGIN PRIVATE KEY-----\n{long}\n-----END PRIVATE KEY-----"),
                "private key",
            ),
            (format!("-----BEGIN RSA PRIVATE KEY-----\n{long}"), "private key"),
            (
                format!("-----BEGIN CERTIFICATE-----\n{long}\n-----END CERTIFICATE-----"),
                "one public",
            ),
            (format!("-----BEGIN PUBLIC KEY-----\n{long}\n-----END PUBLIC KEY-----"), "readable"),
        ] {
            refused(TokenKey::of_file(content.as_bytes()), part);
        }
    }

    #[test]
    fn keys_of_a_set_that_are_of_no_use_are_left_out() {
        let secret = BASE64_URL_SAFE_NO_PAD.encode("s".repeat(32));
        let set = json!({ "keys": [
            { "kty": "oct", "kid": "a", "k": secret },
            { "kty": "oct", "kid": "b", "k": secret, "use": "enc" },
            { "kty": "oct", "kid": "c", "k": secret, "alg": "HS512" },
            { "kty": "OKP", "crv": "X25519", "kid": "d", "x": secret },
            { "kty": "EC", "crv": "P-384", "kid": "e", "x": secret, "y": secret },
            { "kty": "new", "kid": "f" },
            { "kty": "oct", "kid": "g", "k": secret, "key_ops": ["sign"] },
            { "kty": "oct", "kid": "h", "k": secret, "key_ops": [] },
            { "kty": "oct", "kid": "i", "k": secret, "key_ops": ["sign", "verify"] },
        ] });
        for mark in ["", "\u{FEFF}"] {
            let keys = TokenKey::of_set(format!("{mark}{set}").as_bytes()).unwrap();
            let ids: Vec<_> = keys.iter().map(TokenKey::id).collect();
            assert_eq!(ids, [Some("a"), Some("i")]);
        }
    }

    #[test]
    fn a_set_with_a_key_that_is_too_weak_or_no_key_at_all_is_refused() {
        let short = BASE64_URL_SAFE_NO_PAD.encode("s".repeat(31));
        let secret = BASE64_URL_SAFE_NO_PAD.encode("s".repeat(32));
        let rsa = |bytes: usize, e: &str| json!({ "kty": "RSA", "n": BASE64_URL_SAFE_NO_PAD.encode(vec![0xff; bytes]), "e": e });
        for (key, part) in [
            (json!({ "kty": "oct", "k": short }), "key 0 has a secret of 31 bytes"),
            (json!({ "kty": "oct", "k": "!" }), "not base64url"),
            (rsa(128, "AQAB"), "an RSA key of 1024 bits"),
            (rsa(1024, "AQAB"), "an RSA key of 8192 bits"),
            (rsa(256, "AQAA"), "an unsupported exponent"),
            (json!({ "kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ" }), "public key"),
            (json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQ" }), "public key"),
            (json!({ "kty": "new" }), "has no key"),
            (json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQ", "d": "AQ" }), "key 0 is a private"),
            (json!({ "kty": "EC", "d": "AQ", "use": "enc" }), "key 0 is a private key"),
            (json!({ "kty": "RSA", "n": "AQ", "e": "AQAB", "p": "AQ" }), "key 0 is a private key"),
            (json!({ "kty": "oct", "k": secret, "key_ops": ["sign"] }), "has no key"),
        ] {
            let set = json!({ "keys": [key] }).to_string();
            refused(TokenKey::of_set(set.as_bytes()), part);
        }
        for content in ["", "[]", "{}", r#"{"keys":{}}"#] {
            refused(TokenKey::of_set(content.as_bytes()), "must be a JSON Web Key Set");
        }
    }
}
