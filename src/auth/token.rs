//! Tokens: JSON Web Tokens that an issuer signs, and that identify their holder.
//!
//! Source: [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519), with the advice of [RFC
//! 8725](https://www.rfc-editor.org/rfc/rfc8725): the key determines the algorithm, never the
//! token.

use std::sync::Arc;

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Header, Validation, decode, decode_header};
use quick_cache::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::auth_error::AuthError;
use super::token_key::TokenKey;
use crate::config::AccessSettings;
use crate::domain::catalogue::job::NOBODY;
use crate::domain::{Role, Timestamp};

/// The number of verified tokens that are cached: verifying a signature takes longer than a small
/// query.
const REMEMBERED: usize = 10_000;

/// The maximum length of a subject, in bytes: it is stored in every entry of the audit log.
const MAX_SUBJECT_BYTES: usize = 256;

/// Verifies tokens.
pub struct Tokens {
    keys: Vec<(TokenKey, Validation)>,
    settings: AccessSettings,
    /// By the SHA-256 of the token.
    verified: Cache<[u8; 32], Verified>,
}

/// The contents of a token whose signature is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The holder.
    pub subject: Arc<str>,
    /// The caller's permissions.
    pub role: Role,
    /// When it expires, as the token says.
    pub expires_at: Timestamp,
    /// When it is no longer accepted, clock skew included.
    pub accepted_until: Timestamp,
    /// When it becomes valid, clock skew included.
    not_before: Timestamp,
}

type Claims = Value;

impl Tokens {
    /// Verifies tokens by these keys, and by what the settings require of them.
    pub fn new(keys: Vec<TokenKey>, settings: AccessSettings) -> Self {
        let with_validation = |key: TokenKey| {
            let validation = validation(&key, &settings);
            (key, validation)
        };
        let keys = keys.into_iter().map(with_validation).collect();
        Self { keys, settings, verified: Cache::new(REMEMBERED) }
    }

    /// The contents of a token, if it is valid at this time.
    ///
    /// # Errors
    /// When it is not valid. Details are only reported for tokens with a valid signature.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, AuthError> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let verified = match self.verified.get(&digest) {
            Some(verified) => verified,
            None => {
                let verified = self.read(token)?;
                self.verified.insert(digest, verified.clone());
                verified
            }
        };
        if now >= verified.accepted_until {
            return Err(AuthError::Expired);
        }
        if now < verified.not_before {
            return Err(AuthError::Claim("the token is not valid yet: use it later".to_owned()));
        }
        Ok(verified)
    }

    fn read(&self, token: &str) -> Result<Verified, AuthError> {
        let header = decode_header(token).map_err(|_| AuthError::Unknown)?;
        // What it lists there must be understood, and nothing of it is.
        if header.crit.is_some() {
            return Err(AuthError::Unknown);
        }
        let mut denial = AuthError::Unknown;
        for (key, validation) in self.keys.iter().filter(|(key, _)| may_have_signed(key, &header)) {
            match decode::<Claims>(token, key.decoding(), validation) {
                Ok(token) => return self.told(&token.claims),
                Err(error) => denial = self.denial(&error).unwrap_or(denial),
            }
        }
        Err(denial)
    }

    /// What is wrong with a token whose signature is valid; none for any other.
    fn denial(&self, error: &Error) -> Option<AuthError> {
        let claim = match error.kind() {
            ErrorKind::MissingRequiredClaim(name) | ErrorKind::InvalidClaimFormat(name) => {
                format!("the token must have the claim \"{name}\"")
            }
            ErrorKind::InvalidIssuer => "the token is from another issuer (\"iss\")".to_owned(),
            ErrorKind::InvalidAudience => "the token is for another audience (\"aud\")".to_owned(),
            _ => return None,
        };
        Some(AuthError::Claim(claim))
    }

    fn told(&self, claims: &Claims) -> Result<Verified, AuthError> {
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let is_subject = (1..=MAX_SUBJECT_BYTES).contains(&subject.len());
        if !is_subject || subject.contains(char::is_control) {
            let message = "the token must have the claim \"sub\", a short string without line \
                           breaks";
            return Err(AuthError::Claim(message.to_owned()));
        }
        if subject == NOBODY {
            let message = "the token's claim \"sub\" must not be \"scan\", which stands for scans \
                           that nobody asked for";
            return Err(AuthError::Claim(message.to_owned()));
        }
        if claims.get("iss").is_some_and(|issuer| !issuer.is_string()) {
            return Err(AuthError::Claim("the token's claim \"iss\" must be a string".to_owned()));
        }
        let skew = i64::try_from(self.settings.jwt_clock_skew.as_micros()).unwrap_or(i64::MAX);
        let expires_at = instant(claims, "exp")?.ok_or_else(|| no_instant("exp"))?;
        let not_before = instant(claims, "nbf")?.map_or(Timestamp::MIN, |at| moved(at, -skew));
        Ok(Verified {
            subject: Arc::from(subject),
            role: self.role(claims)?,
            expires_at,
            accepted_until: moved(expires_at, skew),
            not_before,
        })
    }

    /// The highest role in the claim, which can contain other names.
    fn role(&self, claims: &Claims) -> Result<Role, AuthError> {
        let claim = &self.settings.jwt_role_claim;
        let named = match claim.starts_with('/') {
            true => claims.pointer(claim),
            false => claims.get(claim),
        };
        let names = match named {
            Some(Value::Array(names)) => &names[..],
            Some(name) => std::slice::from_ref(name),
            None => &[],
        };
        let roles = names.iter().filter_map(Value::as_str).filter_map(Role::from_name);
        roles.max().ok_or_else(|| {
            let message = format!("the token's claim \"{claim}\" must be reader, editor or admin");
            AuthError::NoRole(message)
        })
    }
}

/// Times are compared in [`Tokens::verify`], at every use and by the clock that was passed in.
fn validation(key: &TokenKey, settings: &AccessSettings) -> Validation {
    let mut validation = Validation::new(key.algorithm());
    validation.validate_exp = false;
    let mut required = vec!["exp", "sub"];
    if let Some(issuer) = &settings.jwt_issuer {
        validation.set_issuer(&[issuer]);
        required.push("iss");
    }
    if !settings.jwt_audience.is_empty() {
        validation.set_audience(&settings.jwt_audience);
        required.push("aud");
    }
    validation.set_required_spec_claims(&required);
    validation
}

/// Whether a key matches this header.
fn may_have_signed(key: &TokenKey, header: &Header) -> bool {
    let is_named = match (key.id(), &header.kid) {
        (Some(id), Some(named)) => id == named,
        _ => true,
    };
    is_named && key.algorithm() == header.alg
}

/// The time in a claim: seconds since the Unix epoch, as any kind of number.
fn instant(claims: &Claims, name: &str) -> Result<Option<Timestamp>, AuthError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let seconds = seconds.ok_or_else(|| no_instant(name))?;
    #[expect(clippy::cast_possible_truncation, reason = "what is too large becomes the largest")]
    let micros = (seconds * 1e6) as i64;
    Ok(Some(moved(Timestamp::MIN, micros.saturating_sub(Timestamp::MIN.as_micros()))))
}

fn no_instant(name: &str) -> AuthError {
    AuthError::Claim(format!(
        "the token's claim \"{name}\" must be seconds since 1970, as a number"
    ))
}

/// An instant so many microseconds later, or the last one there is.
fn moved(at: Timestamp, micros: i64) -> Timestamp {
    let micros = at.as_micros().saturating_add(micros);
    let within = micros.clamp(Timestamp::MIN.as_micros(), Timestamp::MAX.as_micros());
    Timestamp::from_micros(within).expect("it lies between the first instant and the last")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jsonwebtoken::{Algorithm, EncodingKey, encode};
    use serde_json::json;

    use super::*;
    use crate::auth::authenticator::samples::at;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn settings() -> AccessSettings {
        AccessSettings { jwt_clock_skew: Duration::from_secs(5), ..AccessSettings::default() }
    }

    fn tokens(settings: AccessSettings) -> Tokens {
        Tokens::new(vec![TokenKey::of_file(SECRET).unwrap()], settings)
    }

    fn signed(header: &Header, claims: &Value) -> String {
        encode(header, claims, &EncodingKey::from_secret(SECRET)).unwrap()
    }

    /// Claims that are good until 100 seconds after 1970 began, with others put in.
    fn claims(others: Value) -> Value {
        let mut claims = json!({ "sub": "lucy", "role": "editor", "exp": 100 });
        let Value::Object(others) = others else { panic!("{others} is no object") };
        claims.as_object_mut().unwrap().extend(others);
        claims
    }

    fn verify(settings: AccessSettings, others: Value, now: i64) -> Result<Verified, AuthError> {
        let token = signed(&Header::new(Algorithm::HS256), &claims(others));
        tokens(settings).verify(&token, at(now))
    }

    #[track_caller]
    fn denied(settings: AccessSettings, others: Value, part: &str) {
        let shown = others.to_string();
        let denial = verify(settings, others, 50).expect_err(&shown).to_string();
        assert!(denial.contains(part), "{shown}: {denial}");
    }

    #[test]
    fn a_token_tells_who_its_holder_is_and_what_they_may_do() {
        let verified = verify(settings(), json!({}), 50).unwrap();
        assert_eq!((&*verified.subject, verified.role), ("lucy", Role::Editor));
        assert_eq!((verified.expires_at, verified.accepted_until), (at(100), at(105)));
    }

    #[test]
    fn a_token_is_good_within_its_time_and_the_skew_also_when_it_is_remembered() {
        let tokens = tokens(settings());
        let claims = claims(json!({ "nbf": 20, "exp": 100.5 }));
        let token = signed(&Header::new(Algorithm::HS256), &claims);
        let not_yet = AuthError::Claim("the token is not valid yet: use it later".to_owned());
        for (now, expected) in
            [(14, Some(&not_yet)), (15, None), (105, None), (106, Some(&AuthError::Expired))]
        {
            assert_eq!(tokens.verify(&token, at(now)).err().as_ref(), expected, "at {now}");
        }
    }

    #[test]
    fn what_a_token_must_say_is_told() {
        for (others, part) in [
            (json!({ "exp": null }), "the claim \"exp\""),
            (json!({ "exp": "100" }), "the claim \"exp\""),
            (json!({ "exp": -1 }), "the claim \"exp\""),
            (json!({ "nbf": "soon" }), "claim \"nbf\" must be"),
            (json!({ "sub": null }), "the claim \"sub\""),
            (json!({ "sub": "" }), "the claim \"sub\""),
            (json!({ "sub": "lucy\nadmin" }), "the claim \"sub\""),
            (json!({ "sub": "scan" }), "must not be \"scan\""),
            (json!({ "sub": "x".repeat(257) }), "the claim \"sub\""),
            (json!({ "iss": ["https://id.example"] }), "\"iss\" must be a string"),
            (json!({ "iss": 1 }), "\"iss\" must be a string"),
            (json!({ "aud": "others" }), "for another audience"),
            (json!({ "role": null }), "claim \"role\" must be"),
            (json!({ "role": "Admin" }), "claim \"role\" must be"),
            (json!({ "role": ["guest"] }), "claim \"role\" must be"),
            (json!({ "role": { "editor": true } }), "claim \"role\" must be"),
        ] {
            denied(settings(), others, part);
        }
    }

    #[test]
    fn issuer_and_audience_are_needed_where_they_are_set() {
        let strict = || AccessSettings {
            jwt_issuer: Some("https://id.example".to_owned()),
            jwt_audience: vec!["films".to_owned(), "reels".to_owned()],
            ..settings()
        };
        let good = json!({ "iss": "https://id.example", "aud": ["other", "reels"] });
        assert!(verify(strict(), good, 50).is_ok());
        denied(strict(), json!({ "aud": "films" }), "the claim \"iss\"");
        denied(strict(), json!({ "iss": "https://id.example" }), "the claim \"aud\"");
        denied(
            strict(),
            json!({ "iss": "https://evil.example", "aud": "films" }),
            "another issuer",
        );
        denied(
            strict(),
            json!({ "iss": "https://id.example", "aud": "x" }),
            "for another audience",
        );
        for issuers in [json!(["https://id.example"]), json!(["https://id.example", "x"])] {
            denied(strict(), json!({ "iss": issuers, "aud": "films" }), "\"iss\"");
        }
    }

    #[test]
    fn a_role_may_stand_in_a_list_and_deep_inside() {
        for (claim, others, expected) in [
            ("role", json!({ "role": ["guest", "reader", "admin", "editor"] }), Role::Admin),
            ("https://x.example/role", json!({ "https://x.example/role": "reader" }), Role::Reader),
            ("/realm/roles", json!({ "realm": { "roles": ["editor"] } }), Role::Editor),
            ("/a~1b", json!({ "a/b": "admin" }), Role::Admin),
        ] {
            let settings = AccessSettings { jwt_role_claim: claim.to_owned(), ..settings() };
            assert_eq!(verify(settings, others, 50).unwrap().role, expected, "{claim}");
        }
    }

    #[test]
    fn a_token_cannot_choose_how_it_is_verified() {
        let tokens = tokens(settings());
        let critical = Header { crit: Some(vec!["b64".to_owned()]), ..Header::default() };
        let longer_hash = Header::new(Algorithm::HS512);
        for header in [critical, longer_hash] {
            let token = signed(&header, &claims(json!({})));
            assert_eq!(tokens.verify(&token, at(50)), Err(AuthError::Unknown), "{header:?}");
        }
        let token = signed(&Header::default(), &claims(json!({})));
        let (_, rest) = token.split_once('.').unwrap();
        let (payload, _) = rest.split_once('.').unwrap();
        for (header, signature) in [
            (r#"{"alg":"none"}"#, ""),
            (r#"{"alg":"None","typ":"JWT"}"#, ""),
            (r#"{"alg":"HS256"}"#, ""),
            (r#"{"typ":"JWT"}"#, "AAAA"),
        ] {
            use base64::Engine;
            let header = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(header);
            let token = format!("{header}.{payload}.{signature}");
            assert_eq!(tokens.verify(&token, at(50)), Err(AuthError::Unknown), "{header}");
        }
    }
}
